using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>Where one partition's journal ends: all that a door must know to append to it.</summary>
/// <param name="Position">Of its last record; 0: it is empty.</param>
/// <param name="ReceivedAtMs">Receipt of that record, Unix ms; its UTC day is the one that the journal is on. Of an empty journal of no meaning.</param>
public readonly record struct DoorHead(long Position, long ReceivedAtMs);

/// <summary>
/// Makes one partition's next segment at a door of a cluster: opens the day, stamps drafts, and leaves their judging to whoever applies them. No I/O; not thread-safe. Where the journal has gone on meanwhile, it is begun again with
/// the new head and given the same drafts.
/// </summary>
/// <param name="partition">Whose journal.</param>
/// <param name="modelIfNew">What an empty journal begins with.</param>
public sealed class DoorWriter(int partition, ModelWish modelIfNew) : IDisposable
{
    private readonly RecordBuffer records = new();
    private DoorHead head;
    private long receivedAtMs;

    /// <summary>What is to be committed behind the head; with no records there is nothing to commit. Its memory is valid until the next <see cref="Begin"/>.</summary>
    public Segment Segment => new(partition, head.Position + 1, records.Count, records.WrittenMemory);

    /// <summary>Where the journal ends once the segment is committed.</summary>
    public DoorHead Head => records.Count == 0 ? head : new DoorHead(head.Position + records.Count, receivedAtMs);

    /// <summary>Drops what was written, and opens the day of now: the first model in an empty journal, then every missed tick.</summary>
    public void Begin(in DoorHead journalHead, long nowMs)
    {
        head = journalHead;
        records.Clear();
        var isNew = head.Position == 0;
        receivedAtMs = isNew ? nowMs : Math.Max(nowMs, head.ReceivedAtMs);
        var day = Days.Of(receivedAtMs);
        if (isNew)
        {
            var at = records.Length;
            PartitionRecords.WriteModel(records, modelIfNew, receivedAtMs);
            StampOwn(at);
        }

        for (var next = isNew ? day : Days.Of(head.ReceivedAtMs) + 1; next <= day; next++)
        {
            var at = records.Length;
            PartitionRecords.WriteTick(records, next);
            StampOwn(at);
        }
    }

    /// <summary>Stamps and writes a draft. Not written: <see cref="IntakeOutcome.TimestampInFuture"/>. Else <see cref="IntakeOutcome.Accepted"/>, to be told once it is durable: what is known already has no effect.</summary>
    public IntakeOutcome Append(ReadOnlySpan<byte> draft)
    {
        var record = new Record(draft);
        Partition.HoldDraft(record);
        var time = Partition.TimeOf(record, receivedAtMs);
        if (time > receivedAtMs + Partition.FutureMsMax) return IntakeOutcome.TimestampInFuture;
        var flags = (record.Flags & ~(RecordFlags.TimeIsAge | RecordFlags.Historic)) | RecordFlags.Unjudged;
        if (record.Has(RecordFlags.Import) && HistoryPass.IsOfAccount(record)) flags |= RecordFlags.Historic;
        Record.Stamp(records.Copy(draft), receivedAtMs, Math.Min(time, receivedAtMs), flags);
        return IntakeOutcome.Accepted;
    }

    /// <summary>Writes records of the partition's owner (<see cref="Engine.Partitions.AppendOwn"/>): the store must refuse the segment where the owner's epoch has passed.</summary>
    public void AppendOwn(ReadOnlySpan<byte> own)
    {
        while (!own.IsEmpty)
        {
            var record = new Record(own);
            Record.Stamp(records.Copy(record.Bytes), receivedAtMs, record.TimeMs, record.Flags);
            own = own[record.Length..];
        }
    }

    public void Dispose() => records.Dispose();

    private void StampOwn(int at)
    {
        var record = records.Writable[at..];
        Record.Stamp(record, receivedAtMs, new Record(record).TimeMs, RecordFlags.None);
    }
}
