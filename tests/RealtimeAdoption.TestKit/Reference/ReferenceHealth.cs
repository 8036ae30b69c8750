using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>What the measures look at, of one account on one day.</summary>
public sealed record HealthInputs
{
    public required int Day { get; init; }
    public required string Segment { get; init; }
    public required decimal? AdoptionRate { get; init; }

    /// <summary>Of the products adopted and entitled today; null: none.</summary>
    public required decimal? MeanDepth { get; init; }

    /// <summary>Number of activity events on a day.</summary>
    public required Func<int, int> ActivityOn { get; init; }
    public required int? LastActivity { get; init; }
    public required int ActiveUsers { get; init; }
    public required int? Seats { get; init; }

    /// <summary>NPS and its day, as a measure sees it that lets a value count for so many days.</summary>
    public required Func<int, (decimal Value, int Day)?> Nps { get; init; }

    /// <summary>A gauge's value in a window that ends today.</summary>
    public required Func<int, int, decimal?> Gauge { get; init; }
}

/// <summary>One measure as it stands.</summary>
public sealed record ReferenceMeasure(string Id, MeasureState State, decimal? Input, decimal? Value, decimal Weight)
{
    /// <summary>Weight * value / sum of the weights present.</summary>
    public double Contribution { get; init; }
}

/// <summary>The health score of an account on a day, told in decimals from the text: the table of measures, and readings 21 to 25.</summary>
public sealed class ReferenceHealth
{
    private ReferenceHealth(HealthRules rules, IReadOnlyList<ReferenceMeasure> measures)
    {
        var all = measures.Sum(m => m.Weight);
        var present = measures.Where(m => m.State == MeasureState.Present).Sum(m => m.Weight);
        Coverage = (double)(present / all);
        CoverageTooLow = present < rules.MinCoverage * all;
        if (present > 0)
        {
            var score = measures.Sum(m => m.Weight * (m.Value ?? 0)) / present;
            Unrounded = (double)score;
            Shown = Math.Round(Math.Round(score, 9, MidpointRounding.ToEven), 1, MidpointRounding.AwayFromZero);
        }

        Measures = [.. measures.Select(m => m with { Contribution = present > 0 ? (double)(m.Weight * (m.Value ?? 0) / present) : 0 })];
    }

    public IReadOnlyList<ReferenceMeasure> Measures { get; }

    public double Coverage { get; }

    public bool CoverageTooLow { get; }

    /// <summary>Null: no measure is present.</summary>
    public double? Unrounded { get; }

    /// <summary>To one decimal.</summary>
    public decimal? Shown { get; }

    /// <summary>There is a score, and enough of the weight is present.</summary>
    public bool IsKnown => Shown is not null && !CoverageTooLow;

    /// <summary>Null: the model has no health score.</summary>
    public static ReferenceHealth? Of(AdoptionModel model, HealthInputs inputs) =>
        model.Health is { } rules ? new(rules, [.. rules.Measures.Select(measure => Measured(measure, inputs))]) : null;

    private static ReferenceMeasure Measured(Measure measure, HealthInputs inputs)
    {
        var weight = measure.SegmentWeights.TryGetValue(inputs.Segment, out var own) ? own : measure.Weight;
        ReferenceMeasure Missing() => new(measure.Id, MeasureState.Missing, null, null, weight);
        ReferenceMeasure Present(decimal input, decimal value) => new(measure.Id, MeasureState.Present, input, value, weight);
        switch (measure.Kind)
        {
            case MeasureKind.Breadth:
                return inputs.AdoptionRate is { } rate ? Present(rate, 100 * rate) : Missing();
            case MeasureKind.Depth:
                return inputs.MeanDepth is { } depth ? Present(depth, 100 * depth) : Missing();
            case MeasureKind.Trend:
                return Trend(measure, inputs) is { } trend ? Present(trend, On(measure.Curve, trend)) : Missing();
            case MeasureKind.Recency:
                return inputs.LastActivity is { } last ? Present(inputs.Day - last, On(measure.Curve, inputs.Day - last)) : Missing();
            case MeasureKind.Seats:
                if (inputs.Seats is not { } seats || seats == 0) return Missing();
                return Present((decimal)inputs.ActiveUsers / seats, On(measure.Curve, (decimal)inputs.ActiveUsers / seats));
            case MeasureKind.Sentiment:
                if (inputs.Nps(measure.StaleAfterDays) is not { } nps) return Missing();
                var stale = inputs.Day - nps.Day > measure.StaleAfterDays;
                return stale ? new(measure.Id, MeasureState.Stale, nps.Value, null, weight) : Present(nps.Value, (nps.Value + 100) / 2);
            default:
                return inputs.Gauge(measure.Metric!.Value, measure.WithinDays!.Value) is { } level ? Present(level, On(measure.Curve, level)) : Missing();
        }
    }

    // The last completed days against the days before them.
    private static decimal? Trend(Measure measure, HealthInputs inputs)
    {
        int recent = 0, before = 0;
        for (var day = inputs.Day - measure.RecentDays; day < inputs.Day; day++) recent += inputs.ActivityOn(day);
        for (var day = inputs.Day - measure.RecentDays - measure.BeforeDays; day < inputs.Day - measure.RecentDays; day++) before += inputs.ActivityOn(day);
        return before == 0 || before < measure.MinEvents ? null : (decimal)recent * measure.BeforeDays / ((decimal)before * measure.RecentDays);
    }

    /// <summary>Straight between the points, flat outside of them.</summary>
    public static decimal On(IReadOnlyList<CurvePoint> curve, decimal x)
    {
        if (x <= curve[0].Input) return curve[0].Value;
        for (var i = 1; i < curve.Count; i++)
        {
            var (from, to) = (curve[i - 1], curve[i]);
            if (x <= to.Input) return from.Value + ((x - from.Input) * (to.Value - from.Value) / (to.Input - from.Input));
        }

        return curve[^1].Value;
    }
}
