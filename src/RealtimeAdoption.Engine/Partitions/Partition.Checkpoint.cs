using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Partitions;

// Checkpoints and recovery. What is not persisted yet is kept in lists that only grow at their end; a checkpoint takes a head of each and that goes
// when it is stored. Of changes it takes all, and a new log begins.
public sealed partial class Partition
{
    private const int CheckpointPiece = 64 << 20;

    // With two ids of some length.
    private const long DirectoryEntryBytes = 160;

    private readonly IdLog unpersistedIds = new();
    private readonly List<DirectoryEntry> unpersistedDirectory = [];
    private ChangeLog unpersistedChanges = new();
    private ChangeLog? spareChanges;
    private List<int> dirty = [];
    private Writing? writing;
    private long checkpointed;
    private bool isStored;

    // Hash of the record at the end of the last segment applied, which is the one at Applied.
    private ulong lastRecord;
    private RecordRun replayed;

    // A checkpoint on its way to the store.
    private sealed record Writing(long Position, List<int> Dirty, List<byte[]> Memory, int Ids, ChangeLog Changes, int Directory);

    /// <summary>Records applied since the last checkpoint began.</summary>
    public long Unpersisted => Applied - checkpointed;

    /// <summary>
    /// About so many bytes of memory wait for a checkpoint to take them: changes, ids, users' accounts. They grow for as long as none can be stored.
    /// </summary>
    public long UnpersistedBytes =>
        unpersistedChanges.Bytes + (writing?.Changes.Bytes ?? 0) + ((long)unpersistedIds.Count * RememberedId.Size) + (unpersistedDirectory.Count * DirectoryEntryBytes);

    /// <summary>A checkpoint is on its way to the store.</summary>
    public bool IsCheckpointing => writing is not null;

    /// <summary>
    /// Copies what has changed, as of <see cref="Applied"/>, and puts a <see cref="Persist"/> out. False: nothing has, or one is in flight. A tick in work is worked to its end first, so where
    /// that can wait, wait.
    /// </summary>
    public bool BeginCheckpoint(long epoch)
    {
        if (writing is not null || Applied == checkpointed || model is null) return false;
        FinishTick();
        var memory = new List<byte[]>();
        var states = CopyDirty(memory);
        var checkpoint = new Checkpoint
        {
            Partition = Index,
            Epoch = epoch,
            Position = Applied,
            Head = Head().ToBytes(),
            Replaces = !isStored,
            Accounts = states,
            Changes = unpersistedChanges,
            Ids = NewIds(),
            DropIdsBeforeDay = idsOldest,
            Directory = unpersistedDirectory.ToArray(),
        };
        writing = new Writing(Applied, dirty, memory, unpersistedIds.Count, unpersistedChanges, unpersistedDirectory.Count);
        dirty = [];
        BeginChanges(Sequence);
        checkpointed = Applied;
        outputs.Enqueue(new Persist(checkpoint));
        return true;
    }

    private void BeginChanges(long last)
    {
        unpersistedChanges = spareChanges ?? new ChangeLog();
        spareChanges = null;
        unpersistedChanges.Begin(last);
    }

    // In pieces: all states of a large partition may be more than one array can hold.
    private StoredAccount[] CopyDirty(List<byte[]> memory)
    {
        var states = new StoredAccount[dirty.Count];
        var left = 0L;
        foreach (var number in dirty) left += accounts[number].State.Bytes.Length;
        byte[] piece = [];
        var at = 0;
        for (var i = 0; i < states.Length; i++)
        {
            ref var account = ref accounts[dirty[i]];
            var bytes = account.State.Bytes;
            if (piece.Length - at < bytes.Length)
            {
                piece = ArrayPool<byte>.Shared.Rent((int)Math.Max(bytes.Length, Math.Min(left, CheckpointPiece)));
                memory.Add(piece);
                at = 0;
            }

            bytes.CopyTo(piece.AsSpan(at));
            states[i] = new StoredAccount(dirty[i], piece.AsMemory(at, bytes.Length));
            at += bytes.Length;
            left -= bytes.Length;
            account.Flags &= ~AccountFlags.Dirty;
        }

        return states;
    }

    private IdChunk[] NewIds()
    {
        if (unpersistedIds.Count == 0 || options.Planted == PlantedFault.IdsNotStored) return [];
        var bytes = unpersistedIds.ToBytes();
        var last = int.MinValue;
        foreach (ref readonly var id in MemoryMarshal.Cast<byte, RememberedId>(bytes)) last = Math.Max(last, id.Day);
        return [new IdChunk(Applied, last, bytes)];
    }

    private PartitionHead Head() => new()
    {
        Store = Store,
        Day = Day,
        LastRecord = lastRecord,
        LastReceivedAtMs = lastReceivedAtMs,
        LastInputAtMs = LastInputAtMs,
        Sequence = Sequence,
        Events = events,
        Accounts = accounts.Count,
        ModelText = modelText,
        Generation = Generation,
        ModelBy = ModelBy,
        ModelBegunAtMs = ModelBegunAtMs,
        IdsFrom = idsFrom,
        Activation = activation?.Begin,
        Faults = [.. faults.Select(fault => (fault.Key, fault.Value.Position, fault.Value.Stopped, fault.Value.Reason))],
        Quarantined = [.. quarantined.Values],
        IdsOldest = idsOldest,
        HasDoorRecords = HasDoorRecords,
        LeftOut = NeedsLeftOut && options.Planted != PlantedFault.LeftOutNotStored ? [.. leftOut] : [],
    };

    public void Persisted(long position)
    {
        var stored = Landed(position);
        isStored = true;
        unpersistedIds.RemoveFirst(stored.Ids);
        stored.Changes.Clear();
        spareChanges = stored.Changes;
        unpersistedDirectory.RemoveRange(0, stored.Directory);
    }

    /// <summary>What the checkpoint held goes into the next one.</summary>
    public void PersistFailed(long position)
    {
        var failed = Landed(position);
        foreach (var number in failed.Dirty)
        {
            if ((accounts[number].Flags & AccountFlags.Dirty) == AccountFlags.None) MarkDirty(number);
        }

        unpersistedChanges.Take(failed.Changes);
        spareChanges = failed.Changes;
        checkpointed = -1;
    }

    private Writing Landed(long position)
    {
        var landed = writing;
        if (landed is null || landed.Position != position) throw new InvalidOperationException($"Partition {Index}: no checkpoint of {position} is in flight.");
        writing = null;
        foreach (var piece in landed.Memory) ArrayPool<byte>.Shared.Return(piece);
        return landed;
    }

    private void MarkDirty(int number)
    {
        accounts[number].Flags |= AccountFlags.Dirty;
        dirty.Add(number);
    }

    /// <summary>Changes of an account, newest first, with a sequence below <paramref name="before"/>, that no store has yet; the store has every other.</summary>
    public IReadOnlyList<StoredChange> UnpersistedHistory(string account, long before, int limit)
    {
        var hash = StableHash.Of(Encoding.UTF8.GetBytes(account));
        var found = new List<StoredChange>();
        unpersistedChanges.FindOf(hash, before, limit, found);
        writing?.Changes.FindOf(hash, before, limit, found);
        return found;
    }

    /// <summary>Changes with a sequence above <paramref name="after"/>, in order, that no store has yet.</summary>
    public IReadOnlyList<StoredChange> UnpersistedFeed(long after, int limit)
    {
        var found = new List<StoredChange>();
        writing?.Changes.FindAfter(after, limit, found);
        unpersistedChanges.FindAfter(after, limit, found);
        return found;
    }

    // Recovery.

    void ISnapshotVisitor.Account(StoredAccount account) => accounts.Load(account.Number, account.State.Span);

    void ISnapshotVisitor.Ids(IdChunk chunk)
    {
        if (!areIdsKept) return;
        foreach (ref readonly var id in MemoryMarshal.Cast<byte, RememberedId>(chunk.Ids.Span))
        {
            if (ids.TryAdd(id.Fingerprint, id.Payload, id.Day, out _)) continue;
            // It was forgotten in between and came again: the later one stands.
            ids.Remove(id.Fingerprint);
            ids.TryAdd(id.Fingerprint, id.Payload, id.Day, out _);
        }
    }

    void ISnapshotVisitor.Directory(DirectoryEntry entry) => outputs.Enqueue(new DirectoryLearned(entry.User, entry.Account));

    /// <summary>After the visitor's calls: the rest of the checkpoint.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is not whole, of another version or of another journal: the journal must be replayed from its start, into another object.</exception>
    public void Restore(LoadedCheckpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var head = PartitionHead.Of(checkpoint.Head);
        if (head.Store != Store) throw new InvalidDataException($"Partition {Index}: the checkpoint is of another journal.");
        isStored = true;
        lastRecord = head.LastRecord;
        TakeModel(readModel(head.ModelText), head.ModelText, head.Generation);
        (idsFrom, ModelBy, ModelBegunAtMs) = (head.IdsFrom, head.ModelBy, head.ModelBegunAtMs);
        if (head.Activation is { } begun) activation = new Activation(readModel(begun.Wish.Text), begun);
        (Day, lastReceivedAtMs, LastInputAtMs, events) = (head.Day, head.LastReceivedAtMs, head.LastInputAtMs, head.Events);
        unpersistedChanges.Begin(head.Sequence);
        Applied = Appended = checkpointed = checkpoint.Position;
        fleet!.Counts.Events = events;
        idsOldest = head.IdsOldest ?? (Day == int.MinValue ? int.MinValue : OldestRemembered(Day));
        ids.ForgetBefore(idsOldest);
        HasDoorRecords = head.HasDoorRecords;
        leftOut.AddRange(head.LeftOut);
        if (accounts.Count != head.Accounts) throw new InvalidDataException($"Partition {Index}: {accounts.Count} accounts loaded, {head.Accounts} stored.");
        for (var number = 0; number < accounts.Count; number++) RestoreAccount(number);
        foreach (var (number, position, stopped, reason) in head.Faults)
        {
            var id = Encoding.UTF8.GetString(AccountActor.AccountId(ModelOrThrow, accounts[number].State));
            faults[number] = new AccountFault(id, position, reason, stopped, null);
            if (!stopped) continue;
            accounts[number].Flags |= AccountFlags.Stopped;
            accounts.SetDueDay(number, int.MaxValue);
        }

        foreach (var record in head.Quarantined) quarantined[record.Position] = record;
        for (var number = 0; number < accounts.Count; number++)
        {
            if (AccountActor.IsRebuilding(accounts[number].State)) MarkPending(number);
        }
    }

    /// <summary>
    /// Whether what was restored comes from this journal: the segment must hold the position <see cref="Applied"/>. False: the journal went another way,
    /// as one that was put back from an older copy and written to since; it must be replayed from its start, into another object.
    /// </summary>
    public bool IsOf(Segment segment)
    {
        var rest = segment.Records.Span;
        for (var position = segment.FirstPosition; position < Applied; position++) rest = rest[new Record(rest).Length..];
        return HashOf(new Record(rest)) == lastRecord;
    }

    private void RestoreAccount(int number)
    {
        ref var account = ref accounts[number];
        if (account.State.IsNone) throw new InvalidDataException($"Partition {Index}: account {number} is missing.");
        try
        {
            Place(number, AccountRow.Of(ModelOrThrow, ref account.State));
            accounts.Identify(number, StableHash.Of(AccountActor.AccountId(ModelOrThrow, account.State)));
        }
        catch (Exception error)
        {
            // Of whatever kind: the bytes may be those of an account that broke half way, and a replay never needs them.
            throw new InvalidDataException($"Partition {Index}: the state of account {number} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>
    /// Applies a committed segment again; it must follow on (records at or below <see cref="Applied"/> are skipped). False: the segment holds a swap of rebuilt
    /// accounts or of the model, and a <see cref="ReadHistory"/> has come out: feed its pass and go on with <see cref="ReplayOn"/>, which may ask for another one. The segment's memory must hold until true.
    /// </summary>
    public bool Replay(Segment segment)
    {
        if (isOpen || pass is not null) throw new InvalidOperationException($"Partition {Index} cannot replay now.");
        if (segment.FirstPosition > Applied + 1)
            throw new InvalidDataException($"Partition {Index}: the journal jumps from position {Applied} to {segment.FirstPosition}.");
        if (options.Planted == PlantedFault.PositionUnchecked) Applied = segment.FirstPosition - 1;
        replayed = new RecordRun(segment);
        return GoOn();
    }

    /// <summary>Goes on with the replayed segment; false as in <see cref="Replay"/>.</summary>
    public bool ReplayOn(HistoryPass computed)
    {
        ArgumentNullException.ThrowIfNull(computed);
        if (!isOpen && ReferenceEquals(computed, activation?.Pass))
        {
            Quarantine(computed);
            activation.EndPass(isDone: true);
        }
        else if (isOpen || !ReferenceEquals(computed, pass)) throw new InvalidOperationException($"Partition {Index} does not wait for this pass.");
        return GoOn();
    }

    private bool GoOn()
    {
        var isDone = ApplyRun(ref replayed);
        Appended = Applied;
        if (isDone) replayed = default;
        return isDone;
    }
}
