using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Tests;

/// <summary>Which rule an account of a segment has, out of what the file says and leaves out.</summary>
public sealed class AlertRulesTests
{
    private const int Section = 25;

    [Fact]
    public void A_model_without_alerts_has_none()
    {
        Assert.Null(Read("").Alerts);
        Assert.Null(Read("alerts:").Alerts);
    }

    [Fact]
    public void An_empty_section_has_every_type_with_its_defaults()
    {
        foreach (var text in (string[])["alerts: {}", "alerts: { rules: }", "alerts: { rules: {} }", "alerts: { rules: { seats_low: , stage_up: {}, seats_full: true } }"])
        {
            var alerts = Alerts(text);
            Assert.Equal(AlertRules.Defaults, alerts.Rules);
            Assert.Empty(alerts.SegmentRules);
            Assert.Equal((null, 20), (alerts.LargeArr, alerts.StormFrom));
        }
    }

    [Fact]
    public void A_rule_that_is_false_is_off_and_keeps_its_numbers()
    {
        var off = AlertRules.Defaults[(int)AlertType.SeatsFull] with { Enabled = false };
        Assert.Equal(off, Rule("alerts: { rules: { seats_full: false } }", AlertType.SeatsFull));
        Assert.Equal(off, Rule("alerts: { rules: { seats_full: { enabled: false } } }", AlertType.SeatsFull));
    }

    [Fact]
    public void The_cool_down_of_all_goes_behind_that_of_one_type_and_that_behind_a_segments()
    {
        var alerts = Alerts("alerts: { cool_down_days: 3, rules: { seats_low: { cool_down_days: 0, segments: { large: { cool_down_days: 30 } } } } }");
        Assert.Equal(3, alerts.Rules[(int)AlertType.HealthSlip].CoolDownDays);
        Assert.Equal(0, alerts.Rules[(int)AlertType.SeatsLow].CoolDownDays);
        Assert.Equal(30, alerts.SegmentRules["large"][(int)AlertType.SeatsLow].CoolDownDays);
        Assert.Equal(3, alerts.SegmentRules["large"][(int)AlertType.HealthSlip].CoolDownDays);
    }

    [Fact]
    public void Each_key_comes_into_its_own_value()
    {
        const string Text = """
            alerts:
              large_arr: 12500.5
              storm_from: 5
              rules:
                stage_down: { keep_days: 21, severity: urgent, action: "Call at once" }
                product_unadopted: { after_days: 3660 }
                breadth_without_depth: { min_products: 2, below: 0.25 }
                champion_quiet: { after_days: 29, keep_days: 40 }
                seats_full: { at_least: 1 }
                sentiment_low: { below: -12.5 }
                renewal_near: { within_days: 365 }
                contact_due: { every: yearly }
            """;
        var alerts = Alerts(Text);
        Assert.Equal((12_500.5m, 5), (alerts.LargeArr, alerts.StormFrom));
        AlertRule Default(AlertType type) => AlertRules.Defaults[(int)type];
        AlertRule[] expected =
        [
            Default(AlertType.StageDown) with { KeepDays = 21, Severity = AlertSeverity.Urgent, Action = "Call at once" },
            Default(AlertType.ProductUnadopted) with { AfterDays = 3660 },
            Default(AlertType.BreadthWithoutDepth) with { MinProducts = 2, Below = 0.25m },
            Default(AlertType.ChampionQuiet) with { AfterDays = 29, KeepDays = 40 },
            Default(AlertType.SeatsFull) with { AtLeast = 1 },
            Default(AlertType.SentimentLow) with { Below = -12.5m },
            Default(AlertType.RenewalNear) with { WithinDays = 365 },
            Default(AlertType.ContactDue) with { AfterDays = 365 },
        ];
        Assert.Equal(expected, alerts.Rules.Where(rule => rule != Default(rule.Type)));
    }

    [Fact]
    public void A_segments_rule_is_that_of_all_but_for_what_it_sets()
    {
        const string Text = """
            alerts:
              rules:
                seats_low: { below: 0.5, severity: warning, segments: { large: { after_days: 60 } } }
                seats_full: { enabled: false, segments: { large: true, small: } }
                account_silent: { segments: { small: false } }
            """;
        var alerts = Alerts(Text);
        Assert.Equal(["large", "small"], alerts.SegmentRules.Keys.Order(StringComparer.Ordinal));
        var low = alerts.Rules[(int)AlertType.SeatsLow];
        Assert.Equal(low with { AfterDays = 60, IsOfSegment = true }, alerts.SegmentRules["large"][(int)AlertType.SeatsLow]);
        Assert.Equal(low, alerts.SegmentRules["small"][(int)AlertType.SeatsLow]);
        Assert.True(alerts.SegmentRules["large"][(int)AlertType.SeatsFull].Enabled);
        Assert.False(alerts.SegmentRules["small"][(int)AlertType.SeatsFull].Enabled);
        Assert.False(alerts.SegmentRules["small"][(int)AlertType.AccountSilent].Enabled);
        Assert.True(alerts.SegmentRules["large"][(int)AlertType.AccountSilent].Enabled);
    }

    [Fact]
    public void Only_days_that_a_segment_sets_itself_go_before_its_benchmark()
    {
        var alerts = Alerts("alerts: { rules: { second_product_overdue: { after_days: 60, segments: { large: { after_days: 45 }, small: { severity: warning } } } } }");
        Assert.False(alerts.Rules[(int)AlertType.SecondProductOverdue].IsOfSegment);
        Assert.Equal((45, true), Overdue(alerts, "large"));
        Assert.Equal((60, false), Overdue(alerts, "small"));

        static (int, bool) Overdue(AlertRules alerts, string segment) =>
            (alerts.SegmentRules[segment][(int)AlertType.SecondProductOverdue].AfterDays, alerts.SegmentRules[segment][(int)AlertType.SecondProductOverdue].IsOfSegment);
    }

    [Fact]
    public void A_type_needs_no_health_section()
    {
        var lines = SmallModel.Text.Split('\n');
        var result = ModelFileReader.Read(string.Join('\n', [.. lines[..16], "alerts: { rules: { health_slip: { severity: urgent }, expansion_ready: { at_least: 0.4 } } }"]), "f");
        Assert.Equal("", result.Describe());
        Assert.Null(result.Model!.Health);
    }

    [Fact]
    public void Errors_of_several_rules_come_at_once()
    {
        const string Text = """
            alerts:
              storm_from: none
              rules:
                seats_low: { below: 2, keep_days: 3 }
                no_such: false
                contact_due: { every: daily, segments: { huge: { severity: loud }, small: 1 } }
            """;
        var errors = ModelFileReader.Read(With(Text), "f").Errors;
        Assert.Equal(
            [
                "26 alerts.storm_from", "28 alerts.rules.seats_low.below", "28 alerts.rules.seats_low.keep_days", "29 alerts.rules.no_such",
                "30 alerts.rules.contact_due.every", "30 alerts.rules.contact_due.segments.huge", "30 alerts.rules.contact_due.segments.huge.severity",
                "30 alerts.rules.contact_due.segments.small",
            ],
            errors.Select(error => $"{error.Line} {error.Path}"));
    }

    private static string With(string section) => string.Join('\n', [.. SmallModel.Text.Split('\n')[..(Section - 1)], section]);

    private static AdoptionModel Read(string section)
    {
        var result = ModelFileReader.Read(With(section), "f");
        Assert.Equal("", result.Describe());
        return result.Model!;
    }

    private static AlertRules Alerts(string section) => Read(section).Alerts!;

    private static AlertRule Rule(string section, AlertType type) => Alerts(section).Rules[(int)type];
}
