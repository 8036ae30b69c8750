using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Alerts;

public sealed class AlertLifeStories
{
    [Fact]
    public void An_open_alert_is_updated_and_not_doubled_and_its_words_are_of_today()
    {
        using var acme = LowSentiment();
        acme.To(2);
        acme.Traits(TinyModel.Number("nps", "-40"));
        Assert.Empty(acme.Told());
        Assert.StartsWith("NPS is -40", Assert.Single(acme.View.Alerts!).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_was_resolved_opens_again_only_after_its_cool_down()
    {
        using var acme = LowSentiment();
        acme.To(3);
        acme.Traits(TinyModel.Number("nps", "5"));
        acme.To(5);
        acme.Traits(TinyModel.Number("nps", "-5"));
        acme.To(9);
        Assert.Equal(["3 AlertResolved SentimentLow Warning Ended"], acme.Told());
        acme.To(10);
        Assert.Equal(["10 AlertOpened SentimentLow Warning"], acme.Told());
    }

    [Fact]
    public void The_cool_down_does_not_hold_back_what_is_worse()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.RenewalNear));
        acme.Traits(Renewal(60));
        acme.Traits(Renewal(300));
        acme.Traits(Renewal(61));
        Assert.Equal(["0 AlertOpened RenewalNear Notice", "0 AlertResolved RenewalNear Notice Ended"], acme.Told());
        acme.Traits(Renewal(20));
        Assert.Equal(["0 AlertOpened RenewalNear Warning"], acme.Told());
    }

    [Fact]
    public void An_acknowledged_one_names_who_and_opens_again_when_it_is_worse()
    {
        using var acme = Renewing();
        Act(acme, AlertVerb.Acknowledge);
        Assert.Equal((AlertState.Acknowledged, "dana"), (acme.Alert(AlertType.RenewalNear)!.State, acme.Alert(AlertType.RenewalNear)!.AcknowledgedBy));
        Assert.Equal("dana", Assert.Single(acme.Changes).Alert!.By);
        Assert.Equal(CauseKind.Person, acme.Changes[0].Cause.Kind);
        acme.Told();
        Act(acme, AlertVerb.Acknowledge);
        Assert.Empty(acme.Told());
        acme.To(30);
        Assert.Equal(["30 AlertChanged RenewalNear Warning", "30 AlertReopened RenewalNear Warning"], acme.Told());
        Assert.Equal((AlertState.Open, null), (acme.Alert(AlertType.RenewalNear)!.State, acme.Alert(AlertType.RenewalNear)!.AcknowledgedBy));
    }

    [Fact]
    public void A_further_slip_opens_an_acknowledged_one_again_though_it_is_as_severe_as_before()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.HealthSlip));
        acme.Mood(90);
        acme.To(1);
        acme.Mood(76);
        acme.Mood(70);
        Act(acme, AlertVerb.Acknowledge, AlertType.HealthSlip);
        acme.Told();
        acme.To(9);
        acme.Mood(60);
        Assert.Empty(acme.Told());
        acme.Mood(54);
        Assert.Equal(["9 AlertReopened HealthSlip Warning"], acme.Told());
        Assert.StartsWith("Health fell by 16 points", acme.Alert(AlertType.HealthSlip)!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void One_snoozed_until_a_day_is_open_again_on_that_day_and_not_when_it_is_worse()
    {
        using var acme = Renewing();
        Act(acme, AlertVerb.Snooze, until: 35);
        Assert.Equal((AlertState.Snoozed, AccountFixture.Date(35)), (acme.Alert(AlertType.RenewalNear)!.State, acme.Alert(AlertType.RenewalNear)!.SnoozedUntil));
        acme.Told();
        acme.To(34);
        Assert.Equal(["30 AlertChanged RenewalNear Warning"], acme.Told());
        acme.To(35);
        Assert.Equal(["35 AlertReopened RenewalNear Warning"], acme.Told());
        Assert.Null(acme.Alert(AlertType.RenewalNear)!.SnoozedUntil);
    }

    [Fact]
    public void One_snoozed_until_worse_is_open_again_then()
    {
        using var acme = Renewing();
        Act(acme, AlertVerb.Snooze, untilWorse: true);
        Assert.True(acme.Alert(AlertType.RenewalNear)!.SnoozedUntilWorse);
        acme.Told();
        acme.To(29);
        Assert.Empty(acme.Told());
        acme.To(30);
        Assert.Equal(["30 AlertChanged RenewalNear Warning", "30 AlertReopened RenewalNear Warning"], acme.Told());
    }

    [Fact]
    public void A_snooze_without_an_end_or_with_one_that_is_not_ahead_has_no_effect()
    {
        using var acme = Renewing();
        acme.To(5);
        Act(acme, AlertVerb.Snooze);
        Act(acme, AlertVerb.Snooze, until: 5);
        Act(acme, AlertVerb.Snooze, until: 3, untilWorse: true);
        Assert.Empty(acme.Told());
        Assert.Equal(AlertState.Open, acme.Alert(AlertType.RenewalNear)!.State);
    }

    [Fact]
    public void One_is_assigned_and_goes_back_to_the_accounts_owner()
    {
        using var acme = Renewing();
        acme.Traits(("owner", Scalar.OfText("kim")));
        Assert.Equal("kim", acme.Alert(AlertType.RenewalNear)!.Owner);
        Act(acme, AlertVerb.Assign, assignee: "lee");
        Assert.Equal("lee", acme.Alert(AlertType.RenewalNear)!.Owner);
        Act(acme, AlertVerb.Assign, assignee: "lee");
        Act(acme, AlertVerb.Assign);
        Assert.Equal("kim", acme.Alert(AlertType.RenewalNear)!.Owner);
        Assert.Equal(2, acme.Told().Count);
    }

    [Fact]
    public void What_a_person_resolves_stays_so_while_its_condition_holds_and_is_not_for_ever()
    {
        using var acme = LowSentiment();
        Act(acme, AlertVerb.Resolve, AlertType.SentimentLow);
        var alert = acme.Alert(AlertType.SentimentLow)!;
        Assert.Equal((AlertState.Resolved, AlertResolution.ByPerson, "dana"), (alert.State, alert.Resolution, alert.ResolvedBy));
        Assert.Equal(["0 AlertResolved SentimentLow Warning ByPerson"], acme.Told());
        acme.To(40);
        Assert.Null(acme.Alert(AlertType.SentimentLow));
        Assert.Empty(acme.Told());
        acme.Traits(TinyModel.Number("nps", "20"));
        acme.Traits(TinyModel.Number("nps", "-20"));
        Assert.Equal(["40 AlertOpened SentimentLow Warning"], acme.Told());
    }

    [Fact]
    public void What_a_person_resolved_opens_again_when_it_is_worse()
    {
        using var acme = Renewing();
        Act(acme, AlertVerb.Resolve);
        acme.Told();
        acme.To(30);
        Assert.Equal(["30 AlertOpened RenewalNear Warning"], acme.Told());
        Assert.Null(acme.Alert(AlertType.RenewalNear)!.ResolvedBy);
    }

    [Fact]
    public void A_resolved_one_can_be_read_for_thirty_days()
    {
        using var acme = LowSentiment();
        acme.Traits(TinyModel.Number("nps", "5"));
        acme.To(29);
        Assert.Equal((AlertState.Resolved, AccountFixture.Date(0)), (acme.Alert(AlertType.SentimentLow)!.State, acme.Alert(AlertType.SentimentLow)!.ResolvedOn));
        Assert.StartsWith("NPS is -10", acme.Alert(AlertType.SentimentLow)!.Reason, StringComparison.Ordinal);
        Assert.Equal(AccountFixture.FirstDay + 30, AccountActor.NextDueDay(acme.State));
        acme.To(30);
        Assert.Empty(acme.View.Alerts!);
        Assert.True(AccountActor.Summary(acme.Model, ref acme.State).Alerts.IsEmpty);
    }

    [Fact]
    public void A_churned_account_has_no_alerts()
    {
        using var acme = LowSentiment();
        acme.Traits(("status", Scalar.OfText("churned")), Renewal(10));
        Assert.Equal(["0 AlertResolved SentimentLow Warning Churned"], acme.Told());
        acme.To(8);
        acme.Traits(("status", Scalar.OfText("active")));
        Assert.Equal(2, acme.Told().Count);
    }

    [Fact]
    public void A_segment_whose_rule_is_off_has_none_of_its_alerts()
    {
        using var acme = new AccountFixture(AlertModel.Of(null, null, ("big", rule => rule.Type == AlertType.SentimentLow ? rule with { Enabled = false } : rule)));
        acme.Traits(TinyModel.Number("nps", "-10"));
        acme.Traits(TinyModel.Number("employees", "2000"));
        Assert.Equal(["0 AlertOpened SentimentLow Warning", "0 AlertResolved SentimentLow Warning RuleOff"], acme.Told());
    }

    [Fact]
    public void A_segment_has_its_own_numbers_and_its_own_words()
    {
        using var acme = new AccountFixture(AlertModel.Of(null, null, ("big", rule => rule.Type == AlertType.SentimentLow ? rule with { Below = 30, Action = "Call the sponsor" } : rule)));
        acme.Traits(TinyModel.Number("nps", "10"), TinyModel.Number("employees", "20"));
        Assert.Empty(acme.Told());
        acme.Traits(TinyModel.Number("employees", "2000"));
        Assert.Equal(["0 AlertOpened SentimentLow Warning"], acme.Told());
        Assert.Equal("Call the sponsor", acme.Alert(AlertType.SentimentLow)!.Action);
    }

    [Fact]
    public void A_large_account_is_one_step_more_severe_but_in_good_news()
    {
        using var acme = new AccountFixture(AlertModel.Of(null, largeArr: 5000));
        acme.Contract($$"""[{"product":"maker","start":"2020-01-01","end":"{{AccountFixture.Date(9):yyyy-MM-dd}}","arr":5000},{"product":"reader","start":"2020-01-01","end":null,"arr":100}]""");
        acme.Traits(TinyModel.Number("nps", "-10"));
        acme.Events("Made", 2);
        Assert.Equal(
            ["0 AlertOpened ProductUnadopted:maker Warning", "0 AlertOpened ProductUnadopted:reader Warning", "0 AlertOpened SentimentLow Urgent", "0 AlertOpened StageUp Info",
             "0 AlertOpened ProductAdopted:maker Info", "0 AlertResolved ProductUnadopted:maker Warning Ended"],
            acme.Told());
        Assert.Equal(5100m, acme.Alert(AlertType.SentimentLow)!.Figures["arr"]);
        acme.To(9);
        Assert.Contains("9 AlertChanged SentimentLow Warning", acme.Told());
    }

    [Fact]
    public void An_action_on_what_is_not_there_or_that_makes_no_sense_has_no_effect()
    {
        using var acme = LowSentiment();
        Act(acme, AlertVerb.Acknowledge, AlertType.RenewalNear);
        foreach (var (name, property, value) in new[] { ("shout", "by", "dana"), ("acknowledge", "by", ""), ("snooze", "until", "soon"), ("acknowledge", "type", "none") })
        {
            var fields = new List<(string, Scalar)> { ("type", Scalar.OfText("sentiment_low")), ("by", Scalar.OfText("dana")) };
            fields.RemoveAll(field => field.Item1 == property);
            fields.Add((property, Scalar.OfText(value)));
            acme.Apply(acme.Draft(RecordKind.AlertAction, name, null, [.. fields]), acme.Today, RecordFlags.None, 0);
        }

        Assert.Empty(acme.Told());
        Assert.Equal(AlertState.Open, acme.Alert(AlertType.SentimentLow)!.State);
    }

    [Fact]
    public void What_people_do_takes_effect_while_a_rebuild_is_pending_and_survives_the_swap()
    {
        using var acme = LowSentiment();
        acme.Events("Made", 1, day: 0, flags: RecordFlags.Historic);
        acme.Traits(TinyModel.Number("nps", "50"));
        Assert.Empty(acme.Told());
        Act(acme, AlertVerb.Acknowledge, AlertType.SentimentLow);
        Assert.Equal(["0 AlertAcknowledged SentimentLow Warning"], acme.Told());
        Assert.Equal("dana", acme.Alert(AlertType.SentimentLow)!.AcknowledgedBy);

        var rebuilt = AccountActor.Rebuild(acme.Model, "acme"u8, [], AccountFixture.FirstDay);
        AccountActor.Swap(acme.Model, ref acme.State, rebuilt, acme.Position, acme.Position, AccountFixture.FirstDay, default, acme.Changes);
        Assert.Equal(["0 AlertResolved SentimentLow Warning Ended"], acme.Told());
        Assert.Equal("dana", acme.Alert(AlertType.SentimentLow)!.AcknowledgedBy);
    }

    [Fact]
    public void The_row_is_new_when_alerts_change_and_not_otherwise()
    {
        using var acme = Renewing();
        Assert.Equal(AccountEffects.RowChanged, Act(acme, AlertVerb.Acknowledge));
        Assert.Equal(AccountEffects.None, Act(acme, AlertVerb.Acknowledge));
        Assert.Equal(1, AccountActor.Summary(acme.Model, ref acme.State).Alerts.Of(AlertState.Acknowledged, acme.Alert(AlertType.RenewalNear)!.Severity));
    }

    [Fact]
    public void A_model_without_alerts_has_none()
    {
        using var acme = new AccountFixture(AlertModel.Of() with { Alerts = null });
        acme.Traits(TinyModel.Number("nps", "-10"));
        acme.To(100);
        Assert.Empty(acme.Told());
        Assert.Null(acme.View.Alerts);
    }

    private static AccountFixture LowSentiment()
    {
        var acme = new AccountFixture(AlertModel.Of(rule => rule.Type is AlertType.SentimentLow or AlertType.RenewalNear ? rule : rule with { Enabled = false }));
        acme.Traits(TinyModel.Number("nps", "-10"));
        Assert.Single(acme.Told());
        return acme;
    }

    /// <summary>In 60 days, so that it grows more severe on day 30.</summary>
    private static AccountFixture Renewing()
    {
        var acme = new AccountFixture(AlertModel.Only(AlertType.RenewalNear));
        acme.Traits(Renewal(60));
        Assert.Single(acme.Told());
        return acme;
    }

    private static (string, Scalar) Renewal(int day) => ("renewal_date", Scalar.OfText($"{AccountFixture.Date(day):yyyy-MM-dd}"));

    private static AccountEffects Act(
        AccountFixture account, AlertVerb verb, AlertType type = AlertType.RenewalNear, int? until = null, bool untilWorse = false, string? assignee = null) => account.Act(new AlertAction
        {
            Verb = verb,
            Key = new AlertKey(type, ""),
            By = "dana",
            Until = until is { } day ? AccountFixture.Date(day) : null,
            UntilWorse = untilWorse,
            Assignee = assignee,
        });
}
