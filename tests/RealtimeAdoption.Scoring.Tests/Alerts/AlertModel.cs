using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Tests.Alerts;

/// <summary>
/// A model in which everything that alerts look at can be set by hand: the score is the last value of <c>Mood</c>, three products are adopted by one or two events each, a user of two
/// products is a super adopter.
/// </summary>
internal static class AlertModel
{
    public static AdoptionModel Of(Func<AlertRule, AlertRule>? change = null, decimal? largeArr = null, params (string Segment, Func<AlertRule, AlertRule> Change)[] segments)
    {
        AlertRule[] rules = [.. AlertRules.Defaults.Select(rule => change?.Invoke(rule) ?? rule)];
        return new AdoptionModel
        {
            Version = "alerts",
            Metrics =
            [
                new Metric { Id = "things_made", Product = 0, Event = "Made", Kind = MetricKind.Count },
                new Metric { Id = "reads", Product = 1, Event = "Read", Kind = MetricKind.Count },
                new Metric { Id = "level", Product = 2, Event = "Level", Kind = MetricKind.Gauge, Value = "value" },
                new Metric { Id = "mood", Event = "Mood", Kind = MetricKind.Gauge, Value = "value" },
            ],
            Products =
            [
                new Product { Id = "maker", Name = "Maker", DepthTarget = 2, AdoptedWhen = [new Criterion(0, 2, 30)] },
                new Product { Id = "reader", Name = "Reader", DepthTarget = 2, AdoptedWhen = [new Criterion(1, 1, 30)] },
                new Product { Id = "meter", Name = "Meter", DepthTarget = 2, AdoptedWhen = [new Criterion(2, 10, 30)] },
            ],
            Stages =
            [
                new Stage { Id = "none", Name = "Nothing yet", From = 0, To = 0, ChurnRisk = "unknown", Priority = "activation", Action = "Get it going" },
                new Stage { Id = "one", Name = "Single", From = 1, To = 1, ChurnRisk = "high", Priority = "critical", Action = "Add a second" },
                new Stage { Id = "two", Name = "Double", From = 2, To = 2, ChurnRisk = "medium", Priority = "high", Action = "Add a third" },
                new Stage { Id = "all", Name = "Full", From = 3, ChurnRisk = "low", Priority = "maintain", Action = "Keep it up" },
            ],
            Segments =
            [
                new Segment { Id = "small", Name = "Small", EmployeesFrom = 0 },
                new Segment { Id = "big", Name = "Big", EmployeesFrom = 1000, Benchmark = new SegmentBenchmark(2, 0.3m, 1.1m, 45) },
            ],
            Users = new UserRules { SuperAdopterProducts = 2 },
            Health = new HealthRules
            {
                Measures =
                [
                    new Measure { Id = "mood", Kind = MeasureKind.Gauge, Weight = 10, Metric = 3, WithinDays = 92, Curve = [new CurvePoint(0, 0), new CurvePoint(100, 100)] },
                ],
            },
            Alerts = new AlertRules
            {
                LargeArr = largeArr,
                Rules = rules,
                SegmentRules = segments.ToDictionary(
                    entry => entry.Segment, IReadOnlyList<AlertRule> (entry) => [.. rules.Select(rule => entry.Change(rule))], StringComparer.Ordinal),
            },
        };
    }

    /// <summary>Only that type, with its defaults but for the change.</summary>
    public static AdoptionModel Only(AlertType type, Func<AlertRule, AlertRule>? change = null) =>
        Of(rule => rule.Type == type ? change?.Invoke(rule) ?? rule : rule with { Enabled = false });
}
