using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// Which products are adopted on which days. Two 64-day masks a product (held, adopted; bit 0 is today) carry the late days exactly; what is
/// older cannot change any more and stands as runs.
/// </summary>
internal static class Adoption
{
    /// <summary>A run's end while it is open.</summary>
    public const ushort Open = ushort.MaxValue;

    private const int RunSize = 6;
    private const int RunsHead = 4;

    [StructLayout(LayoutKind.Sequential, Pack = 2)]
    internal struct Run
    {
        public ushort Product;
        public ushort Start;
        public ushort End;
    }

    /// <summary>The window value of a criterion on a late day or today holds, by the rule that counts for adoption.</summary>
    public static bool CriterionHolds(in AccountBlock block, CompiledCriterion criterion, int day)
    {
        if (criterion.Metric.Kind == MetricKind.Gauge) return Gauges.Holds(block, criterion, day);
        return day == block.Day ? Counters.TotalHolds(block, criterion) : ValueOn(block, criterion, day) is { } value && value >= criterion.ThresholdUnits;
    }

    /// <summary>In fixed point, of the window that ends on a late day or today; null: a gauge without a value.</summary>
    public static Int128? ValueOn(in AccountBlock block, CompiledCriterion criterion, int day)
    {
        var metric = criterion.Metric;
        switch (metric.Kind)
        {
            case MetricKind.Gauge:
                return Gauges.TryValue(block, metric, criterion.Within, day, out var value, out _) ? value : null;
            case MetricKind.Sum:
                return day == block.Day ? Counters.Total(block, metric, criterion.Window) : Counters.Sum(block, metric, criterion.Within, day);
            default:
                var count = day == block.Day ? Counters.Total(block, metric, criterion.Window)
                    : metric.Kind == MetricKind.DistinctUsers ? UserTable.CountOn(block, metric, criterion.Within, day)
                    : metric.Kind == MetricKind.DistinctValues ? DistinctValues.CountOn(block, metric, criterion.Within, day)
                    : Counters.Sum(block, metric, criterion.Within, day);
                return count * DecimalText.Unit;
        }
    }

    /// <summary>After an event of today: a product can only rise. True: its criteria hold as from now.</summary>
    public static bool Rise(in AccountBlock block, CompiledProduct product)
    {
        if ((block.Held & product.Bit) != 0 || !Holds(block, product, block.Day)) return false;
        block.Held |= product.Bit;
        block.Hold(product.Index) |= 1;
        block.AdoptedDays(product.Index) |= 1;
        block.Adopted |= product.Bit;
        return true;
    }

    /// <summary>After a late event: every day from its day on is judged again.</summary>
    public static void Rejudge(in AccountBlock block, CompiledProduct product, int from)
    {
        var today = block.Day;
        ref var hold = ref block.Hold(product.Index);
        ref var adopted = ref block.AdoptedDays(product.Index);
        for (var day = from; day <= today; day++)
        {
            var bit = 1UL << (today - day);
            hold = Holds(block, product, day) ? hold | bit : hold & ~bit;
        }

        block.Held = (hold & 1) != 0 ? block.Held | product.Bit : block.Held & ~product.Bit;
        for (var back = today - from; back > 0; back--) SetBit(ref adopted, back, ClosedAdopted(block, product, hold, adopted, back));
        SetBit(ref adopted, 0, (hold & 1) != 0 || ((adopted >> 1) & 1) != 0);
        block.Adopted = (adopted & 1) != 0 ? block.Adopted | product.Bit : block.Adopted & ~product.Bit;
    }

    /// <summary>The adoption part of a day's close and the next one's opening; metrics have not moved yet.</summary>
    public static void CloseDay(in AccountBlock block)
    {
        var model = block.Model;
        var late = model.LateDays;
        foreach (var product in model.Products)
        {
            ref var hold = ref block.Hold(product.Index);
            ref var adopted = ref block.AdoptedDays(product.Index);
            if (adopted == 0) continue;
            SetBit(ref adopted, 0, ClosedAdopted(block, product, hold, adopted, 0));
            hold <<= 1;
            adopted <<= 1;
            var frozen = (adopted >> (late + 1)) & 3;
            if (frozen == 1) StartRun(block, product.Index, block.Day - late);
            if (frozen == 2) EndRun(block, product.Index, block.Day - late);
        }
    }

    /// <summary>After the metrics have moved to the new day.</summary>
    public static void OpenDay(in AccountBlock block)
    {
        ulong mask = 0;
        block.Held = 0;
        foreach (var product in block.Model.Products)
        {
            ref var adopted = ref block.AdoptedDays(product.Index);
            if (adopted == 0) continue;
            ref var hold = ref block.Hold(product.Index);

            // Without an event a product that failed yesterday cannot hold today.
            if ((hold & 2) != 0 && Holds(block, product, block.Day))
            {
                hold |= 1;
                block.Held |= product.Bit;
            }

            if (((hold & 1) | ((adopted >> 1) & 1)) == 0) continue;
            adopted |= 1;
            mask |= product.Bit;
        }

        block.Adopted = mask;
    }

    /// <summary>The first tick at which the product, with no more traffic, has lapsed; <see cref="AccountBlock.Never"/> while it is not adopted.</summary>
    public static int LapseDue(in AccountBlock block, CompiledProduct product)
    {
        if ((block.Adopted & product.Bit) == 0) return AccountBlock.Never;
        var today = block.Day;
        var grace = product.Definition.GraceDays;
        var hold = block.Hold(product.Index);
        if ((hold & 1) == 0)
        {
            var lastHeld = hold == 0 ? today - 64 : today - System.Numerics.BitOperations.TrailingZeroCount(hold);
            return Math.Max(today, lastHeld + grace + 1) + 1;
        }

        var fails = AccountBlock.Never;
        foreach (var criterion in product.Criteria) fails = Math.Min(fails, FailsOn(block, criterion));
        return fails == AccountBlock.Never ? fails : fails + grace + 1;
    }

    /// <summary>The first day after today whose window, with no more events, fails the criterion that holds today.</summary>
    public static int FailsOn(in AccountBlock block, CompiledCriterion criterion)
    {
        var metric = criterion.Metric;
        var today = block.Day;
        if (metric.Kind == MetricKind.Gauge)
        {
            return Gauges.TryValue(block, metric, criterion.Within, today, out var value, out var dated) && value >= criterion.ThresholdUnits
                ? dated + criterion.Within
                : today + 1;
        }

        var total = Counters.Total(block, metric, criterion.Window);
        var threshold = metric.Kind == MetricKind.Sum ? criterion.ThresholdUnits : criterion.ThresholdCount;
        for (var day = today + 1; day <= today + criterion.Within; day++)
        {
            total -= Counters.DayValue(block, metric, day - criterion.Within);
            if (total < threshold) return day;
        }

        return today + criterion.Within;
    }

    /// <summary>Whether the product was adopted on a day up to today.</summary>
    public static bool IsAdoptedOn(in AccountBlock block, int product, int day)
    {
        var adopted = false;
        foreach (var (turn, isAdopted) in new AdoptionTurns(block, product))
        {
            if (turn > day) break;
            adopted = isAdopted;
        }

        return adopted;
    }

    /// <summary>The finished and open runs that no late event can change any more, of all products.</summary>
    public static ReadOnlySpan<Run> FrozenRuns(in AccountBlock block)
    {
        var span = block.SectionSpan(block.Layout.Runs);
        return MemoryMarshal.Cast<byte, Run>(span.Slice(RunsHead, MemoryMarshal.Read<int>(span) * RunSize));
    }

    private static bool Holds(in AccountBlock block, CompiledProduct product, int day)
    {
        foreach (var criterion in product.Criteria)
        {
            if (!CriterionHolds(block, criterion, day)) return false;
        }

        return true;
    }

    // The rule of a completed day: held, or adopted the day before and held within the days of grace.
    private static bool ClosedAdopted(in AccountBlock block, CompiledProduct product, ulong hold, ulong adopted, int back)
    {
        var grace = block.Model.Planted == PlantedBug.GraceIgnored ? 0 : product.GraceMask;
        return ((hold >> back) & 1) != 0 || (((adopted >> back) & 2) != 0 && ((hold >> (back + 1)) & grace) != 0);
    }

    private static void SetBit(ref ulong mask, int bit, bool on) => mask = on ? mask | (1UL << bit) : mask & ~(1UL << bit);

    private static void StartRun(in AccountBlock block, int product, int day)
    {
        var section = block.Layout.Runs;
        var count = Unsafe.As<byte, int>(ref block.Section(section));
        var needed = RunsHead + ((count + 1) * RunSize);
        if (needed > block.Capacity(section)) block.Resize(section, needed + (count * RunSize));
        var span = block.SectionSpan(section);
        MemoryMarshal.Write(span[(RunsHead + (count * RunSize))..], new Run { Product = (ushort)product, Start = (ushort)day, End = Open });
        MemoryMarshal.Write(span, count + 1);
    }

    private static void EndRun(in AccountBlock block, int product, int day)
    {
        var span = block.SectionSpan(block.Layout.Runs);
        var runs = MemoryMarshal.Cast<byte, Run>(span.Slice(RunsHead, MemoryMarshal.Read<int>(span) * RunSize));
        for (var i = runs.Length - 1; i >= 0; i--)
        {
            if (runs[i].Product != product || runs[i].End != Open) continue;
            runs[i].End = (ushort)day;
            return;
        }
    }
}

/// <summary>
/// The days on which a product became adopted or ceased to be, in order, up to today: by turns, adopted first. What late events can still change comes from the masks, the rest from the runs.
/// Allocates nothing.
/// </summary>
internal ref struct AdoptionTurns(in AccountBlock block, int product)
{
    private readonly ReadOnlySpan<Adoption.Run> runs = Adoption.FrozenRuns(block);
    private readonly ulong adopted = block.AdoptedDays(product);
    private readonly int today = block.Day;
    private int at;
    private bool isEndNext;
    private int back = block.Model.LateDays;

    public (int Day, bool IsAdopted) Current { get; private set; }

    public readonly AdoptionTurns GetEnumerator() => this;

    public bool MoveNext()
    {
        for (; at < runs.Length; at++, isEndNext = false)
        {
            ref readonly var run = ref runs[at];
            if (run.Product != product) continue;
            if (!isEndNext)
            {
                Current = (run.Start, true);
                isEndNext = true;
                return true;
            }

            if (run.End == Adoption.Open) continue;
            Current = (run.End, false);
            at++;
            isEndNext = false;
            return true;
        }

        for (; back >= 0; back--)
        {
            var change = (adopted >> back) & 3;
            if (change is not (1 or 2)) continue;
            Current = (today - back, change == 1);
            back--;
            return true;
        }

        return false;
    }
}
