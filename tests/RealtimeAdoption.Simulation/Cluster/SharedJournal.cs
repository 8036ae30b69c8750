using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;
using Record = RealtimeAdoption.Scoring.Records.Record;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>
/// A journal that many processes append to: contiguous positions by compare-and-set, owners' own records by their epoch. It outlives them all.
/// </summary>
internal sealed class SharedJournal(Dice dice, int partitions)
{
    private readonly List<byte[]>[] records = [.. Enumerable.Range(0, partitions).Select(_ => new List<byte[]>())];
    private readonly DoorHead[] heads = new DoorHead[partitions];
    private readonly long[] epochs = new long[partitions];
    private readonly Dictionary<(int, long), Send> sends = [];

    public int Partitions => records.Length;

    public DoorHead Head(int partition) => heads[partition];

    public IReadOnlyList<byte[]> Records(int partition) => records[partition];

    /// <summary>What was sent there; null: it is the partition's own.</summary>
    public Send? SentAt(int partition, long position) => sends.GetValueOrDefault((partition, position));

    public void Acquired(int partition, long epoch) => epochs[partition] = epoch;

    /// <summary>False: another door was first.</summary>
    public bool TryCommit(in DoorHead behind, DoorWriter writer, IReadOnlyList<Send> sent)
    {
        var segment = writer.Segment;
        if (behind != heads[segment.Partition]) return false;
        if (segment.Count == 0) return true;
        Store(segment, writer.Head);
        // The door's own records, a model and ticks, come first.
        for (var i = 0; i < sent.Count; i++) sends[(segment.Partition, segment.LastPosition - sent.Count + 1 + i)] = sent[i];
        return true;
    }

    /// <exception cref="FencedException">There is a later owner.</exception>
    public void CommitOwn(DoorWriter writer, long epoch)
    {
        var segment = writer.Segment;
        if (epoch != epochs[segment.Partition]) throw new FencedException($"Partition {segment.Partition} has another owner.");
        Store(segment, writer.Head);
    }

    /// <summary>Segments with the records behind a position, cut as it comes.</summary>
    public IEnumerable<Segment> Read(int partition, long after, long through)
    {
        while (after < through)
        {
            var count = (int)Math.Min(through - after, dice.Of(1, 2, 7, 1000));
            yield return Cut(partition, after + 1, count);
            after += count;
        }
    }

    public Segment Cut(int partition, long first, int count) => new(partition, first, count, records[partition].Skip((int)first - 1).Take(count).SelectMany(bytes => bytes).ToArray());

    private void Store(Segment segment, DoorHead head)
    {
        var rest = segment.Records.Span;
        while (!rest.IsEmpty)
        {
            var record = new Record(rest);
            records[segment.Partition].Add(record.Bytes.ToArray());
            rest = rest[record.Length..];
        }

        heads[segment.Partition] = head;
        if (head.Position != records[segment.Partition].Count) throw new JournalException($"The head is {head.Position}, the records are {records[segment.Partition].Count}.");
    }
}
