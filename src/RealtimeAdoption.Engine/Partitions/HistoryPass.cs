using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// One walk over a stretch of a partition's history. Independent of the partition: fed and computed on any one thread while the partition goes on, then handed back
/// to it (<see cref="ReadHistory"/>).
/// </summary>
public abstract class HistoryPass
{
    private long taken;

    private protected HistoryPass(int partition, long after, long until, bool ofReplay)
    {
        Partition = partition;
        After = after;
        Until = until;
        OfReplay = ofReplay;
        taken = after;
    }

    public int Partition { get; }

    /// <summary>The history to feed begins behind this position.</summary>
    public long After { get; }

    /// <summary>The history to feed ends here (inclusive).</summary>
    public long Until { get; }

    /// <summary>Belongs to a replay: hand it to <see cref="Partitions.Partition.ReplayOn"/>.</summary>
    public bool OfReplay { get; }

    /// <summary>Records that were judged when they were applied, and are in no state because of them: they count for nothing, or with the next rebuild.</summary>
    internal IReadOnlySet<long> LeftOutOfTail { get; init; } = System.Collections.Frozen.FrozenSet<long>.Empty;

    /// <summary>The last position taken. May be read on any thread.</summary>
    public long Taken => Volatile.Read(ref taken);

    /// <summary>Takes the next segment, in order; it may reach beyond the stretch at both ends. What is needed of it is copied.</summary>
    public void Take(Segment segment)
    {
        if (segment.FirstPosition > taken + 1)
            throw new InvalidDataException($"Partition {Partition}: the history jumps from position {taken} to {segment.FirstPosition}.");
        var rest = segment.Records.Span;
        for (var position = segment.FirstPosition; position <= segment.LastPosition && position <= Until; position++)
        {
            var record = new Record(rest);
            rest = rest[record.Length..];
            if (position <= taken) continue;
            Take(record, position);
            Volatile.Write(ref taken, position);
        }
    }

    private protected abstract void Take(in Record record, long position);

    /// <summary>After the last segment: computes what is to be handed back.</summary>
    public void Compute()
    {
        if (taken < Until) throw new InvalidDataException($"Partition {Partition}: the history ends at {taken}, before {Until}.");
        Finish();
    }

    private protected virtual void Finish()
    {
    }

    /// <summary>Records that an account takes; the others are the partition's own.</summary>
    internal static bool IsOfAccount(in Record record) => record.Kind switch
    {
        RecordKind.Usage or RecordKind.Traits or RecordKind.Profile or RecordKind.AlertAction or RecordKind.Override => true,
        RecordKind.Identify => !record.Account.IsEmpty,
        _ => false,
    };
}
