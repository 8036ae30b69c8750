using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Generators;

/// <summary>Health rules that the loader would accept: every kind of measure, curves that fall and rise, weights by segment, narrow and wide margins, small and large falls.</summary>
public static class HealthGenerator
{
    private static readonly MeasureKind[] Kinds = Enum.GetValues<MeasureKind>();

    /// <param name="dice">Decides.</param>
    /// <param name="metrics">A gauge among them may become a measure.</param>
    public static HealthRules Make(Dice dice, IReadOnlyList<Metric> metrics)
    {
        ArgumentNullException.ThrowIfNull(dice);
        var gauges = Enumerable.Range(0, metrics.Count).Where(m => metrics[m].Kind == MetricKind.Gauge).ToList();
        var measures = new List<Measure>();
        foreach (var kind in Kinds)
        {
            if (kind == MeasureKind.Gauge && gauges.Count == 0) continue;
            for (var n = dice.Of(0, 1, 1, 1, kind == MeasureKind.Breadth ? 1 : 2); n > 0; n--) measures.Add(MakeMeasure(dice, kind, measures.Count, gauges));
        }

        if (measures.Count == 0) measures.Add(MakeMeasure(dice, MeasureKind.Recency, 0, gauges));
        var yellow = dice.Of(50m, dice.Between(20, 60), 33.3m);
        return new HealthRules
        {
            MinCoverage = dice.Of(0.5m, 0.5m, 0.25m, 0.75m, 0m, 1m, 0.333333m),
            Measures = measures,
            Bands = new BandRules { YellowFrom = yellow, GreenFrom = yellow + dice.Of(5m, 15m, 25m, 0.1m), Margin = dice.Of(2m, 2m, 0m, 0.1m, 5m, 12m) },
            Slip = new SlipRules { Fall = dice.Of(15m, 15m, 5m, 1m, 0.1m, 40m), WithinDays = dice.Of(7, 7, 1, 2, 14, 30, 92) },
        };
    }

    /// <param name="dice">Decides.</param>
    /// <param name="kind">Of the measure.</param>
    /// <param name="index">Makes its id.</param>
    /// <param name="gauges">The metrics that a gauge may take.</param>
    public static Measure MakeMeasure(Dice dice, MeasureKind kind, int index, IReadOnlyList<int> gauges)
    {
        ArgumentNullException.ThrowIfNull(dice);
        var measure = new Measure
        {
            Id = $"h{index}_{kind.ToString().ToLowerInvariant()}",
            Kind = kind,
            Weight = dice.Of(10m, 20m, 25m, 1m, 0.5m, 33.333333m),
            SegmentWeights = dice.Chance(0.3) ? new Dictionary<string, decimal>(StringComparer.Ordinal) { [dice.Of("smb", "enterprise", "mid_market")] = dice.Of(1m, 50m, 7.5m) } : [],
        };
        return kind switch
        {
            MeasureKind.Trend => measure with
            {
                RecentDays = dice.Of(7, 7, 1, 3, 14, 30),
                BeforeDays = dice.Of(28, 28, 1, 7, 61),
                MinEvents = dice.Of(20, 5, 1, 0),
                Curve = Curve(dice, 0, dice.Of(1.2m, 2m, 0.5m)),
            },
            MeasureKind.Recency => measure with { Curve = Curve(dice, dice.Of(0m, 0m, 2m), dice.Of(7m, 30m, 90m, 3m)) },
            MeasureKind.Seats => measure with { Curve = Curve(dice, 0, dice.Of(0.8m, 1m, 3m)) },
            MeasureKind.Sentiment => measure with { StaleAfterDays = dice.Of(180, 180, 30, 7, 1) },
            MeasureKind.Gauge => measure with { Metric = dice.OneOf(gauges), WithinDays = dice.Of(1, 7, 30, 92, dice.Between(1, 92)), Curve = Curve(dice, dice.Of(0m, -10m), dice.Of(5m, 100m, 1m)) },
            _ => measure,
        };
    }

    private static List<CurvePoint> Curve(Dice dice, decimal from, decimal to)
    {
        var count = dice.Between(2, 5);
        var points = new List<CurvePoint>();
        var rises = dice.Chance(0.5);
        for (var i = 0; i < count; i++)
        {
            var share = (decimal)i / (count - 1);
            var value = dice.Chance(0.15) ? dice.Between(0, 100) : Math.Round(100 * (rises ? share : 1 - share), 2);
            points.Add(new CurvePoint(Math.Round(from + ((to - from) * share), 6), value));
        }

        return points;
    }
}
