using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.TestKit.Hosts;
using RealtimeAdoption.TestKit.Reference;
using Xunit;

namespace RealtimeAdoption.TestKit.Contracts;

/// <summary>What people do to alerts and bands, and what becomes of both as the days go by; on a running host.</summary>
public abstract class PeopleAndAlertsContract
{
    /// <summary>Not started.</summary>
    protected abstract IHostRig NewRig();

    [Fact]
    public async Task An_alert_that_is_snoozed_until_worse_is_open_again_when_it_is_worse_and_not_before()
    {
        await using var acme = await SilentSinceDay1Async();
        await acme.UntilAsync(15);
        await acme.TodayAsync(today => today.Acts(AlertVerb.Snooze, "account_silent", untilWorse: true));

        await acme.UntilAsync(28);
        Assert.Equal(AlertState.Snoozed, (await acme.AlertAsync("account_silent")).State);

        await acme.UntilAsync(29);
        await acme.TellsAsync("15 opened account_silent warning", "15 snoozed account_silent", "29 changed account_silent warning > urgent", "29 reopened account_silent urgent");
    }

    [Fact]
    public async Task An_alert_that_is_snoozed_until_a_day_is_open_again_on_that_day()
    {
        await using var acme = await SilentSinceDay1Async();
        await acme.UntilAsync(15);
        await acme.TodayAsync(today => today.Acts(AlertVerb.Snooze, "account_silent", untilDay: 20));

        await acme.UntilAsync(19);
        Assert.Equal(AlertState.Snoozed, (await acme.AlertAsync("account_silent")).State);

        await acme.UntilAsync(20);
        await acme.TellsAsync("15 opened account_silent warning", "15 snoozed account_silent", "20 reopened account_silent warning");
    }

    [Fact]
    public async Task An_alert_whose_condition_is_over_resolves_itself_and_says_why()
    {
        await using var acme = await SilentSinceDay1Async();
        await acme.UntilAsync(15);
        await acme.TodayAsync(today => today.Does("ann", "Activity Logged", 1));

        var alert = await acme.AlertAsync("account_silent");
        Assert.Equal((AlertState.Resolved, AlertResolution.Ended, Chronicle.On(15)), (alert.State, alert.Resolution, alert.ResolvedOn));
        Assert.Null(alert.ResolvedBy);
    }

    [Fact]
    public async Task An_alert_that_a_person_resolves_stays_so_while_it_goes_on_and_comes_again_when_it_is_worse()
    {
        await using var acme = await SilentSinceDay1Async();
        await acme.UntilAsync(15);
        await acme.TodayAsync(today => today.Acts(AlertVerb.Resolve, "account_silent"));
        Assert.Equal("dana", (await acme.AlertAsync("account_silent")).ResolvedBy);

        // A cool-down of seven days would be over on day 22; its condition was never false.
        await acme.UntilAsync(28);
        await acme.TellsAsync("15 opened account_silent warning", "15 resolved account_silent by_person");
        await acme.UntilAsync(29);
        await acme.TellsAsync("29 opened account_silent urgent");
    }

    [Fact]
    public async Task An_acknowledged_alert_says_by_whom_and_an_assigned_one_whose_it_is()
    {
        await using var acme = await SilentSinceDay1Async();
        await acme.UntilAsync(15);
        Assert.Equal("dana", (await acme.AlertAsync("account_silent")).Owner);

        await acme.TodayAsync(today => today.Acts(AlertVerb.Assign, "account_silent", assignee: "lee").Acts(AlertVerb.Acknowledge, "account_silent"));

        var alert = await acme.AlertAsync("account_silent");
        Assert.Equal((AlertState.Acknowledged, "dana", "lee"), (alert.State, alert.AcknowledgedBy, alert.Owner));
    }

    [Fact]
    public async Task A_churned_account_has_no_alerts_and_gets_none()
    {
        await using var acme = await SilentSinceDay1Async();
        await acme.UntilAsync(15);
        await acme.TodayAsync(today => today.Knows(("status", PlainValue.OfText("churned"))));

        Assert.Empty(await acme.LiveAsync());
        await acme.UntilAsync(100);
        await acme.TellsAsync("15 opened account_silent warning", "15 resolved account_silent churned");
    }

    [Fact]
    public async Task A_pinned_band_is_shown_until_its_day_and_what_is_measured_goes_on_underneath()
    {
        await using var acme = await SilentSinceDay1Async();
        await acme.TodayAsync(today => today.Buys(("crm", 20000)));
        await acme.UntilAsync(5);
        Assert.Equal(["1 unknown > red"], await acme.MovesAsync(ChangeType.BandChanged));

        await acme.TodayAsync(today => today.Pins("green", untilDay: 10, "Moves to the new office this week"));
        await acme.UntilAsync(9);
        Assert.Equal(Band.Green, (await acme.ViewAsync()).Health!.Band);

        await acme.UntilAsync(10);
        Assert.Equal(Band.Red, (await acme.ViewAsync()).Health!.Band);
        Assert.Equal(["1 unknown > red", "5 red > green", "10 green > red"], await acme.MovesAsync(ChangeType.BandChanged));
        await acme.TellsAsync("10 opened health_slip urgent");
    }

    [Fact]
    public async Task After_three_days_asleep_the_missed_days_happen_in_order_and_each_alert_has_its_own()
    {
        await using var asleep = await SilentSinceDay1Async();
        await asleep.UntilAsync(13);
        await asleep.SleepUntilAsync(16);

        // Day 14 has nothing; on day 15 two weeks of silence are told. What came is dated by its day, not by that of the waking.
        await asleep.TellsAsync("15 opened account_silent warning");
        var opened = Assert.Single(await asleep.ChangesAsync(), change => change.Type == ChangeType.AlertOpened);
        Assert.Equal((Chronicle.On(15), CauseKind.Tick, Chronicle.On(15)), (opened.Day, opened.Cause.Kind, opened.Cause.Day));

        await using var awake = await SilentSinceDay1Async();
        await awake.UntilAsync(16);
        Assert.Equal(await Dated(awake), await Dated(asleep));
    }

    [Fact]
    public async Task What_opens_and_ends_while_everybody_sleeps_is_recorded()
    {
        await using var acme = await Chronicle.BeginAsync(NewRig());
        await acme.TodayAsync(today => today.Buys(("crm", 20000)).Knows(("renewal_date", PlainValue.OfText($"{Chronicle.On(110):yyyy-MM-dd}"))).Does("ann", "Activity Logged", 1));
        await acme.UntilAsync(10);

        await acme.SleepUntilAsync(115);

        var told = (await acme.ChangesAsync()).Where(change => change.Alert is { Type: Scoring.Models.AlertType.RenewalNear }).Select(Chronicle.Told);
        Assert.Equal(["20 opened renewal_near urgent", "111 resolved renewal_near passed"], told);
    }

    /// <summary>Everything that was found, with its day, but for the places in two journals.</summary>
    private static async Task<string[]> Dated(Chronicle chronicle) =>
        [.. from change in await chronicle.ChangesAsync() select $"{change.Day} {change.Type} {change.From} {change.To} {change.At:O} {change.Score?.After:0.000000}"];

    /// <summary>One person logs one activity on day 1, and nobody comes again. Nothing is bought.</summary>
    private async Task<Chronicle> SilentSinceDay1Async()
    {
        var chronicle = await Chronicle.BeginAsync(NewRig());
        await chronicle.TodayAsync(today => today.Knows(("owner", PlainValue.OfText("dana")), ("employees", PlainValue.OfNumber("400"))).Does("ann", "Activity Logged", 1));
        return chronicle;
    }
}
