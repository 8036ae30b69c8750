using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Health;

/// <summary>The tiny model with health rules: a dial that is the score itself, or each of the measures.</summary>
internal static class HealthModel
{
    public static CurvePoint[] Straight { get; } = [new(0, 0), new(100, 100)];

    public static Measure Dial { get; } = new() { Id = "dial", Kind = MeasureKind.Gauge, Weight = 1, Metric = 3, WithinDays = 92, Curve = Straight };

    public static Measure Breadth { get; } = new() { Id = "breadth", Kind = MeasureKind.Breadth, Weight = 25 };

    public static Measure Depth { get; } = new() { Id = "depth", Kind = MeasureKind.Depth, Weight = 20 };

    public static Measure Trend { get; } = new()
    {
        Id = "trend",
        Kind = MeasureKind.Trend,
        Weight = 20,
        Curve = [new(0, 0), new(0.5m, 25), new(0.8m, 60), new(1, 80), new(1.2m, 100)],
    };

    public static Measure Recency { get; } = new()
    {
        Id = "recency",
        Kind = MeasureKind.Recency,
        Weight = 15,
        Curve = [new(0, 100), new(3, 90), new(7, 70), new(14, 35), new(30, 0)],
    };

    public static Measure Seats { get; } = new() { Id = "seats", Kind = MeasureKind.Seats, Weight = 10, Curve = [new(0, 0), new(0.8m, 100)] };

    public static Measure Sentiment { get; } = new() { Id = "sentiment", Kind = MeasureKind.Sentiment, Weight = 10, StaleAfterDays = 20 };

    public static AdoptionModel Of(params Measure[] measures) => Of(0m, measures);

    public static AdoptionModel Of(decimal minCoverage, params Measure[] measures)
    {
        var tiny = TinyModel.Of();
        return tiny with
        {
            Metrics = [.. tiny.Metrics, new Metric { Id = "dial", Event = "Dial", Kind = MetricKind.Gauge, Value = "value" }],
            Segments = [new Segment { Id = "big", Name = "Big", EmployeesFrom = 1000 }],
            Health = new HealthRules { MinCoverage = minCoverage, Measures = measures },
        };
    }

    public static AdoptionModel OfAll() => Of(0.5m, Breadth, Depth, Trend, Recency, Seats, Sentiment, Dial with { Weight = 10, WithinDays = 5 });

    /// <summary>Sets the score of a model whose only measure is the dial.</summary>
    public static void Turn(this AccountFixture account, decimal score) =>
        account.Events("Dial", 1, properties: TinyModel.Number("value", score.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    public static double? ValueOf(this AccountFixture account, string measure) => account.View.Health!.Measures.Single(m => m.Measure == measure).Value;

    public static double? InputOf(this AccountFixture account, string measure) => account.View.Health!.Measures.Single(m => m.Measure == measure).Input;
}
