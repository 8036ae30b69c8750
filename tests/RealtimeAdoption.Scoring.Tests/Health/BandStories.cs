using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Health;

/// <summary>Edges 50 and 75 with a margin of 2, on a score that a dial sets.</summary>
public sealed class BandStories
{
    [Theory]
    [InlineData("49.9", Band.Red)]
    [InlineData("49.94", Band.Red)]
    [InlineData("49.95", Band.Yellow)]
    [InlineData("50", Band.Yellow)]
    [InlineData("74.9", Band.Yellow)]
    [InlineData("75", Band.Green)]
    public void The_first_band_goes_by_the_edges_alone(string score, Band band)
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial));
        acme.Turn(decimal.Parse(score));
        Assert.Equal(band, acme.View.Health!.Band);
        Assert.Equal(("unknown", Bands(band)), (Single(acme, ChangeType.BandChanged).From, Single(acme, ChangeType.BandChanged).To));
    }

    [Theory]
    [InlineData(30, 51.9, Band.Red)]
    [InlineData(30, 52, Band.Yellow)]
    [InlineData(30, 76.9, Band.Yellow)]
    [InlineData(30, 77, Band.Green)]
    [InlineData(60, 76.9, Band.Yellow)]
    [InlineData(60, 48, Band.Yellow)]
    [InlineData(60, 47.9, Band.Red)]
    [InlineData(90, 73, Band.Green)]
    [InlineData(90, 72.9, Band.Yellow)]
    [InlineData(90, 48, Band.Yellow)]
    [InlineData(90, 47.9, Band.Red)]
    public void To_leave_a_band_every_edge_on_the_way_must_be_passed_by_the_margin(double from, double to, Band band)
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial));
        acme.Turn((decimal)from);
        acme.Turn((decimal)to);
        Assert.Equal(band, acme.View.Health!.Band);
    }

    [Fact]
    public void Under_the_coverage_the_band_is_unknown_and_comes_back_from_the_last_known_one()
    {
        using var acme = new AccountFixture(HealthModel.Of(0.5m, HealthModel.Dial with { WithinDays = 2 }, HealthModel.Seats with { Weight = 0.5m }));
        acme.Turn(76);
        acme.To(2);
        Assert.Equal(Band.Unknown, acme.View.Health!.Band);
        Assert.Null(acme.View.Health.Score);
        acme.Turn(74);
        Assert.Equal(Band.Green, acme.View.Health!.Band);
        acme.To(4);
        acme.Turn(72);

        Assert.Equal(
            [("unknown", "green"), ("green", "unknown"), ("unknown", "green"), ("green", "unknown"), ("unknown", "yellow")],
            acme.Changes.Where(change => change.Type == ChangeType.BandChanged).Select(change => (change.From!, change.To!)));
        var slip = Single(acme, ChangeType.HealthSlipped);
        Assert.Equal(("green", "yellow"), (slip.From, slip.To));
    }

    [Fact]
    public void Every_worsening_of_the_band_is_a_slip()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial));
        foreach (var score in new[] { 76m, 72m, 77m, 72.9m, 40m }) acme.Turn(score);
        Assert.Equal([("green", "yellow"), ("green", "yellow"), ("yellow", "red")],
            acme.Changes.Where(change => change.Type == ChangeType.HealthSlipped).Select(change => (change.From!, change.To!)));
    }

    [Fact]
    public void A_fall_is_a_slip_once_and_again_only_after_it_was_false()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial));
        acme.Turn(100);
        acme.To(1);
        acme.Turn(85.1m);
        Assert.Empty(Slips(acme));
        acme.Turn(85);
        acme.Turn(84);
        acme.To(3);
        var slip = Assert.Single(Slips(acme));
        Assert.Equal(("green", "green"), (slip.From, slip.To));
        Assert.Equal((100.0, 85.0), (slip.Score!.Before, slip.Score.After));

        acme.Turn(86);
        acme.Turn(80);
        Assert.Equal(2, Slips(acme).Count);

        // The close of 100 is of day 0: on day 8 the last seven days do not have it any more.
        acme.To(8);
        acme.Turn(75);
        Assert.Equal(2, Slips(acme).Count);
        acme.Turn(70);
        Assert.Equal(3, Slips(acme).Count);
        Assert.Equal(("green", "yellow"), (Slips(acme)[2].From, Slips(acme)[2].To));
    }

    [Fact]
    public void A_band_that_worsens_with_a_fall_is_one_slip()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial));
        acme.Turn(90);
        acme.To(1);
        acme.Turn(20);
        Assert.Single(Slips(acme));
        Assert.Equal([ChangeType.ScoreChanged, ChangeType.BandChanged, ChangeType.HealthSlipped], acme.Changes.TakeLast(3).Select(change => change.Type));
    }

    [Fact]
    public void Nothing_is_judged_while_a_rebuild_is_pending()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial));
        acme.Turn(90);
        acme.Events("Dial", 1, day: -20, flags: RecordFlags.Historic);
        acme.Turn(10);
        acme.To(2);
        Assert.Equal(Band.Green, acme.View.Health!.Band);
        Assert.Equal(10m, acme.View.Health.Score);
        Assert.Null(acme.View.Health.Change1d);
        Assert.Empty(Slips(acme));
    }

    private static string Bands(Band band) => band.ToString().ToLowerInvariant();

    private static Change Single(AccountFixture account, ChangeType type) => Assert.Single(account.Changes, change => change.Type == type);

    private static List<Change> Slips(AccountFixture account) => [.. account.Changes.Where(change => change.Type == ChangeType.HealthSlipped)];
}
