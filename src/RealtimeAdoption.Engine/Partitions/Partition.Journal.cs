using System.Collections.Frozen;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Partitions;

// A partition that is fed by its journal: others append to it too, and know neither its ids nor its model. So what they wrote is judged where it is applied, by whoever applies it, live and in a replay, from what every replay has.
public sealed partial class Partition
{
    // Of records that were judged to have no effect at once, though their bytes do not say so. Rising. Passes that read them from history ask.
    private readonly List<long> leftOut = [];
    private readonly RecordBuffer judgedRecord = new(512);

    // Of a run that is judged and not applied yet.
    private readonly List<Judgement> judgements = [];
    private long judgedFrom;
    private RecordBuffer? ownInFlight;
    private RemoteAccounts? remote;
    private bool isFedByJournal;

    // At the applied side; the append side may have forgotten more.
    private int idsOldest = int.MinValue;

    /// <summary>Doors of a cluster have appended to its journal: a replay of it must keep ids.</summary>
    public bool HasDoorRecords { get; private set; }

    internal AccountTable Table => accounts;

    internal PlantedFault Planted => options.Planted;

    // Live, for as long as something reads history; in a replay, for a swap may come that does.
    private bool NeedsLeftOut => !isOpen || pass is not null || activation is not null;

    /// <summary>Recovered: from here on it takes what the journal holds, by whomever it was appended, and what it writes itself comes out as <see cref="AppendOwn"/>.</summary>
    internal void OpenToJournal(RemoteAccounts remoteAccounts)
    {
        if (isOpen || !areIdsKept) throw new InvalidOperationException($"Partition {Index} is open, or keeps no ids and cannot be.");
        remote = remoteAccounts;
        isOpen = isFedByJournal = true;
        openReceivedAtMs = lastReceivedAtMs;
        AppendQuarantined();
        HealStopped();
    }

    /// <summary>Judges a run that follows on, holds no record that moves the day or the model, and is applied next.</summary>
    internal IReadOnlyList<Judgement> JudgeAhead(Segment run)
    {
        judgements.Clear();
        judgedFrom = run.FirstPosition;
        var rest = run.Records.Span;
        while (!rest.IsEmpty)
        {
            var record = new Record(rest);
            judgements.Add(record.Has(RecordFlags.Unjudged) ? Judge(record) : Judgement.AsItIs);
            rest = rest[record.Length..];
        }

        return judgements;
    }

    /// <summary>Applies what the journal holds next.</summary>
    internal void ApplyCommitted(Segment segment)
    {
        var run = new RecordRun(segment);
        if (!ApplyRun(ref run)) throw new InvalidOperationException($"Partition {Index}: a swap at {run.Position} has no states.");
        Appended = Applied;
        judgements.Clear();
    }

    /// <summary>Puts what it has written itself out, unless something is on its way.</summary>
    internal void SealOwn()
    {
        if (!isFedByJournal || ownInFlight is not null || open.Count == 0) return;
        ownInFlight = open;
        open = spare.Count > 0 ? spare.Pop() : new RecordBuffer();
        outputs.Enqueue(new AppendOwn(Index, ownInFlight.Count, ownInFlight.WrittenMemory));
    }

    /// <summary>What an <see cref="AppendOwn"/> asked for is durable. It may have taken effect already.</summary>
    public void OwnAppended()
    {
        var appended = ownInFlight ?? throw new InvalidOperationException($"Partition {Index} waits for no records of its own.");
        ownInFlight = null;
        Recycle(appended);
    }

    /// <summary>Whether a record that is not long past was judged away, for checks.</summary>
    internal bool LeavesOut(long position) => leftOut.BinarySearch(position) >= 0;

    internal int NumberOf(string account) => Find(account) ?? -1;

    internal byte[] NameOf(int number) => IdOf(number);

    /// <summary>Before an account's state is handed out: a tick in work owes it nothing any more.</summary>
    internal void Ready(int number) => TickFirst(number);

    /// <summary>What the account has taken elsewhere cannot be computed here: it is stopped, and rebuilt from the journal like any that breaks.</summary>
    internal void Broke(int number, long position, Exception error) => Settle(number, position, new AccountAnswer(AccountEffects.None, null, int.MaxValue, error));

    internal static RecordFlags FlagsOf(in Record record, Judgement judgement) =>
        (record.Flags & ~RecordFlags.Unjudged) | (judgement == Judgement.Historic ? RecordFlags.Historic : RecordFlags.None);

    private void ApplyUnjudged(in Record record, long position, int number)
    {
        HasDoorRecords = true;
        var ahead = position - judgedFrom;
        var judgement = ahead >= 0 && ahead < judgements.Count ? judgements[(int)ahead] : Judge(record);
        if (judgement != Judgement.AsItIs) LeaveOut(position);
        if (judgement == Judgement.Void)
        {
            lastReceivedAtMs = record.ReceivedAtMs;
            return;
        }

        judgedRecord.Clear();
        var bytes = judgedRecord.Copy(record.Bytes);
        Record.Stamp(bytes, record.ReceivedAtMs, record.TimeMs, FlagsOf(record, judgement));
        Apply(new Record(bytes), position, number);
    }

    // The same as at the append side, of a partition that is as far as this record.
    private Judgement Judge(in Record record)
    {
        if (!areIdsKept) throw new IdsNeededException(Index);
        var isOfAccount = RebuildPass.IsOfAccount(record);
        var day = RememberedDay(isOfAccount, record.TimeMs, record.ReceivedAtMs);
        var isLate = day < RememberedFrom(Day);
        if (record.IdHash != 0)
        {
            var fingerprint = Fingerprint(record, Days.Of(record.ReceivedAtMs));
            var isKnown = isLate ? ids.TryFind(fingerprint, out _) : !ids.TryAdd(fingerprint, record.PayloadHash, day, out _);
            if (isKnown && options.Planted != PlantedFault.RepetitionTaken) return Judgement.Void;
        }

        return isOfAccount && isLate && !record.Has(RecordFlags.Historic) ? Judgement.Historic : Judgement.AsItIs;
    }

    private void LeaveOut(long position)
    {
        if (!NeedsLeftOut) leftOut.Clear();
        else leftOut.Add(position);
    }

    private FrozenSet<long> LeftOutAfter(long position)
    {
        var at = leftOut.BinarySearch(position + 1);
        return leftOut[(at < 0 ? ~at : at)..].ToFrozenSet();
    }

    // Swaps are of this owner's, for the store refuses those of any other: so one that is not means that there is another owner.
    private void HoldOwnSwap(in Record record, long position)
    {
        var (through, hashes) = PartitionRecords.ReadRebuilt(record);
        if (pass is null || !isSwapAppended || pass.Through != through || !HashesInPass(pass).SequenceEqual(hashes)) throw AnotherOwner(position);
    }

    private FencedException AnotherOwner(long position) => new($"Partition {Index}: the record at {position} is of another owner.");
}
