using System.Runtime.CompilerServices;
using System.Text;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// The distinct scalar values of a property, by 64-bit hash of kind and canonical text: two values of one metric and account are taken for one with a chance
/// of about n^2 / 2^65.
/// </summary>
internal static class DistinctValues
{
    public static void Feed(in AccountBlock block, CompiledMetric metric, in Property property, int day)
    {
        var table = block.Layout.ValueTables[metric.Index];
        if (table < 0) return;
        var hash = HashOf(property);
        var index = KeyedTable.Find(block, table, BlockLayout.ValueEntrySize, hash);
        if (index < 0)
        {
            if (KeyedTable.IsFull(block, table, BlockLayout.ValueEntrySize))
            {
                var oldest = block.Day - metric.RingDays;
                KeyedTable.Rehash(block, table, BlockLayout.ValueEntrySize, (ref byte entry) => Track(ref entry).Last > oldest);
            }

            index = KeyedTable.Insert(block, table, BlockLayout.ValueEntrySize, hash);
        }

        ref var track = ref Track(ref KeyedTable.Entry(block, table, BlockLayout.ValueEntrySize, index));
        var before = track.Last;
        track.Mark(day);
        if (track.Last != before) Counters.Move(block, metric, before, track.Last);
    }

    /// <summary>For a day before today: how many were seen in the window that ends on it.</summary>
    public static long CountOn(in AccountBlock block, CompiledMetric metric, int within, int day)
    {
        var table = block.Layout.ValueTables[metric.Index];
        var capacity = KeyedTable.Capacity(block, table, BlockLayout.ValueEntrySize);
        long count = 0;
        for (var index = 0; index < capacity; index++)
        {
            ref var entry = ref KeyedTable.Entry(block, table, BlockLayout.ValueEntrySize, index);
            if (Unsafe.ReadUnaligned<ulong>(ref entry) == 0) continue;
            var latest = Track(ref entry).LatestUpTo(day);
            if (latest != 0 && latest > day - within) count++;
        }

        return count;
    }

    private static ref DayTrack Track(ref byte entry) => ref Unsafe.As<byte, DayTrack>(ref Unsafe.Add(ref entry, 8));

    private static ulong HashOf(in Property property)
    {
        var hash = property.Kind == PropertyKind.Number
            ? StableHash.Of(DecimalText.Canonical(Encoding.UTF8.GetString(property.Value)))
            : StableHash.Of(property.Value);
        return StableHash.Combine(hash, (ulong)property.Kind) | 1;
    }
}
