using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Partitions;

// Intake: drafts become records of the open segment; sealed segments fly to the journal; what is committed is applied.
public sealed partial class Partition
{
    internal const long FutureMsMax = 24 * 3_600_000;

    // 1971-01-01: what claims to be older is dated there. The core keeps days as 16 bits since 1970, 0 means never, and no window may reach back to it.
    private const long EarliestMs = 365 * Days.MsPerDay;
    private const int SpareBuffers = 4;
    private const int SpareBytesMax = 4 << 20;

    private readonly Queue<(Segment Segment, RecordBuffer Records)> flights = new();
    private readonly Stack<RecordBuffer> spare = new();
    private RecordBuffer open = new();
    private ModelWish modelIfNew;
    private bool isOpen;

    // The append side runs ahead of the applied side by what is not committed yet.
    private long openReceivedAtMs = long.MinValue;
    private int openDay = int.MinValue;

    /// <summary>
    /// Recovered: from here on it appends. A new partition first appends the model, every one the ticks up to now's day.
    /// </summary>
    public void Open(string modelTextIfNew, long nowMs) => Open(new ModelWish(modelTextIfNew, 0, ""), nowMs);

    /// <summary>Recovered: from here on it appends. A new partition first appends the model, every one the ticks up to now's day.</summary>
    /// <param name="modelIfNew">Where the journal has none.</param>
    /// <param name="nowMs">Now.</param>
    public void Open(in ModelWish modelIfNew, long nowMs)
    {
        if (isOpen || !areIdsKept) throw new InvalidOperationException($"Partition {Index} is open, or keeps no ids and cannot be.");
        this.modelIfNew = modelIfNew;
        if (model is null) TakeModel(readModel(modelIfNew.Text), modelIfNew.Text, modelIfNew.Generation);
        isOpen = true;
        RewindAppendSide();
        CatchUp(nowMs);
        AppendQuarantined();
        HealStopped();
    }

    /// <summary>Appends the ticks up to now's day. True: there were any.</summary>
    public bool CatchUp(long nowMs)
    {
        var before = Appended;
        OpenDayOf(nowMs);
        return Appended > before;
    }

    /// <summary>Asks for the memory that appending this draft will read; some drafts ahead.</summary>
    public void Prefetch(in Record draft, ref IdsAhead ahead)
    {
        if (draft.IdHash != 0 && draft.Has(RecordFlags.HasTimestamp)) ahead.Add(ids, Fingerprint(draft, 0));
    }

    /// <summary>
    /// Finishes, judges and appends a draft. Only <see cref="IntakeOutcome.Accepted"/> appends; no outcome may be told before <see cref="Applied"/> has
    /// come to what <see cref="Appended"/> is afterwards (a duplicate may be one of a record that is not durable yet).
    /// </summary>
    public IntakeOutcome Append(ReadOnlySpan<byte> draft, long nowMs)
    {
        var record = new Record(draft);
        HoldDraft(record);

        var receivedAt = OpenDayOf(nowMs);
        var flags = record.Flags & ~(RecordFlags.TimeIsAge | RecordFlags.Historic);
        var time = TimeOf(record, receivedAt);
        var isFuture = time > receivedAt + FutureMsMax;
        if (time > receivedAt) time = receivedAt;
        var isOfAccount = RebuildPass.IsOfAccount(record);
        var day = RememberedDay(isOfAccount, time, receivedAt);
        var isLate = day < LateBefore(openDay);
        if (isOfAccount && (isLate || record.Has(RecordFlags.Import))) flags |= RecordFlags.Historic;

        if (record.IdHash != 0)
        {
            var fingerprint = Fingerprint(record, Days.Of(receivedAt));
            var isKnown = isLate || isFuture
                ? ids.TryFind(fingerprint, out var payload)
                : !ids.TryAdd(fingerprint, record.PayloadHash, day, out payload);
            if (isKnown)
            {
                if (options.Planted == PlantedFault.DuplicateCounted) Keep(record, receivedAt, time, flags);
                return IdIndex.IsSame(payload, record.PayloadHash) ? IntakeOutcome.Duplicate : IntakeOutcome.Conflict;
            }
        }

        if (isFuture) return IntakeOutcome.TimestampInFuture;
        Keep(record, receivedAt, time, flags);
        return IntakeOutcome.Accepted;
    }

    private void Keep(in Record draft, long receivedAt, long time, RecordFlags flags)
    {
        Record.Stamp(open.Copy(draft.Bytes), receivedAt, time, flags);
        Appended++;
    }

    /// <summary>What no door may hand on.</summary>
    internal static void HoldDraft(in Record draft)
    {
        if (draft.Kind is not ((>= RecordKind.Usage and <= RecordKind.Directory) or RecordKind.AlertAction or RecordKind.Override))
            throw new ArgumentException($"A draft of kind {draft.Kind}.", nameof(draft));
    }

    internal static long TimeOf(in Record draft, long receivedAt)
    {
        if (!draft.Has(RecordFlags.HasTimestamp)) return receivedAt;
        var time = draft.Has(RecordFlags.TimeIsAge) ? receivedAt - draft.TimeMs : draft.TimeMs;
        return Math.Max(time, EarliestMs);
    }

    // An id is remembered by its event's day, for older ones meet the account's rebuild. What is of no account meets none, and takes effect at once
    // however old it is (a user's account): its id is remembered by the day of receipt.
    private static int RememberedDay(bool isOfAccount, long time, long receivedAt) => Days.Of(isOfAccount ? time : receivedAt);

    // A group message makes a record of the account and one of the directory; both carry its id and may meet in one partition.
    private static ulong Fingerprint(in Record record, int dayOfReceipt)
    {
        var identity = record.IdentityOn(dayOfReceipt);
        return record.Kind == RecordKind.Directory ? StableHash.Combine(identity, (ulong)RecordKind.Directory) | 1 : identity;
    }

    /// <summary>Brings the append side to the day of now: model first in a new partition, then every missed tick. Returns the receipt.</summary>
    private long OpenDayOf(long nowMs)
    {
        if (!isOpen) throw new InvalidOperationException($"Partition {Index} is not open.");
        var receivedAt = openReceivedAtMs = Math.Max(nowMs, openReceivedAtMs);
        var day = Days.Of(receivedAt);
        if (day <= openDay || isFedByJournal) return receivedAt;
        if (Appended == 0)
        {
            var at = open.Length;
            PartitionRecords.WriteModel(open, modelIfNew, receivedAt);
            StampOwn(at, receivedAt);
        }

        if (openDay == int.MinValue) openDay = day - 1;
        while (openDay < day)
        {
            var at = open.Length;
            PartitionRecords.WriteTick(open, ++openDay);
            StampOwn(at, receivedAt);
        }

        ids.ForgetBefore(OldestRemembered(day));
        return receivedAt;
    }

    private void StampOwn(int at, long receivedAt)
    {
        var record = open.Writable[at..];
        Record.Stamp(record, receivedAt, new Record(record).TimeMs, RecordFlags.None);
        CountOwn();
    }

    // What a partition that is fed by the journal writes has no place before it comes back.
    private void CountOwn()
    {
        if (!isFedByJournal) Appended++;
    }

    /// <summary>Closes the open segment and puts a <see cref="CommitSegment"/> out. False: it is empty. Several may be in flight.</summary>
    public bool Seal()
    {
        if (isFedByJournal) throw new InvalidOperationException($"Partition {Index} is fed by its journal, and appends through its doors.");
        if (open.Count == 0) return false;
        var segment = new Segment(Index, Appended - open.Count + 1, open.Count, open.WrittenMemory);
        flights.Enqueue((segment, open));
        open = spare.Count > 0 ? spare.Pop() : new RecordBuffer(64 * 1024);
        outputs.Enqueue(new CommitSegment(segment));
        return true;
    }

    /// <summary>Everything up to this position (the end of a segment) is durable: applies it.</summary>
    public void Committed(long position)
    {
        while (flights.TryPeek(out var flight) && flight.Segment.LastPosition <= position)
        {
            var run = new RecordRun(flight.Segment);
            if (!ApplyRun(ref run)) throw new InvalidOperationException($"Partition {Index}: a swap at {run.Position} has no rebuilt accounts.");
            flights.Dequeue();
            Recycle(flight.Records);
        }

        if (Applied < position) throw new InvalidOperationException($"Partition {Index}: committed through {position}, but only {Applied} is applied.");
    }

    /// <summary>
    /// A commit failed; the journal's head, read again, is at this position. What is durable is applied, everything later that was appended is dropped as if it had
    /// never come (its ids too), and may be sent again.
    /// </summary>
    public void CommitFailed(long head)
    {
        if (head < Applied || head > Appended)
            throw new InvalidOperationException($"Partition {Index}: the journal is at {head}, this partition at {Applied}..{Appended}. Another process writes to it?");
        Committed(head);
        while (flights.TryDequeue(out var flight))
        {
            ForgetIds(flight.Records);
            Recycle(flight.Records);
        }

        ForgetIds(open);
        open.Clear();
        RewindAppendSide();
        AppendQuarantined();
        AppendSwapAgain();
        AppendActivationAgain();
    }

    private void RewindAppendSide()
    {
        Appended = Applied;
        openDay = Day;
        // Time that was told once is not taken back: ids were forgotten by it, and a clock that is set back meanwhile would have their repetitions taken for new.
        openReceivedAtMs = Math.Max(openReceivedAtMs, lastReceivedAtMs);
    }

    private void ForgetIds(RecordBuffer dropped)
    {
        if (options.Planted == PlantedFault.FailedCommitRemembered) return;
        var rest = dropped.Written;
        while (!rest.IsEmpty)
        {
            var record = new Record(rest);
            rest = rest[record.Length..];
            if (record.IdHash != 0) ids.Remove(Fingerprint(record, Days.Of(record.ReceivedAtMs)));
        }
    }

    private void Recycle(RecordBuffer records)
    {
        if (spare.Count >= SpareBuffers || records.Length > SpareBytesMax)
        {
            records.Dispose();
            return;
        }

        records.Clear();
        spare.Push(records);
    }
}
