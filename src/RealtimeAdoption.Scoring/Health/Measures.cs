using System.Numerics;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>What the measures take in: each in its own unit, NaN where it is missing.</summary>
internal static class Measures
{
    /// <summary>The measure's value, 0..100; NaN: missing or stale.</summary>
    public static double Value(in AccountBlock block, CompiledMeasure measure)
    {
        var input = Input(block, measure, out var state);
        return state == MeasureState.Present ? measure.Map(input) : double.NaN;
    }

    /// <summary>A stale input is given, but does not count.</summary>
    public static double Input(in AccountBlock block, CompiledMeasure measure, out MeasureState state)
    {
        if (measure.Kind == MeasureKind.Sentiment)
        {
            var nps = Nps.Of(block, measure.Definition.StaleAfterDays);
            state = nps.State == MeasureState.Stale && block.Model.Planted == PlantedBug.StaleMeasureCounted ? MeasureState.Present : nps.State;
            return state == MeasureState.Missing ? double.NaN : nps.Value;
        }

        var input = measure.Kind switch
        {
            MeasureKind.Breadth => Breadth(block),
            MeasureKind.Depth => MeanDepth(block),
            MeasureKind.Trend => Trend(block, measure.Definition),
            MeasureKind.Recency => block.LastActivityDay == AccountBlock.NoDay ? double.NaN : block.Day - block.LastActivityDay,
            MeasureKind.Seats => Seats(block),
            _ => Gauges.TryValue(block, measure.Metric!, measure.Within, block.Day, out var units, out _) ? (double)units / DecimalText.Unit : double.NaN,
        };
        state = double.IsNaN(input) ? MeasureState.Missing : MeasureState.Present;
        return input;
    }

    /// <summary>Of the products adopted and entitled today, unrounded; NaN: there are none.</summary>
    public static double MeanDepth(in AccountBlock block)
    {
        var counted = block.Adopted & block.Entitled;
        if (counted == 0) return double.NaN;
        var depths = new HealthState(block).Depths;
        double sum = 0;
        for (var rest = counted; rest != 0; rest &= rest - 1) sum += depths[BitOperations.TrailingZeroCount(rest)];
        return sum / BitOperations.PopCount(counted);
    }

    /// <summary>A product's depth from its windows, 0..1.</summary>
    public static double DepthOf(in AccountBlock block, CompiledProduct product)
    {
        double sum = 0;
        foreach (var criterion in product.Criteria) sum += FillOf(block, criterion);
        return sum / product.Criteria.Length;
    }

    /// <summary>A criterion's part of its product's depth, 0..1.</summary>
    public static double FillOf(in AccountBlock block, CompiledCriterion criterion)
    {
        var metric = criterion.Metric;
        var value = metric.Kind switch
        {
            MetricKind.Gauge => Gauges.TryValue(block, metric, criterion.Within, block.Day, out var units, out _) ? (double)units / DecimalText.Unit : 0,
            MetricKind.Sum => (double)Counters.Total(block, metric, criterion.Window) / DecimalText.Unit,
            _ => (double)(long)Counters.Total(block, metric, criterion.Window),
        };
        return Math.Clamp(value / criterion.FullDepth, 0, 1);
    }

    /// <summary>Events of the completed days: the recent ones, and those before.</summary>
    public static (long Recent, long Before) Activity(in AccountBlock block, Measure trend)
    {
        var days = block.Layout.ActivityDays;
        ref var ring = ref block.Section(block.Layout.Activity);
        var today = block.Day;
        long recent = 0, before = 0;
        for (var back = 1; back <= trend.RecentDays; back++) recent += Ring.GetCount(ref ring, 0, days, today - back);
        for (var back = trend.RecentDays + 1; back <= trend.RecentDays + trend.BeforeDays; back++) before += Ring.GetCount(ref ring, 0, days, today - back);
        return (recent, before);
    }

    private static double Breadth(in AccountBlock block) =>
        block.Entitled == 0 ? double.NaN : (double)BitOperations.PopCount(block.Adopted & block.Entitled) / BitOperations.PopCount(block.Entitled);

    private static double Trend(in AccountBlock block, Measure trend)
    {
        var (recent, before) = Activity(block, trend);
        return before == 0 || before < trend.MinEvents ? double.NaN : (double)(recent * trend.BeforeDays) / (before * trend.RecentDays);
    }

    private static double Seats(in AccountBlock block)
    {
        ref var head = ref new HealthState(block).Head;
        return head.Seats <= 0 ? double.NaN : (double)head.ActiveUsers / head.Seats;
    }
}
