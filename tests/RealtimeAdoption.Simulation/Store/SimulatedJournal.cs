using System.Runtime.CompilerServices;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Simulation.Checks;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Storage;
using RealtimeAdoption.TestKit.Generators;
using Record = RealtimeAdoption.Scoring.Records.Record;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Simulation.Store;

/// <summary>
/// The journal port with nothing but its own contract: a commit is stored whole or not at all, and its answer may say otherwise; segments are the stores' packed and summed bytes, which may be
/// damaged; reads may end early and reach beyond what was asked for. It outlives the process that writes to it. Every call completes at once. One thread.
/// </summary>
internal sealed class SimulatedJournal(FaultSchedule faults, Dice dice, int partitions, ulong idSeed) : IJournal
{
    // Segments of this many records at most grow together.
    private const int MergedMax = 200;

    private readonly List<StoredSegment>[] stored = [.. Enumerable.Range(0, partitions).Select(_ => new List<StoredSegment>())];

    private sealed record StoredSegment(SegmentHead Head, ulong Checksum, byte[] Body)
    {
        /// <summary>Where a bit was turned, the body as it was.</summary>
        public byte[]? Whole { get; init; }

        public long LastPosition => Head.FirstPosition + Head.Count - 1;
    }

    public ValueTask<StoreIdentity> OpenAsync(int partitionsIfNew, CancellationToken cancellationToken) => new(new StoreIdentity(stored.Length, idSeed));

    public ValueTask<long[]> HeadsAsync(CancellationToken cancellationToken)
    {
        if (faults.Fires(FaultKind.HeadsUnreadable)) throw new JournalException("The heads cannot be read.");
        return new(Heads());
    }

    public long[] Heads() => [.. stored.Select(segments => segments.Count == 0 ? 0 : segments[^1].LastPosition)];

    public ValueTask CommitAsync(IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        if (faults.Fires(FaultKind.CommitFailed)) throw new JournalException("The commit failed.");
        Store(segments);
        if (faults.Fires(FaultKind.CommitAnswerLost)) throw new JournalException("The commit's answer was lost.");
        return ValueTask.CompletedTask;
    }

    /// <summary>What a commit that nobody hears of any more leaves.</summary>
    public void Store(IReadOnlyList<Segment> segments)
    {
        var heads = Heads();
        foreach (var segment in segments)
        {
            if (segment.FirstPosition != heads[segment.Partition] + 1)
                throw new JournalException($"Partition {segment.Partition} is at {heads[segment.Partition]}; a segment starts at {segment.FirstPosition}.");
            heads[segment.Partition] = segment.LastPosition;
        }

        foreach (var (partition, packed) in Pack(segments)) stored[partition].Add(packed);
    }

    public async IAsyncEnumerable<Segment> ReadAsync(int partition, long after, long through, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var unpacking = new SegmentUnpacking();
        var wanted = stored[partition].FindAll(segment => segment.LastPosition > after && segment.Head.FirstPosition <= through);
        var failsAt = wanted.Count > 0 && faults.Fires(FaultKind.HistoryUnreadable) ? dice.Between(0, wanted.Count - 1) : -1;
        var endsAt = wanted.Count > 0 && failsAt < 0 && faults.Fires(FaultKind.HistoryCutShort) ? dice.Between(0, wanted.Count - 1) : -1;
        for (var i = 0; i < wanted.Count; i++)
        {
            await ValueTask.CompletedTask;
            if (i == failsAt) throw new JournalException($"Partition {partition} cannot be read any further.");
            if (i == endsAt) yield break;
            var segment = wanted[i];
            // It may have been put in order since the read began.
            var now = stored[partition].Find(other => other.Head.FirstPosition == segment.Head.FirstPosition && other.Head.Count == segment.Head.Count) ?? segment;
            if (unpacking.Open(now.Head, now.Checksum, now.Body, partition, now.Head.FirstPosition, out var opened) is { } wrong)
                throw new JournalDamagedException($"The segment of partition {partition} at position {now.Head.FirstPosition} {wrong}.");
            if (now.Whole is not null) throw new SimulationException(Check.DamageIsFound, $"the damaged segment of partition {partition} at {now.Head.FirstPosition} was read as data");
            yield return opened;
        }
    }

    /// <summary>A bit turns in one of the stored segments.</summary>
    public void Damage()
    {
        var partition = dice.Between(0, stored.Length - 1);
        if (stored[partition].Count == 0) return;
        var at = dice.Between(0, stored[partition].Count - 1);
        var segment = stored[partition][at];
        if (segment.Whole is not null || !faults.Fires(FaultKind.SegmentDamaged)) return;
        stored[partition][at] = segment with { Body = Bits.Turned(segment.Body, dice), Whole = segment.Body };
    }

    /// <summary>An operator puts the segments that were found to be damaged back from a copy.</summary>
    public void PutBack()
    {
        foreach (var segments in stored)
        {
            for (var i = 0; i < segments.Count; i++)
                if (segments[i].Whole is { } whole) segments[i] = segments[i] with { Body = whole, Whole = null };
        }
    }

    /// <summary>Two neighbours become one.</summary>
    public void Merge()
    {
        var segments = stored[dice.Between(0, stored.Length - 1)];
        if (segments.Count < 2) return;
        var at = dice.Between(0, segments.Count - 2);
        var (left, right) = (segments[at], segments[at + 1]);
        if (left.Whole is not null || right.Whole is not null || left.Head.Count + right.Head.Count > MergedMax || !faults.Fires(FaultKind.SegmentsMerged)) return;
        byte[] both = [.. Unpacked(left), .. Unpacked(right)];
        segments[at] = Pack([new Segment(left.Head.Partition, left.Head.FirstPosition, left.Head.Count + right.Head.Count, both)]).Single().Packed;
        segments.RemoveAt(at + 1);
    }

    /// <summary>What is durable, for checks: every record of a partition, the first at position 1.</summary>
    public List<byte[]> Records(int partition)
    {
        var records = new List<byte[]>();
        foreach (var segment in stored[partition])
        {
            var rest = Unpacked(segment).AsSpan();
            for (var i = 0; i < segment.Head.Count; i++)
            {
                var record = new Record(rest);
                records.Add(record.Bytes.ToArray());
                rest = rest[record.Length..];
            }
        }

        return records;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static byte[] Unpacked(StoredSegment segment)
    {
        var records = new byte[segment.Head.Length];
        if (!SegmentCodec.TryUnpack(segment.Head.Packing, segment.Whole ?? segment.Body, records)) throw new InvalidOperationException("A whole segment cannot be unpacked.");
        return records;
    }

    private static List<(int Partition, StoredSegment Packed)> Pack(IReadOnlyList<Segment> segments)
    {
        using var packed = PackedSegments.Of(segments);
        var result = new List<(int, StoredSegment)>();
        for (var i = 0; i < packed.Count; i++) result.Add((packed.Head(i).Partition, new StoredSegment(packed.Head(i), packed.Checksum(i), packed.Body(i).ToArray())));
        return result;
    }
}

/// <summary>Damage.</summary>
internal static class Bits
{
    public static byte[] Turned(byte[] bytes, Dice dice)
    {
        var turned = (byte[])bytes.Clone();
        var bit = dice.Between(0, (turned.Length * 8) - 1);
        turned[bit >> 3] ^= (byte)(1 << (bit & 7));
        return turned;
    }
}
