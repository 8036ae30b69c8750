using System.Runtime.CompilerServices;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// Metrics that are a ring of days with a running total a window: counts, sums, active days, and (as days of last use) the distinct kinds. Totals are
/// those of the windows that end today.
/// </summary>
internal static class Counters
{
    public const int CountSize = 8;
    public const int SumSize = 16;

    public static Int128 Total(in AccountBlock block, CompiledMetric metric, int window)
    {
        ref var totals = ref block.Section(metric.Index);
        return metric.Kind == MetricKind.Sum
            ? Unsafe.ReadUnaligned<Int128>(ref Unsafe.Add(ref totals, window * SumSize))
            : Unsafe.ReadUnaligned<long>(ref Unsafe.Add(ref totals, window * CountSize));
    }

    public static bool TotalHolds(in AccountBlock block, CompiledCriterion criterion)
    {
        ref var totals = ref block.Section(criterion.Metric.Index);
        return criterion.Metric.Kind == MetricKind.Sum
            ? Unsafe.ReadUnaligned<Int128>(ref Unsafe.Add(ref totals, criterion.Window * SumSize)) >= criterion.ThresholdUnits
            : Unsafe.ReadUnaligned<long>(ref Unsafe.Add(ref totals, criterion.Window * CountSize)) >= criterion.ThresholdCount;
    }

    /// <summary>Adds one event to a day of a ring of counts and to its totals.</summary>
    public static void AddOne(in AccountBlock block, CompiledMetric metric, int day)
    {
        ref var section = ref block.Section(metric.Index);
        if (!Ring.TryAddSmall(ref section, metric.TotalsSize, metric.RingDays, day, 1))
        {
            AddToRing(block, metric, day, 1);
            section = ref block.Section(metric.Index);
        }

        var windows = metric.Windows;
        var today = block.Day;
        for (var window = 0; window < windows.Length; window++)
        {
            if (day > today - windows[window]) Unsafe.As<byte, long>(ref Unsafe.Add(ref section, window * CountSize))++;
        }
    }

    /// <summary>Counts an event as activity of its day, which must be one of the ring's.</summary>
    public static void AddActivity(in AccountBlock block, int day)
    {
        var layout = block.Layout;
        if (!Ring.TryAddSmall(ref block.Section(layout.Activity), 0, layout.ActivityDays, day, 1)) AddToRing(block, layout.Activity, 0, layout.ActivityDays, day, 1);
    }

    /// <summary>Adds to a day of the ring and to every total whose window holds the day.</summary>
    public static void Add(in AccountBlock block, CompiledMetric metric, int day, Int128 amount)
    {
        AddToRing(block, metric, day, amount);
        AddToTotals(block, metric, day, amount);
    }

    /// <summary>The distinct kinds: somebody's last day moved from one day to another (or is the first; <paramref name="from"/> 0).</summary>
    public static void Move(in AccountBlock block, CompiledMetric metric, int from, int to)
    {
        var today = block.Day;
        if (from > today - metric.RingDays && from > 0) AddToRing(block, metric, from, -1);
        AddToRing(block, metric, to, 1);
        ref var totals = ref block.Section(metric.Index);
        for (var window = 0; window < metric.Windows.Length; window++)
        {
            var first = today - metric.Windows[window] + 1;
            if (to >= first && from < first) Unsafe.As<byte, long>(ref Unsafe.Add(ref totals, window * CountSize))++;
        }
    }

    public static Int128 DayValue(in AccountBlock block, CompiledMetric metric, int day) =>
        Ring.Get(ref block.Section(metric.Index), metric.TotalsSize, metric.RingDays, day);

    /// <summary>Of a window that ends on a day of the late days or today; from the ring, so slower than the total.</summary>
    public static Int128 Sum(in AccountBlock block, CompiledMetric metric, int within, int day)
    {
        ref var section = ref block.Section(metric.Index);
        var totals = metric.TotalsSize;
        Int128 sum = 0;
        for (var d = Math.Max(day - within + 1, block.Day - metric.RingDays + 1); d <= day; d++) sum += Ring.Get(ref section, totals, metric.RingDays, d);
        return sum;
    }

    /// <summary>The day after <see cref="AccountBlock.Day"/> opens: what leaves each window leaves its total, and the new day starts at nothing.</summary>
    public static void OpenDay(in AccountBlock block, CompiledMetric metric, int opened)
    {
        ref var section = ref block.Section(metric.Index);
        var totalsSize = metric.TotalsSize;
        var off = block.Model.Planted == PlantedBug.WindowOffByOneDay ? 1 : 0;
        for (var window = 0; window < metric.Windows.Length; window++)
        {
            var leaves = opened - metric.Windows[window] - off;
            if (leaves <= opened - 1 - metric.RingDays) continue;
            ref var total = ref Unsafe.Add(ref section, window * (metric.Kind == MetricKind.Sum ? SumSize : CountSize));
            if (metric.Kind == MetricKind.Sum)
                Unsafe.WriteUnaligned(ref total, Unsafe.ReadUnaligned<Int128>(ref total) - Ring.Get(ref section, totalsSize, metric.RingDays, leaves));
            else
                Unsafe.As<byte, long>(ref total) -= Ring.GetCount(ref section, totalsSize, metric.RingDays, leaves);
        }

        Ring.Clear(ref section, totalsSize, metric.RingDays, opened);
    }

    private static void AddToRing(in AccountBlock block, CompiledMetric metric, int day, Int128 amount) =>
        AddToRing(block, metric.Index, metric.TotalsSize, metric.RingDays, day, amount);

    private static void AddToRing(in AccountBlock block, int section, int totals, int days, int day, Int128 amount)
    {
        ref var bytes = ref block.Section(section);
        if (amount == 1 && Ring.TryAddSmall(ref bytes, totals, days, day, 1)) return;
        var value = Ring.Get(ref bytes, totals, days, day) + amount;
        while (!Ring.TrySet(ref block.Section(section), totals, days, day, value)) Widen(block, section, totals, days);
    }

    private static void AddToTotals(in AccountBlock block, CompiledMetric metric, int day, Int128 amount)
    {
        ref var totals = ref block.Section(metric.Index);
        for (var window = 0; window < metric.Windows.Length; window++)
        {
            if (day <= block.Day - metric.Windows[window]) continue;
            if (metric.Kind == MetricKind.Sum)
            {
                ref var total = ref Unsafe.Add(ref totals, window * SumSize);
                Unsafe.WriteUnaligned(ref total, Unsafe.ReadUnaligned<Int128>(ref total) + amount);
            }
            else
            {
                Unsafe.As<byte, long>(ref Unsafe.Add(ref totals, window * CountSize)) += (long)amount;
            }
        }
    }

    private static void Widen(in AccountBlock block, int section, int totals, int days)
    {
        int width = Ring.Width(ref block.Section(section), totals);
        var values = new Int128[days];
        for (var day = 0; day < days; day++) values[day] = Ring.Get(ref block.Section(section), totals, days, day);
        block.Resize(section, Ring.Size(days, totals, width * 2));
        ref var wide = ref block.Section(section);
        Ring.Width(ref wide, totals) = (byte)(width * 2);
        for (var day = 0; day < days; day++) Ring.TrySet(ref wide, totals, days, day, values[day]);
    }
}
