using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Tests;

/// <summary>The shipped model is a fixture of the whole project: each id and number is held here.</summary>
public sealed class SampleModelTests
{
    internal static readonly string Text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "saas-suite.yaml"));

    private static readonly AdoptionModel Model = ModelFileReader.ReadOrThrow(Text, "saas-suite.yaml");

    [Fact]
    public void It_has_its_version_and_late_days()
    {
        Assert.Equal("2026-11", Model.Version);
        Assert.Equal(7, Model.LateDays);
        Assert.Equal((30, 3), (Model.Users.ActiveDays, Model.Users.SuperAdopterProducts));
    }

    [Fact]
    public void It_has_exactly_these_metrics()
    {
        string[] expected =
        [
            "contacts_created crm Contact Created Count",
            "activities_logged crm Activity Logged Count",
            "active_campaigns marketing Campaigns Reported Gauge active",
            "contacts_in_lists marketing Lists Reported Gauge contacts",
            "sequences_created sales_engagement Sequence Created Count",
            "emails_sent sales_engagement Emails Sent Sum quantity",
            "reports_generated analytics Report Generated Count",
            "report_views analytics Report Viewed Count",
            "portal_users portal * DistinctUsers",
            "support_tickets portal Support Ticket Filed Count",
            "critical_tickets - Critical Tickets Reported Gauge open",
        ];
        Assert.Equal(expected, Model.Metrics.Select(m =>
            $"{m.Id} {(m.Product is { } p ? Model.Products[p].Id : "-")} {m.Event} {m.Kind} {m.Value}".TrimEnd()));
        Assert.All(Model.Metrics, m => Assert.Empty(m.Where));
    }

    [Fact]
    public void It_has_exactly_these_products_and_criteria()
    {
        string[] expected =
        [
            "crm|Core CRM|True|20000|contacts_created>=25/30 activities_logged>=10/30",
            "marketing|Marketing Automation|False|15000|active_campaigns>=1/30 contacts_in_lists>=100/30",
            "sales_engagement|Sales Engagement|False|12000|sequences_created>=5/30 emails_sent>=20/30",
            "analytics|Analytics Dashboard|False|12000|reports_generated>=3/30 report_views>=10/30",
            "portal|Customer Portal|False|9000|portal_users>=5/30 support_tickets>=20/30",
        ];
        Assert.Equal(expected, Model.Products.Select(p =>
            $"{p.Id}|{p.Name}|{p.Anchor}|{p.ListPrice}|{string.Join(' ', p.AdoptedWhen.Select(c => $"{Model.Metrics[c.Metric].Id}>={c.AtLeast}/{c.WithinDays}"))}"));
        Assert.All(Model.Products, p => Assert.Equal((3m, 0), (p.DepthTarget, p.GraceDays)));
    }

    [Fact]
    public void It_has_exactly_these_stages()
    {
        string[] expected =
        [
            "not_adopted|Not adopted|0|0|unknown|activation|Get the first product to its threshold",
            "single_product|Single-Product User|1|1|high|critical|Introduce a 2nd product within 90 days",
            "multi_product_starter|Multi-Product Starter|2|2|medium|high|Find the 3rd product from the use case",
            "platform_adopter|Platform Adopter|3|4|low|moderate|Optimise depth and integration",
            "full_platform|Full Platform|5||lowest|maintain|Advocacy and renewal",
        ];
        Assert.Equal(expected, Model.Stages.Select(s => $"{s.Id}|{s.Name}|{s.From}|{s.To}|{s.ChurnRisk}|{s.Priority}|{s.Action}"));
    }

    [Fact]
    public void It_has_exactly_these_segments()
    {
        string[] expected =
        [
            "enterprise|Enterprise|1000|3.8|0.45|1.28|90",
            "mid_market|Mid-Market|200|2.4|0.32|1.12|90",
            "smb|SMB|0|1.6|0.18|0.95|90",
        ];
        Assert.Equal(expected, Model.Segments.Select(s =>
            $"{s.Id}|{s.Name}|{s.EmployeesFrom}|{s.Benchmark!.Products}|{s.Benchmark.Expansion90d}|{s.Benchmark.Nrr}|{s.Benchmark.SecondProductDays}"));
    }

    [Fact]
    public void It_has_exactly_these_health_rules()
    {
        var health = Model.Health;
        Assert.NotNull(health);
        Assert.Equal(0.5m, health.MinCoverage);
        string[] expected =
        [
            "breadth Breadth 25 ",
            "depth Depth 20 ",
            "trend Trend 20 0,0 0.5,25 0.8,60 1,80 1.2,100",
            "recency Recency 15 0,100 3,90 7,70 14,35 30,0",
            "seats Seats 10 0,0 0.8,100",
            "sentiment Sentiment 10 ",
        ];
        Assert.Equal(expected, health.Measures.Select(m => $"{m.Id} {m.Kind} {m.Weight} {string.Join(' ', m.Curve.Select(p => $"{p.Input},{p.Value}"))}"));
        var trend = health.Measures[2];
        Assert.Equal((7, 28, 20), (trend.RecentDays, trend.BeforeDays, trend.MinEvents));
        Assert.Equal(180, health.Measures[5].StaleAfterDays);
        Assert.Equal((50m, 75m, 2m), (health.Bands.YellowFrom, health.Bands.GreenFrom, health.Bands.Margin));
        Assert.Equal((15m, 7), (health.Slip.Fall, health.Slip.WithinDays));
    }

    [Fact]
    public void It_has_exactly_these_alert_rules()
    {
        var alerts = Model.Alerts;
        Assert.NotNull(alerts);
        Assert.Equal((50_000m, 20), (alerts.LargeArr, alerts.StormFrom));
        Assert.Equal(AlertRules.Defaults, alerts.Rules.Select(rule => rule with { Action = null }));
        Assert.Equal(
            [
                "enterprise RenewalNear 120", "enterprise ContactDue 30",
                "smb ChampionQuiet 10", "smb RenewalNear 60", "smb ContactDue 365",
            ],
            alerts.SegmentRules.OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => entry.Value
                .Where(rule => rule != alerts.Rules[(int)rule.Type])
                .Select(rule => $"{entry.Key} {rule.Type} {rule.AfterDays + rule.WithinDays}")));
        Assert.All(alerts.SegmentRules.Values, rules => Assert.Equal(Enum.GetValues<AlertType>(), rules.Select(rule => rule.Type)));
    }
}
