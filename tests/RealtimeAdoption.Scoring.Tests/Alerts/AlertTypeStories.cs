using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Alerts;

/// <summary>Each type opens on its day, with its severity, reason and figures, and ends for its reason.</summary>
public sealed class AlertTypeStories
{
    [Fact]
    public void A_band_that_worsens_is_a_slip_urgent_in_red_and_over_when_the_band_is_back()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.HealthSlip));
        acme.Mood(80);
        acme.To(1);
        acme.Mood(60);
        Assert.Equal(["1 AlertOpened HealthSlip Warning"], acme.Told());
        var alert = acme.Alert(AlertType.HealthSlip)!;
        Assert.Equal("Health fell from green to yellow: 80.0 to 60.0, most of it mood (-20)", alert.Reason);
        Assert.Equal((AlertState.Open, Day(1), CauseKind.Event), (alert.State, alert.OpenedOn, alert.OpenedBy));
        Assert.Equal([("from", "green"), ("to", "yellow"), ("score_before", 80m), ("score_after", 60m), ("measure", "mood"), ("points", -20m), ("band", "yellow"), ("score", 60m)], Figures(alert));

        acme.Mood(30);
        Assert.Equal(["1 AlertChanged HealthSlip Urgent"], acme.Told());
        acme.Mood(60);
        Assert.Equal(["1 AlertChanged HealthSlip Warning"], acme.Told());
        acme.Mood(90);
        Assert.Equal(["1 AlertResolved HealthSlip Warning Ended"], acme.Told());
    }

    [Fact]
    public void A_fast_fall_is_a_slip_though_the_band_stays()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.HealthSlip));
        acme.Mood(100);
        acme.To(1);
        acme.Mood(84);
        Assert.Equal("Health fell by 16 points within 7 days: 100.0 to 84.0, most of it mood (-16)", acme.Alert(AlertType.HealthSlip)!.Reason);
        acme.Told();
        acme.To(8);
        Assert.Equal(["8 AlertResolved HealthSlip Warning Ended"], acme.Told());
    }

    [Fact]
    public void While_the_band_is_unknown_a_slip_stays_what_it_was()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.HealthSlip));
        acme.Mood(80);
        acme.To(1);
        acme.Mood(60);
        acme.To(100);
        Assert.Equal(Band.Unknown, AccountActor.Summary(acme.Model, ref acme.State).Band);
        Assert.Equal(["1 AlertOpened HealthSlip Warning"], acme.Told());
        acme.Mood(80);
        Assert.Equal(["100 AlertResolved HealthSlip Warning Ended"], acme.Told());
    }

    [Fact]
    public void A_stage_and_a_product_that_rise_are_told_for_a_week()
    {
        using var acme = new AccountFixture(AlertModel.Of());
        acme.Events("Made", 2);
        Assert.Equal(["0 AlertOpened StageUp Info", "0 AlertOpened ProductAdopted:maker Info"], acme.Told());
        Assert.Equal("Stage rose from Nothing yet to Single, with 1 product adopted", acme.Alert(AlertType.StageUp)!.Reason);
        Assert.Equal("Add a second", acme.Alert(AlertType.StageUp)!.Action);
        Assert.Equal($"Maker adopted on {Text(0)}", acme.Alert(AlertType.ProductAdopted, "maker")!.Reason);
        acme.To(7);
        Assert.Equal(["7 AlertResolved StageUp Info Passed", "7 AlertResolved ProductAdopted:maker Info Passed"], acme.Told());
    }

    [Fact]
    public void A_product_that_lapses_and_the_stage_that_falls_with_it_are_told_for_a_month_from_their_day()
    {
        using var acme = new AccountFixture(AlertModel.Of(rule => rule.Type is AlertType.StageDown or AlertType.ProductLapsed ? rule : rule with { Enabled = false }));
        acme.Events("Made", 2);
        acme.To(31);
        Assert.Equal(["31 AlertOpened StageDown Warning", "31 AlertOpened ProductLapsed:maker Warning"], acme.Told());
        Assert.Equal("Stage fell from Single to Nothing yet, with no product adopted", acme.Alert(AlertType.StageDown)!.Reason);
        Assert.Equal($"Maker lapsed on {Text(30)}; things made at 0 of 2 in the last 30 days", acme.Alert(AlertType.ProductLapsed, "maker")!.Reason);
        acme.To(60);
        Assert.Equal(["60 AlertResolved StageDown Warning Passed", "60 AlertResolved ProductLapsed:maker Warning Passed"], acme.Told());
    }

    [Fact]
    public void A_product_that_is_adopted_again_ends_its_lapse()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.ProductLapsed));
        acme.Events("Made", 2);
        acme.To(33);
        acme.Events("Made", 2);
        Assert.Equal(["31 AlertOpened ProductLapsed:maker Warning", "33 AlertResolved ProductLapsed:maker Warning Ended"], acme.Told());
    }

    [Theory]
    [InlineData("12000", true)]
    [InlineData("null", true)]
    [InlineData("0", false)]
    public void A_product_that_is_paid_for_and_was_never_adopted_is_told_on_its_sixtieth_day(string arr, bool isTold)
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.ProductUnadopted));
        acme.Contract($$"""[{"product":"meter","start":"{{Text(-10)}}","end":null,"arr":{{arr}}},{"product":"unheard_of","start":"{{Text(-10)}}","end":null,"arr":1}]""");
        acme.To(49);
        Assert.Empty(acme.Told());
        acme.To(50);
        if (!isTold)
        {
            Assert.Empty(acme.Told());
            return;
        }

        Assert.Equal(["50 AlertOpened ProductUnadopted:meter Notice"], acme.Told());
        Assert.Equal($"Meter paid for since {Text(-10)} and never adopted", acme.Alert(AlertType.ProductUnadopted, "meter")!.Reason);
        acme.Events("Level", 1, properties: TinyModel.Number("value", "10"));
        Assert.Equal(["50 AlertResolved ProductUnadopted:meter Notice Ended"], acme.Told());
    }

    [Theory]
    [InlineData(null, false, 90)]
    [InlineData(2000, false, 45)]
    [InlineData(2000, true, 20)]
    public void A_second_product_is_overdue_by_the_segments_rule_or_its_benchmark_or_the_general_rule(int? employees, bool ofSegment, int due)
    {
        var model = AlertModel.Of(
            rule => rule.Type == AlertType.SecondProductOverdue ? rule : rule with { Enabled = false },
            null,
            ("big", rule => rule with { AfterDays = ofSegment ? 20 : rule.AfterDays, IsOfSegment = ofSegment }));
        using var acme = new AccountFixture(model);
        if (employees is { } number) acme.Traits(TinyModel.Number("employees", $"{number}"));
        for (var day = 0; day < due; day += 10)
        {
            acme.To(day);
            acme.Events("Made", 2);
        }

        acme.To(due - 1);
        Assert.Empty(acme.Told());
        acme.To(due);
        Assert.Equal([$"{due} AlertOpened SecondProductOverdue Notice"], acme.Told());
        Assert.Equal($"Only Maker adopted, since {Text(0)}; a second product was due within {due} days", acme.Alert(AlertType.SecondProductOverdue)!.Reason);
        acme.Events("Read", 1);
        Assert.Equal([$"{due} AlertResolved SecondProductOverdue Notice Ended"], acme.Told());
    }

    [Fact]
    public void Breadth_without_depth_opens_with_the_third_product_and_ends_at_the_tick_after_the_depth_has_come()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.BreadthWithoutDepth, rule => rule with { Below = 0.6m }));
        acme.Events("Made", 2);
        acme.Events("Read", 1);
        acme.Events("Level", 1, properties: TinyModel.Number("value", "10"));
        Assert.Equal(["0 AlertOpened BreadthWithoutDepth Notice"], acme.Told());
        var alert = acme.Alert(AlertType.BreadthWithoutDepth)!;
        Assert.Equal("3 products adopted, but at only 50 % of full depth", alert.Reason);
        Assert.Equal([("products", 3), ("depth", 0.5m)], Figures(alert));

        // Depth alone is no reason to judge: most events change it.
        acme.Events("Made", 2);
        Assert.Empty(acme.Told());
        acme.To(1);
        Assert.Equal(["1 AlertResolved BreadthWithoutDepth Notice Ended"], acme.Told());
    }

    [Fact]
    public void A_champion_who_falls_silent_is_told_and_is_over_when_they_come_back()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.ChampionQuiet));
        acme.Events("Made", 1, user: "dana");
        acme.Events("Read", 1, user: "dana");
        acme.Events("Made", 1, user: "lee");
        acme.To(13);
        Assert.Empty(acme.Told());
        acme.To(16);
        Assert.Equal(["14 AlertOpened ChampionQuiet:dana Warning"], acme.Told());
        Assert.Equal($"dana, active in 2 products, silent for 16 days, since {Text(0)}", acme.Alert(AlertType.ChampionQuiet, "dana")!.Reason);
        acme.Events("Made", 1, user: "dana");
        Assert.Equal(["16 AlertResolved ChampionQuiet:dana Warning Ended"], acme.Told());
    }

    [Fact]
    public void The_silence_of_a_champion_is_told_for_sixty_days_though_others_go_on()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.ChampionQuiet));
        acme.Events("Made", 1, user: "dana");
        acme.Events("Read", 1, user: "dana");
        for (var day = 5; day <= 100; day += 5)
        {
            acme.To(day);
            acme.Events("Made", 1, user: "lee");
        }

        Assert.Equal(["14 AlertOpened ChampionQuiet:dana Warning", "60 AlertResolved ChampionQuiet:dana Warning Passed"], acme.Told());
    }

    [Fact]
    public void At_most_ten_champions_are_told_of_and_the_next_one_when_there_is_room()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.ChampionQuiet));
        for (var user = 0; user < 12; user++)
        {
            acme.Events("Made", 1, user: $"user-{user:00}");
            acme.Events("Read", 1, user: $"user-{user:00}");
        }

        acme.To(14);
        Assert.Equal(Enumerable.Range(0, 10).Select(user => $"14 AlertOpened ChampionQuiet:user-{user:00} Warning"), acme.Told());
        acme.Events("Made", 1, user: "user-03");
        Assert.Equal(["14 AlertResolved ChampionQuiet:user-03 Warning Ended", "14 AlertOpened ChampionQuiet:user-10 Warning"], acme.Told());
    }

    [Fact]
    public void Seats_that_few_use_are_told_after_the_first_month()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.SeatsLow));
        acme.Traits(TinyModel.Number("seats", "10"));
        acme.To(20);
        acme.Events("Made", 1, user: "dana");
        acme.Events("Made", 1, user: "lee");
        acme.To(29);
        Assert.Empty(acme.Told());
        acme.To(30);
        Assert.Equal(["30 AlertOpened SeatsLow Notice"], acme.Told());
        Assert.Equal("Only 2 of 10 seats used in the last 30 days", acme.Alert(AlertType.SeatsLow)!.Reason);
        acme.Events("Made", 1, user: "kim");
        Assert.Equal(["30 AlertResolved SeatsLow Notice Ended"], acme.Told());
        acme.To(50);
        Assert.Equal(["50 AlertOpened SeatsLow Notice"], acme.Told());
    }

    [Fact]
    public void Seats_that_are_all_used_are_told_at_once()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.SeatsFull));
        acme.Traits(TinyModel.Number("seats", "2"));
        acme.Events("Made", 1, user: "dana");
        Assert.Empty(acme.Told());
        acme.Events("Made", 1, user: "lee");
        Assert.Equal(["0 AlertOpened SeatsFull Info"], acme.Told());
        Assert.Equal("2 of 2 seats used in the last 30 days", acme.Alert(AlertType.SeatsFull)!.Reason);
        acme.To(30);
        Assert.Equal(["30 AlertResolved SeatsFull Info Ended"], acme.Told());
    }

    [Fact]
    public void Low_sentiment_is_told_until_it_rises_or_is_too_old()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.SentimentLow));
        acme.Traits(TinyModel.Number("nps", "-10"));
        Assert.Equal(["0 AlertOpened SentimentLow Warning"], acme.Told());
        Assert.Equal($"NPS is -10, as of {Text(0)}", acme.Alert(AlertType.SentimentLow)!.Reason);
        acme.To(180);
        Assert.Empty(acme.Told());
        acme.To(181);
        Assert.Equal(["181 AlertResolved SentimentLow Warning Ended"], acme.Told());
    }

    [Fact]
    public void A_renewal_is_told_a_quarter_ahead_louder_in_its_last_month_and_passes()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.RenewalNear));
        acme.Traits(("renewal_date", Scalar.OfText(Text(100))));
        acme.To(99);
        Assert.Equal(["10 AlertOpened RenewalNear Notice", "70 AlertChanged RenewalNear Warning"], acme.Told());
        Assert.Equal($"Renewal in 1 day ({Text(100)})", acme.Alert(AlertType.RenewalNear)!.Reason);
        acme.Mood(20);
        Assert.Equal(["99 AlertChanged RenewalNear Urgent"], acme.Told());
        acme.To(100);
        Assert.Equal($"Renewal today ({Text(100)}), health red", acme.Alert(AlertType.RenewalNear)!.Reason);
        acme.To(101);
        Assert.Equal(["101 AlertResolved RenewalNear Urgent Passed"], acme.Told());
    }

    [Fact]
    public void A_renewal_whose_day_went_by_while_a_rebuild_was_pending_was_due()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.RenewalNear));
        acme.Put(("renewal_date", Scalar.OfText(Text(5))));
        acme.Events("Made", 1, day: -60, flags: RecordFlags.Historic);
        acme.To(6);
        Assert.Equal((AlertState.Open, $"Renewal was due 1 day ago ({Text(5)})"), (acme.Alert(AlertType.RenewalNear)!.State, acme.Alert(AlertType.RenewalNear)!.Reason));
    }

    [Fact]
    public void A_renewal_that_is_put_off_ends_it_and_one_that_is_no_date_is_none()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.RenewalNear));
        acme.Traits(("renewal_date", Scalar.OfText("soon")));
        acme.Traits(("renewal_date", Scalar.OfText($"{Text(45)}T10:00:00Z")), TinyModel.Number("nps", "-1"));
        acme.Traits(("renewal_date", Scalar.OfText(Text(400))));
        Assert.Equal(["0 AlertOpened RenewalNear Urgent", "0 AlertResolved RenewalNear Urgent Ended"], acme.Told());
        Assert.Equal($"Renewal in 45 days ({Text(45)}), NPS -1", acme.Alert(AlertType.RenewalNear)!.Reason);
    }

    [Fact]
    public void Contact_is_due_by_its_cadence()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.ContactDue));
        acme.Traits(("last_contact", Scalar.OfText(Text(-3))));
        acme.To(90);
        Assert.Equal(["88 AlertOpened ContactDue Notice"], acme.Told());
        Assert.Equal($"No contact for 93 days, last on {Text(-3)}; due every 91 days", acme.Alert(AlertType.ContactDue)!.Reason);
        acme.Traits(("last_contact", Scalar.OfText(Text(90))));
        Assert.Equal(["90 AlertResolved ContactDue Notice Ended"], acme.Told());
    }

    [Fact]
    public void A_healthy_account_with_something_left_to_sell_is_ready_for_expansion()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.ExpansionReady));
        acme.Mood(90);
        acme.Events("Made", 2);
        Assert.Equal(["0 AlertOpened ExpansionReady Info"], acme.Told());
        Assert.Equal("Green, at 50 % of full depth, and still to sell: Reader and Meter", acme.Alert(AlertType.ExpansionReady)!.Reason);
        acme.Contract($$"""[{"product":"maker","start":"{{Text(-10)}}","end":null},{"product":"reader","start":"{{Text(-10)}}","end":null},{"product":"meter","start":"{{Text(-10)}}","end":null}]""");
        Assert.Equal(["0 AlertResolved ExpansionReady Info Ended"], acme.Told());
    }

    [Fact]
    public void An_account_that_is_red_or_of_low_sentiment_or_has_just_slipped_is_never_called_ready_for_expansion()
    {
        using var acme = new AccountFixture(AlertModel.Of(rule => rule.Type is AlertType.ExpansionReady or AlertType.HealthSlip ? rule with { CoolDownDays = 0 } : rule with { Enabled = false }));
        acme.Mood(20);
        acme.Events("Made", 4);
        Assert.Null(acme.Alert(AlertType.ExpansionReady));
        acme.Mood(100);
        Assert.Equal(["0 AlertOpened ExpansionReady Info"], acme.Told());
        acme.Traits(TinyModel.Number("nps", "-1"));
        Assert.Equal(["0 AlertResolved ExpansionReady Info Ended"], acme.Told());
        acme.Traits(TinyModel.Number("nps", "0"));
        acme.To(1);
        acme.Told();
        acme.Mood(84);
        Assert.Equal(["1 AlertOpened HealthSlip Warning", "1 AlertResolved ExpansionReady Info Ended"], acme.Told());
    }

    [Fact]
    public void A_silent_account_is_told_after_two_weeks_and_urgent_after_four()
    {
        using var acme = new AccountFixture(AlertModel.Only(AlertType.AccountSilent));
        acme.Events("Made", 1);
        acme.To(3);
        acme.Events("Mood", 1, properties: TinyModel.Number("value", "50"));
        acme.To(20);
        Assert.Equal(["14 AlertOpened AccountSilent Warning"], acme.Told());
        var alert = acme.Alert(AlertType.AccountSilent)!;
        Assert.Equal($"No activity for 20 days, last on {Text(0)}", alert.Reason);
        Assert.Equal([("last_activity_on", Text(0)), ("days", 20)], Figures(alert));
        Assert.Equal((Day(14), CauseKind.Tick), (alert.OpenedOn, alert.OpenedBy));
        acme.To(28);
        Assert.Equal(["28 AlertChanged AccountSilent Urgent"], acme.Told());
        acme.Events("Made", 1);
        Assert.Equal(["28 AlertResolved AccountSilent Urgent Ended"], acme.Told());
    }

    private static (string, object)[] Figures(AlertView alert) => [.. alert.Figures.Select(figure => (figure.Key, figure.Value))];

    private static DateOnly Day(int day) => AccountFixture.Date(day);

    private static string Text(int day) => Day(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
