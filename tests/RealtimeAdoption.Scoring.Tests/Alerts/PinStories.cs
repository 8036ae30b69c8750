using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Alerts;

public sealed class PinStories
{
    [Fact]
    public void A_pinned_band_is_shown_and_the_measured_one_beside_it()
    {
        using var acme = Account();
        acme.Mood(20);
        acme.To(2);
        Pin(acme, OverrideKind.Band, "green", 10);
        Assert.Equal(Band.Green, Row(acme).Band);
        Assert.Equal(new OverrideView("red", "dana", "season", AccountFixture.Date(2), AccountFixture.Date(10)), acme.View.Health?.Override ?? PinOf(acme, OverrideKind.Band));
        Assert.Equal("2 OverrideSet Band - green", acme.Told()[0]);
    }

    [Fact]
    public void A_pinned_stage_is_shown_and_the_measured_one_beside_it()
    {
        using var acme = Account();
        acme.Events("Made", 2);
        Pin(acme, OverrideKind.Stage, "all", 10);
        Assert.Equal((3, "all", "one"), (Row(acme).Stage, acme.View.Stage, acme.View.StageOverride!.Measured));
        acme.Events("Read", 1);
        Assert.Equal(("all", "two"), (acme.View.Stage, acme.View.StageOverride!.Measured));
        Assert.DoesNotContain(acme.View.Alerts!, alert => alert.Type is AlertType.StageUp or AlertType.StageDown && alert.State != AlertState.Resolved);
    }

    [Fact]
    public void A_pin_ends_by_itself_at_the_tick_of_its_day()
    {
        using var acme = Account();
        Pin(acme, OverrideKind.Stage, "two", 10);
        acme.To(9);
        Assert.Equal("two", acme.View.Stage);
        acme.Told();
        acme.To(10);
        Assert.Equal("none", acme.View.Stage);
        Assert.Equal("10 OverrideEnded Stage two -", acme.Told()[0]);
        Assert.Null(acme.View.StageOverride);
    }

    [Fact]
    public void A_pin_is_replaced_and_taken_away()
    {
        using var acme = Account();
        Pin(acme, OverrideKind.Stage, "two", 10);
        Pin(acme, OverrideKind.Stage, "two", 10);
        Pin(acme, OverrideKind.Stage, "one", 20);
        Assert.Equal("one", acme.View.Stage);
        Pin(acme, OverrideKind.Stage, null, 0);
        Pin(acme, OverrideKind.Stage, null, 0);
        Assert.Equal("none", acme.View.Stage);
        Assert.Equal(
            ["0 OverrideSet Stage - two", "0 OverrideSet Stage two one", "0 OverrideEnded Stage one -"],
            acme.Told().Where(told => told.Contains("Override", StringComparison.Ordinal)));
    }

    [Fact]
    public void When_a_pin_of_a_better_band_ends_the_worse_one_is_a_slip()
    {
        using var acme = Account();
        acme.Mood(80);
        Pin(acme, OverrideKind.Band, "green", 5);
        acme.To(1);
        acme.Mood(76);
        acme.Mood(60);
        Assert.Null(acme.Alert(AlertType.HealthSlip));
        acme.To(4);
        Assert.Null(acme.Alert(AlertType.HealthSlip));
        acme.Told();
        acme.To(5);
        Assert.Contains("5 AlertOpened HealthSlip Warning", acme.Told());
        Assert.Equal(Band.Yellow, Row(acme).Band);
        Assert.Equal("Health fell from green to yellow", acme.Alert(AlertType.HealthSlip)!.Reason);
    }

    [Fact]
    public void A_pin_ends_the_slip_that_it_answers()
    {
        using var acme = Account();
        acme.Mood(80);
        acme.To(1);
        acme.Mood(60);
        acme.Told();
        Pin(acme, OverrideKind.Band, "green", 50);
        Assert.Contains("1 AlertResolved HealthSlip Warning Pinned", acme.Told());
    }

    [Theory]
    [InlineData("green", 3)]
    [InlineData("yellow", 3)]
    [InlineData("red", 3)]
    [InlineData("yellow", 90)]
    public void A_slip_that_a_pin_ended_opens_again_when_the_pin_ends_and_it_is_still_true(string pinned, int until)
    {
        using var acme = Account();
        acme.Mood(80);
        acme.To(1);
        acme.Mood(60);
        Pin(acme, OverrideKind.Band, pinned, until);
        acme.To(until - 1);
        Assert.Null(Live(acme));
        acme.Told();
        acme.To(until);
        Assert.Contains($"{until} AlertOpened HealthSlip Warning", acme.Told());
        Assert.Equal(AccountFixture.Date(until), Live(acme)!.OpenedOn);
        Assert.StartsWith("Health fell from green to yellow", Live(acme)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fall_that_was_true_before_the_pin_is_told_again_when_the_pin_is_taken_away_and_it_is_still_true()
    {
        using var acme = Account();
        acme.Mood(98);
        acme.To(1);
        acme.Mood(80);
        Assert.NotNull(Live(acme));
        Pin(acme, OverrideKind.Band, "green", 50);
        acme.To(3);
        acme.Told();
        Pin(acme, OverrideKind.Band, null, 0);
        Assert.Contains("3 AlertOpened HealthSlip Warning", acme.Told());
    }

    [Fact]
    public void A_slip_that_a_pin_ended_stays_ended_where_health_came_back_meanwhile_and_a_later_one_is_judged_like_any()
    {
        using var acme = Account();
        acme.Mood(80);
        acme.To(1);
        acme.Mood(60);
        Pin(acme, OverrideKind.Band, "green", 20);
        acme.To(2);
        acme.Mood(90);
        acme.To(20);
        Assert.Null(Live(acme));
        acme.Mood(60);
        Assert.Equal(AlertState.Open, Live(acme)!.State);
    }

    [Fact]
    public void A_step_down_that_a_pinned_stage_ended_opens_again_when_the_pin_ends_within_its_days()
    {
        using var acme = Account();
        acme.Events("Made", 2);
        acme.Contract("[]");
        Assert.NotNull(acme.Alert(AlertType.StageDown));
        acme.Told();
        Pin(acme, OverrideKind.Stage, "one", 5);
        Assert.Contains("0 AlertResolved StageDown Warning Pinned", acme.Told());
        acme.To(5);
        Assert.Contains("5 AlertOpened StageDown Warning", acme.Told());
    }

    [Fact]
    public void An_account_that_is_only_pinned_green_is_not_ready_for_expansion()
    {
        using var acme = Account();
        acme.Mood(60);
        acme.Events("Made", 4);
        Pin(acme, OverrideKind.Band, "green", 50);
        Assert.Null(acme.Alert(AlertType.ExpansionReady));
        acme.Mood(90);
        acme.To(1);
        Assert.NotNull(acme.Alert(AlertType.ExpansionReady));
        Pin(acme, OverrideKind.Band, "red", 50);
        Assert.Equal(AlertState.Resolved, acme.Alert(AlertType.ExpansionReady)!.State);
    }

    [Fact]
    public void A_pin_stands_through_a_rebuild()
    {
        using var acme = Account();
        Pin(acme, OverrideKind.Stage, "two", 10);
        var rebuilt = AccountActor.Rebuild(acme.Model, "acme"u8, [], AccountFixture.FirstDay);
        AccountActor.Swap(acme.Model, ref acme.State, rebuilt, acme.Position, acme.Position, AccountFixture.FirstDay, default, acme.Changes);
        Assert.Equal("two", acme.View.Stage);
    }

    [Fact]
    public void A_pin_that_makes_no_sense_has_no_effect()
    {
        using var acme = Account();
        acme.To(3);
        Pin(acme, OverrideKind.Stage, "unheard_of", 10);
        Pin(acme, OverrideKind.Band, "blue", 10);
        Pin(acme, OverrideKind.Band, "unknown", 10);
        Pin(acme, OverrideKind.Stage, "two", 3);
        Assert.Empty(acme.Told());
        Assert.Equal("none", acme.View.Stage);
    }

    private static AlertView? Live(AccountFixture account) => account.Alert(AlertType.HealthSlip) is { State: not AlertState.Resolved } slip ? slip : null;

    private static AccountFixture Account() => new(AlertModel.Of());

    private static AccountSummary Row(AccountFixture account) => AccountActor.Summary(account.Model, ref account.State);

    private static OverrideView? PinOf(AccountFixture account, OverrideKind kind) => Pins.View(new AccountBlock(account.Model, ref account.State), kind);

    private static void Pin(AccountFixture account, OverrideKind kind, string? value, int until) =>
        account.Pin(new PinRequest { Kind = kind, Value = value, By = "dana", Reason = "season", Until = AccountFixture.Date(until) });
}
