using System.Text;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

// Applying: the one way in which committed records take effect, live and in a replay.
public sealed partial class Partition
{
    private readonly ChangeList changes = [];
    private readonly SortedDictionary<int, AccountFault> faults = [];
    private long events;

    /// <summary>Of the last change in its feed; 0: there is none yet.</summary>
    public long Sequence => unpersistedChanges.Last;

    /// <summary>Accounts that were stopped or could not be rebuilt.</summary>
    public IReadOnlyList<AccountFault> Faults => [.. faults.Values];

    /// <summary>How many <see cref="Faults"/> there are.</summary>
    public int FaultCount => faults.Count;

    // False: stands before a swap whose accounts must be rebuilt from history first.
    private bool ApplyRun(ref RecordRun run)
    {
        var bytes = run.Segment.Records.Span;
        var ahead = new RunAhead(accounts, model, run);
        var (before, last) = (Applied, run.Offset);
        for (; !run.IsDone; run.Index++)
        {
            var number = ahead.Step(run.Index);
            var record = new Record(bytes[run.Offset..]);
            if (run.Position > Applied)
            {
                if (record.Kind == RecordKind.Rebuilt && !HasRebuilt(record, run.Position)) return false;
                if (record.Kind == RecordKind.Activated && !HasActivated(run.Position)) return false;
                if (record.Has(RecordFlags.Unjudged)) ApplyUnjudged(record, run.Position, number);
                else Apply(record, run.Position, number);
                Applied = run.Position;
                if (record.Kind == RecordKind.Activated) ahead = new RunAhead(accounts, model, After(run, record.Length));
            }

            last = run.Offset;
            run.Offset += record.Length;
        }

        if (Applied > before) lastRecord = HashOf(new Record(bytes[last..]));
        return true;
    }

    private static RecordRun After(RecordRun run, int length)
    {
        run.Index++;
        run.Offset += length;
        return run;
    }

    private static ulong HashOf(in Record record) => StableHash.Of(record.Bytes);

    private void Apply(in Record record, long position, int number)
    {
        lastReceivedAtMs = record.ReceivedAtMs;
        if (record.Kind != RecordKind.Tick) LastInputAtMs = lastReceivedAtMs;
        if (record.IdHash != 0) Remember(record);
        switch (record.Kind)
        {
            case RecordKind.Usage:
                fleet!.Counts.Events = ++events;
                ApplyToAccount(record, position, number);
                break;
            case RecordKind.Traits or RecordKind.Profile or RecordKind.AlertAction or RecordKind.Override:
                ApplyToAccount(record, position, number);
                break;
            case RecordKind.Identify:
                if (RebuildPass.IsOfAccount(record)) ApplyToAccount(record, position, number);
                break;
            case RecordKind.Alias:
                break;
            case RecordKind.Directory:
                Learn(new DirectoryEntry(Encoding.UTF8.GetString(record.User), Encoding.UTF8.GetString(record.Account)));
                break;
            case RecordKind.Tick:
                ApplyTick(record, position);
                break;
            case RecordKind.Model:
                ApplyModel(record, position);
                break;
            case RecordKind.Activated:
                ApplyActivated(record, position);
                break;
            case RecordKind.Rebuilt:
                ApplySwap(record, position);
                break;
            case RecordKind.Quarantine:
                ApplyQuarantine(record, position);
                break;
            default:
                throw new InvalidDataException($"Partition {Index}: a record of kind {record.Kind} at {position}; written by a later version?");
        }
    }

    private void ApplyToAccount(in Record record, long position, int number)
    {
        // It may have come into being since the look ahead, which did not look at its entry either.
        if (number < 0 || accounts[number].Hash != record.AccountHash) number = accounts.Find(record.AccountHash);
        if (number < 0) number = accounts.Add(record.AccountHash, AccountActor.Create(ModelOrThrow, record.Account, Day, accounts.Memory));
        TickFirst(number);
        ref var account = ref accounts[number];
        if (record.Has(RecordFlags.Historic)) Historic++;
        activation?.Tail?.Add(record, position, Day);
        System.Diagnostics.Debug.Assert(AccountActor.AccountId(ModelOrThrow, account.State).SequenceEqual(record.Account), "Two accounts of one hash.");
        if ((account.Flags & (AccountFlags.Stopped | AccountFlags.InPass | AccountFlags.Remote)) != AccountFlags.None)
        {
            if ((account.Flags & AccountFlags.InPass) != AccountFlags.None) tail!.Add(record, position, Day);
            if ((account.Flags & AccountFlags.Stopped) != AccountFlags.None)
            {
                Owe(number, record, position);
                return;
            }

            if ((account.Flags & AccountFlags.Remote) != AccountFlags.None)
            {
                Settle(number, position, remote!.Answer(number, record, position, changes));
                return;
            }
        }

        Settle(number, position, AccountTurn.Apply(ModelOrThrow, ref account, record, position, Day, changes));
    }

    // A stopped account takes nothing; but it goes on once it is rebuilt, or with the next model, and what is historic after that one's record is in no state: it must be rebuilt then.
    private void Owe(int number, in Record record, long position)
    {
        ref var account = ref accounts[number];
        if (!record.Has(RecordFlags.Historic) || !AccountActor.Owe(ModelOrThrow, ref account.State, position)) return;
        if ((account.Flags & AccountFlags.Dirty) == AccountFlags.None) MarkDirty(number);
    }

    // One day longer than the window in which an event takes effect at once: a message that is sent again may by its clock correction
    // fall milliseconds later, into the next day. While a model that remembers longer is on its way its window counts: behind its swap, which may be appended and not applied yet, it judges what is late.
    private int OldestRemembered(int day) => day - Math.Max(ModelOrThrow.LateDays, activation?.Model.LateDays ?? 0) - 1;

    private void Remember(in Record record)
    {
        var day = RememberedDay(RebuildPass.IsOfAccount(record), record.TimeMs, record.ReceivedAtMs);
        if (day < RememberedFrom(Day)) return;
        var fingerprint = Fingerprint(record, Days.Of(record.ReceivedAtMs));
        unpersistedIds.Add(new RememberedId(fingerprint, record.PayloadHash, day));
        // Live, it was added when it was appended.
        if (!isOpen && areIdsKept) ids.TryAdd(fingerprint, record.PayloadHash, day, out _);
    }

    private void Learn(DirectoryEntry entry)
    {
        unpersistedDirectory.Add(entry);
        outputs.Enqueue(new DirectoryLearned(entry.User, entry.Account));
    }

    private void Settle(int number, long position, in AccountAnswer answer, bool ofTick = false)
    {
        ref var account = ref accounts[number];
        if ((account.Flags & AccountFlags.Dirty) == AccountFlags.None) MarkDirty(number);
        accounts.SetDueDay(number, answer.NextDueDay);
        if (answer.Error is not null)
        {
            Stop(number, position, answer.Error);
            return;
        }

        if (answer.Row is { } row) Place(number, row);

        if ((answer.Effects & AccountEffects.RebuildNeeded) != AccountEffects.None) MarkPending(number);
        if (changes.Count > 0) Report(number, ofTick);
    }

    private void Place(int number, AccountRow row)
    {
        ref var account = ref accounts[number];
        ref var mark = ref accounts.MarkOf(number);
        if (account.Card is { } before) fleet!.Count(before, mark, -1);
        // Written only where it differs: a reference that is written is one that the collector looks at.
        if (row.Card is not null) account.Card = row.Card;
        mark = row.Mark;
        fleet!.Count(account.Card!, mark, 1);
    }

    private void Report(int number, bool ofTick)
    {
        ref var account = ref accounts[number];
        var card = account.Card!;
        for (var i = 0; i < changes.Count; i++)
        {
            var news = FleetNews.IsNews(changes.TypeOf(i))
                ? new FleetChange(Index, 0, card.Name, card.SegmentId, changes[i]) { StageSince = accounts.MarkOf(number).StageSince, Owner = card.Owner, Churned = card.Churned }
                : null;
            unpersistedChanges.Write(account.Hash, ofTick ? number : ChangeLog.Later, changes.BytesOf(i), news);
        }

        changes.Clear();
        // Those of a tick get their numbers when it is done, and what comes meanwhile gets them behind.
        if (ticking is null) unpersistedChanges.Number(outputs);
    }

    private void Stop(int number, long position, Exception error)
    {
        ref var account = ref accounts[number];
        Unmark(ref account);
        account.Flags |= AccountFlags.Stopped;
        accounts.SetDueDay(number, int.MaxValue);
        Fault(number, position, isStopped: true, error);
        if (isOpen) Heal(number);
    }

    private void Fault(int number, long position, bool isStopped, Exception error)
    {
        var id = Encoding.UTF8.GetString(IdOf(number));
        var fault = new AccountFault(id, position, $"{error.GetType().Name}: {error.Message}", isStopped, error);
        faults[number] = fault;
        outputs.Enqueue(new AccountFailed(fault));
    }
}
