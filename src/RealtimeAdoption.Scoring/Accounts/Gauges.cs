using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// A gauge's section: the value carried from before the late days, then a slot for each late day and today with the day's last value (by event time; on a tie the
/// greater) and its greatest. That is enough to answer for any of these days, whatever arrives late.
/// </summary>
internal static class Gauges
{
    [StructLayout(LayoutKind.Sequential)]
    internal struct Carried
    {
        public int Day;
        public int Padding;
        public long Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Slot
    {
        public int Day;
        public int MsOfDay;
        public long Last;
        public long Greatest;
    }

    /// <summary>No value has ever come: the section is empty.</summary>
    private static bool IsEmpty(in AccountBlock block, CompiledMetric metric) => block.Capacity(metric.Index) == 0;

    private static void Begin(in AccountBlock block, CompiledMetric metric)
    {
        block.Resize(metric.Index, block.Layout.GaugeSize);
        Base(block, metric).Day = AccountBlock.NoDay;
        for (var slot = 0; slot < block.Layout.GaugeSlots; slot++) SlotAt(block, metric, slot).Day = AccountBlock.NoDay;
    }

    public static void Set(in AccountBlock block, CompiledMetric metric, int day, int msOfDay, long value)
    {
        if (IsEmpty(block, metric)) Begin(block, metric);
        ref var slot = ref SlotAt(block, metric, Ring.Place(day, block.Layout.GaugeSlots));
        if (slot.Day != day)
        {
            slot = new Slot { Day = day, MsOfDay = msOfDay, Last = value, Greatest = value };
            return;
        }

        if (msOfDay > slot.MsOfDay || (msOfDay == slot.MsOfDay && value > slot.Last))
        {
            slot.MsOfDay = msOfDay;
            slot.Last = value;
        }

        slot.Greatest = Math.Max(slot.Greatest, value);
    }

    /// <summary>The value at the end of a day (today or a late day), and the day that it is dated.</summary>
    public static bool TryValue(in AccountBlock block, CompiledMetric metric, int within, int day, out long value, out int dated)
    {
        (value, dated) = (0, AccountBlock.NoDay);
        if (IsEmpty(block, metric)) return false;
        Latest(block, metric, day, out value, out dated);
        return dated != AccountBlock.NoDay && (dated > day - within || block.Model.Planted == PlantedBug.GaugeNeverExpires);
    }

    /// <summary>Any value dated that day, or the one carried into it, reaches the threshold.</summary>
    public static bool Holds(in AccountBlock block, CompiledCriterion criterion, int day)
    {
        var metric = criterion.Metric;
        if (IsEmpty(block, metric)) return false;
        ref var slot = ref SlotAt(block, metric, Ring.Place(day, block.Layout.GaugeSlots));
        if (slot.Day == day && slot.Greatest >= criterion.ThresholdUnits) return true;
        Latest(block, metric, day - 1, out var value, out var dated);
        if (dated == AccountBlock.NoDay || value < criterion.ThresholdUnits) return false;
        return dated > day - criterion.Within || block.Model.Planted == PlantedBug.GaugeNeverExpires;
    }

    /// <summary>The day that opens takes the place of the oldest late day, whose last value is carried on.</summary>
    public static void OpenDay(in AccountBlock block, CompiledMetric metric, int opened)
    {
        if (IsEmpty(block, metric)) return;
        ref var slot = ref SlotAt(block, metric, Ring.Place(opened, block.Layout.GaugeSlots));
        if (slot.Day == AccountBlock.NoDay) return;
        ref var carried = ref Base(block, metric);
        if (slot.Day > carried.Day)
        {
            carried.Day = slot.Day;
            carried.Value = slot.Last;
        }

        slot.Day = AccountBlock.NoDay;
    }

    private static void Latest(in AccountBlock block, CompiledMetric metric, int day, out long value, out int dated)
    {
        var slots = block.Layout.GaugeSlots;
        for (var d = day; d > block.Day - slots; d--)
        {
            ref var slot = ref SlotAt(block, metric, Ring.Place(d, slots));
            if (slot.Day != d) continue;
            value = slot.Last;
            dated = d;
            return;
        }

        ref var carried = ref Base(block, metric);
        value = carried.Value;
        dated = carried.Day;
    }

    private static ref Carried Base(in AccountBlock block, CompiledMetric metric) => ref Unsafe.As<byte, Carried>(ref block.Section(metric.Index));

    private static ref Slot SlotAt(in AccountBlock block, CompiledMetric metric, int slot) =>
        ref Unsafe.As<byte, Slot>(ref Unsafe.Add(ref block.Section(metric.Index), BlockLayout.GaugeBaseSize + (slot * BlockLayout.GaugeSlotSize)));
}
