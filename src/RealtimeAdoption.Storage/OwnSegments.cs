using System.Runtime.CompilerServices;
using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Storage;

/// <summary>The last segments that this process has itself made durable, each partition's in order: who goes on with the journal wants these, and need not ask the store. Thread-safe.</summary>
/// <param name="partitions">Of the journal.</param>
/// <param name="bytesMax">Of records that are kept; the oldest go first.</param>
internal sealed class OwnSegments(int partitions, long bytesMax)
{
    /// <summary>Readers are some milliseconds behind.</summary>
    public const long DefaultBytes = 4L << 20;

    private const int AtOnce = 64;
    private const int GoneMax = 256;

    private readonly Lock gate = new();
    private readonly Kept?[] kept = new Kept?[partitions];
    private readonly Queue<Kept> order = new();
    private long bytes;

    // Of one partition. Those that went are cut off now and then.
    private sealed class Kept
    {
        public List<Segment> Segments { get; } = [];

        public int Gone { get; set; }
    }

    /// <summary>Copies what a commit has made durable.</summary>
    public void Add(IReadOnlyList<Segment> committed)
    {
        var copies = committed.Select(segment => segment with { Records = segment.Records.ToArray() }).ToList();
        lock (gate)
        {
            foreach (var segment in copies)
            {
                var own = kept[segment.Partition] ??= new Kept();
                own.Segments.Add(segment);
                order.Enqueue(own);
                bytes += segment.Records.Length;
            }

            while (bytes > bytesMax) DropOldest();
        }
    }

    /// <summary>Some that follow on each other from the one that holds the position behind this one; empty: it is not here.</summary>
    public List<Segment> Behind(int partition, long after, long through)
    {
        var found = new List<Segment>();
        lock (gate)
        {
            if (kept[partition] is not { } own) return found;
            for (var i = FirstBeyond(own, after); i < own.Segments.Count && found.Count < AtOnce; i++)
            {
                var segment = own.Segments[i];
                if (segment.FirstPosition > after + 1 || after >= through) break;
                found.Add(segment);
                after = segment.LastPosition;
            }
        }

        return found;
    }

    /// <summary>From here as long as it is here, then what the store has behind it.</summary>
    public async IAsyncEnumerable<Segment> ReadOnAsync(IJournal store, int partition, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var some = Behind(partition, after, long.MaxValue);
        for (; some.Count > 0; some = Behind(partition, after, long.MaxValue))
        {
            foreach (var segment in some)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return segment;
                after = segment.LastPosition;
            }
        }

        await foreach (var segment in store.ReadAsync(partition, after, long.MaxValue, cancellationToken)) yield return segment;
    }

    private static int FirstBeyond(Kept own, long position)
    {
        var (from, to) = (own.Gone, own.Segments.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (own.Segments[middle].LastPosition <= position) from = middle + 1;
            else to = middle;
        }

        return from;
    }

    private void DropOldest()
    {
        var own = order.Dequeue();
        bytes -= own.Segments[own.Gone].Records.Length;
        own.Segments[own.Gone++] = default;
        if (own.Gone < GoneMax && own.Gone < own.Segments.Count) return;
        own.Segments.RemoveRange(0, own.Gone);
        own.Gone = 0;
    }
}
