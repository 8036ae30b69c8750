using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Health;

/// <summary>Every change of a score names what made it, and holds nothing else.</summary>
public sealed class ReasonStories
{
    private static readonly AdoptionModel Model = HealthModel.Of(HealthModel.Dial with { Weight = 60 }, HealthModel.Sentiment with { Weight = 40 });

    [Fact]
    public void An_answer_that_costs_ten_points_and_crosses_nothing_is_told_at_once_with_its_id_and_position()
    {
        using var acme = Content();
        var bands = Bands(acme);
        Answer(acme, "dan", 3, "ev-123");

        var told = Assert.Single(acme.Changes);
        Assert.Equal((ChangeType.ScoreChanged, CauseKind.Event, acme.Position, "NPS Submitted", "ev-123", "dan"), (told.Type, told.Cause.Kind, told.Cause.Position, told.Cause.Event, told.Cause.MessageId, told.Cause.User));
        Assert.Equal((100.0, 90.0), (told.Score!.Before, told.Score.After));
        Assert.Equal([("dial", 60, 60), ("sentiment", 40, 30)], Parts(told));
        Assert.Equal(bands, Bands(acme));

        // What records next has nothing of it.
        acme.Pin(new PinRequest { Kind = OverrideKind.Band, Value = "red", By = "kim", Until = AccountFixture.Date(9) });
        Assert.DoesNotContain(acme.Changes.Skip(1), change => change.Type == ChangeType.ScoreChanged);
    }

    [Fact]
    public void Small_moves_before_it_are_told_apart_with_the_positions_between_which_they_lie()
    {
        using var acme = Content();
        acme.Turn(99.5m);
        var first = acme.Position;
        acme.Turn(98.5m);
        acme.Turn(99);
        Assert.Empty(acme.Changes);
        Answer(acme, "dan", 3, "ev-123");

        Assert.Equal([(CauseKind.Drift, 0), (CauseKind.Event, 1)], acme.Changes.Select(change => (change.Cause.Kind, change.Ordinal)));
        Assert.Equal((first, acme.Position - 1), (acme.Changes[0].Cause.FromPosition!.Value, acme.Changes[0].Cause.Position));
        Assert.Equal([("dial", 60, 59.4), ("sentiment", 40, 40)], Parts(acme.Changes[0]));
        Assert.Equal([("dial", 59.4, 59.4), ("sentiment", 40, 30)], Parts(acme.Changes[1]));
    }

    [Fact]
    public void Moves_that_cancel_out_are_told_before_another_and_otherwise_never()
    {
        using var acme = Content();
        acme.Turn(99.5m);
        acme.Turn(100);
        acme.To(3);
        Assert.Empty(acme.Changes);
        acme.Turn(99.5m);
        acme.To(4);
        Assert.Equal((CauseKind.Drift, 99.7), (Assert.Single(acme.Changes).Cause.Kind, Math.Round(acme.Changes[0].Score!.After!.Value, 9)));
    }

    [Fact]
    public void A_small_move_that_crosses_an_edge_is_told_by_itself_and_the_slip_holds_all_that_the_day_took()
    {
        using var acme = Content();
        Answer(acme, "dan", 3, "ev-1");
        acme.Turn(89);
        acme.To(1);
        acme.Turn(89.5m);
        acme.Turn(74);
        acme.Turn(72.5m);
        acme.Changes.Clear();
        Assert.Equal((73.5m, Band.Green), (acme.View.Health!.Score!.Value, acme.View.Health.Band));
        acme.Turn(71.5m);

        Assert.Equal([ChangeType.ScoreChanged, ChangeType.ScoreChanged, ChangeType.BandChanged, ChangeType.HealthSlipped], acme.Changes.Select(change => change.Type));
        Assert.Equal([CauseKind.Drift, CauseKind.Event, CauseKind.Event, CauseKind.Event], acme.Changes.Select(change => change.Cause.Kind));
        Assert.Equal([(53.7, 42.9)], acme.Changes[^1].Score!.Measures.Where(move => move.Measure == "dial").Select(move => (Math.Round(move.Before, 9), Math.Round(move.After, 9))));
        Assert.Equal([(43.5, 42.9)], acme.Changes[1].Score!.Measures.Where(move => move.Measure == "dial").Select(move => (Math.Round(move.Before, 9), Math.Round(move.After, 9))));
    }

    [Fact]
    public void A_lapse_moves_the_score_with_the_tick_and_names_what_expired()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Breadth, HealthModel.Dial with { Weight = 75 }) with { Products = TinyModel.Of(withinDays: 5).Products });
        acme.Events("Made", 3);
        acme.Events("Sent", 1, properties: TinyModel.Number("quantity", "1.5"));
        acme.To(5);
        acme.Turn(80);
        acme.Changes.Clear();
        acme.To(6);

        Assert.Equal([ChangeType.ProductLapsed, ChangeType.StageChanged, ChangeType.ScoreChanged], acme.Changes.Select(change => change.Type));
        Assert.All(acme.Changes, change => Assert.Equal(["made 0 of 3 within 5 days", "sent 0 of 1.5 within 5 days"], change.Cause.Expired!));
        Assert.Equal((CauseKind.Tick, AccountFixture.Date(6), acme.Position), (acme.Changes[2].Cause.Kind, acme.Changes[2].Cause.Day!.Value, acme.Changes[2].Cause.Position));
        Assert.Equal([("breadth", 12.5, 0), ("dial", 60, 60)], Parts(acme.Changes[2]));
    }

    [Fact]
    public void A_value_that_is_too_old_is_told_however_little_it_moves()
    {
        using var acme = new AccountFixture(Model);
        acme.Turn(80);
        acme.Put(("nps", Scalar.OfNumber("59")));
        acme.To(20);
        acme.Turn(80);
        acme.Changes.Clear();
        acme.To(21);

        var told = Assert.Single(acme.Changes);
        Assert.Equal((79.8, 80.0), (Math.Round(told.Score!.Before!.Value, 9), told.Score.After));
        Assert.Equal([$"sentiment NPS 59 of {AccountFixture.Date(0):yyyy-MM-dd} older than 20 days"], told.Cause.Expired!);
    }

    [Fact]
    public void A_silent_accounts_nights_are_told_as_they_pass_and_a_lively_ones_are_drift()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Recency, HealthModel.Dial with { Weight = 85 }));
        acme.Turn(80);
        for (var day = 0; day < 5; day++)
        {
            acme.To(day);
            acme.Events("Made", 1);
        }

        // Each night takes half a point, each morning brings it back.
        Assert.Equal([CauseKind.Event, CauseKind.Event], acme.Changes.Where(change => change.Type == ChangeType.ScoreChanged).Select(change => change.Cause.Kind));
        acme.Changes.Clear();
        acme.To(8);
        Assert.Equal([(6, CauseKind.Drift), (6, CauseKind.Tick), (7, CauseKind.Tick), (8, CauseKind.Tick)], acme.Changes.Select(change => (change.Day.DayNumber - AccountFixture.Date(0).DayNumber, change.Cause.Kind)));
    }

    [Fact]
    public void While_a_rebuild_is_pending_nothing_is_told_and_the_swap_tells_it_as_drift_before_its_own_move()
    {
        using var acme = new AccountFixture(Model) { KeepsHistory = true };
        acme.Turn(80);
        acme.Put(("nps", Scalar.OfNumber("60")));
        acme.To(60);
        acme.Put(("nps", Scalar.OfNumber("50")), ("nps_at", Scalar.OfText($"{AccountFixture.Date(59):yyyy-MM-dd}")));
        acme.Changes.Clear();
        acme.Events("NPS Submitted", 1, day: 45, user: "old", flags: RecordFlags.Historic, properties: TinyModel.Number("score", "9"));
        acme.Turn(75);
        Assert.Empty(acme.Changes);
        acme.Swap();
        Assert.Equal([CauseKind.Drift], acme.Changes.Select(change => change.Cause.Kind));
        Assert.Equal([("dial", 48, 45), ("sentiment", 30, 30)], Parts(acme.Changes[0]));
    }

    // Full marks, all told.
    private static AccountFixture Content()
    {
        var acme = new AccountFixture(Model);
        acme.Turn(100);
        Answer(acme, "ann", 10, "ev-a");
        Answer(acme, "bob", 10, "ev-b");
        Answer(acme, "cat", 10, "ev-c");
        acme.Turn(98);
        acme.Turn(100);
        acme.Changes.Clear();
        return acme;
    }

    private static void Answer(AccountFixture acme, string user, int score, string id) =>
        acme.Apply(acme.Draft(RecordKind.Usage, "NPS Submitted", user, [TinyModel.Number("score", $"{score}")], id), acme.Today, RecordFlags.None, 20_000 + acme.Position);

    private static string Bands(AccountFixture acme) => $"{acme.View.Health!.Band}";

    private static IEnumerable<(string, double, double)> Parts(Change change) => change.Score!.Measures.Select(move => (move.Measure, Math.Round(move.Before, 9), Math.Round(move.After, 9)));
}
