using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// The state machine of one partition, free of any host: it appends, de-duplicates, applies, ticks, rebuilds and checkpoints the accounts of its share, and
/// holds their summary rows. It has no threads, no clock and does no I/O: inputs are its methods, things to do come out as <see cref="Output"/> values.
/// Not thread-safe: one owner calls it. Same inputs, same state, bit for bit.
/// <para>Life: made; <see cref="ISnapshotVisitor"/> calls and <see cref="Restore"/> if there is a checkpoint; <see cref="Replay"/> for each later segment;
/// <see cref="Open"/>; then <see cref="Append"/>, <see cref="Seal"/>, <see cref="Committed"/>, ... in any interleaving.</para>
/// </summary>
public sealed partial class Partition : ISnapshotVisitor
{
    public Partition(int index, PartitionOptions options, Func<string, CompiledModel> readModel) => throw new NotImplementedException();

    public int Index { get; }

    /// <summary>Null until the journal's first record, or the checkpoint, has given it.</summary>
    public CompiledModel? Model { get; private set; }

    /// <summary>The partition's day T: of the last applied tick; <see cref="int.MinValue"/> before the first.</summary>
    public int Day { get; private set; }

    /// <summary>Position of the last record appended, committed or not. An acknowledgement waits until <see cref="Applied"/> is here.</summary>
    public long Appended { get; private set; }

    /// <summary>Position of the last record applied: everything up to here is durable.</summary>
    public long Applied { get; private set; }

    /// <summary>Takes the next thing to do, in order.</summary>
    public bool TryTake(out Output output) => throw new NotImplementedException();

    // Recovery.

    /// <summary>After the visitor's calls: the rest of the checkpoint.</summary>
    public void Restore(LoadedCheckpoint checkpoint) => throw new NotImplementedException();

    /// <summary>
    /// Applies a committed segment again; it must follow on (records at or below <see cref="Applied"/> are skipped). False: the segment holds a swap of rebuilt
    /// accounts, and a <see cref="ReadHistory"/> has come out: feed its pass and go on with <see cref="ReplayOn"/>. The segment's memory must hold until true.
    /// </summary>
    public bool Replay(Segment segment) => throw new NotImplementedException();

    /// <summary>Goes on with the replayed segment; false as in <see cref="Replay"/>.</summary>
    public bool ReplayOn(RebuildPass pass) => throw new NotImplementedException();

    // Intake.

    /// <summary>Recovered: from here on it appends. A new partition first appends the model; then (always) the ticks up to now's day.</summary>
    public void Open(string modelTextIfNew, long nowMs) => throw new NotImplementedException();

    /// <summary>Appends the ticks up to now's day. True: there were any.</summary>
    public bool CatchUp(long nowMs) => throw new NotImplementedException();

    /// <summary>Finishes, judges and appends a draft. Only <see cref="IntakeOutcome.Accepted"/> appends; none of the outcomes may be told before <see cref="Applied"/> has
    /// come to what <see cref="Appended"/> is afterwards (a duplicate may be one of a record that is not durable yet).</summary>
    public IntakeOutcome Append(ReadOnlySpan<byte> draft, long nowMs) => throw new NotImplementedException();

    /// <summary>Closes the open segment and puts a <see cref="CommitSegment"/> out. False: it is empty. Several may be in flight.</summary>
    public bool Seal() => throw new NotImplementedException();

    /// <summary>Everything up to this position (the end of a segment) is durable: applies it.</summary>
    public void Committed(long position) => throw new NotImplementedException();

    /// <summary>
    /// A commit failed; the journal's head, read again, is at this position. What is durable is applied, everything later that was appended is dropped as if it had
    /// never come (its ids too), and may be sent again.
    /// </summary>
    public void CommitFailed(long head) => throw new NotImplementedException();

    // Rebuild.

    /// <summary>Accounts marked for rebuild that no pass has taken yet.</summary>
    public int PendingRebuilds => throw new NotImplementedException();

    /// <summary>Starts a pass over the history for pending accounts: a <see cref="ReadHistory"/> comes out. False: nothing is pending, or a pass is under way.</summary>
    public bool BeginRebuild() => throw new NotImplementedException();

    /// <summary>The pass is computed: appends the record of the swap, which takes place when that is committed.</summary>
    public void RebuildReady(RebuildPass pass, long nowMs) => throw new NotImplementedException();

    /// <summary>The pass could not be read: its accounts are pending again.</summary>
    public void RebuildFailed(RebuildPass pass) => throw new NotImplementedException();

    // Checkpoints.

    /// <summary>Records applied since the last checkpoint began.</summary>
    public long Unpersisted => throw new NotImplementedException();

    /// <summary>Copies what has changed, as of <see cref="Applied"/>, and puts a <see cref="Persist"/> out. False: nothing has, or one is in flight.</summary>
    public bool BeginCheckpoint(long epoch) => throw new NotImplementedException();

    public void Persisted(long position) => throw new NotImplementedException();

    /// <summary>What the checkpoint held goes into the next one.</summary>
    public void PersistFailed(long position) => throw new NotImplementedException();

    // Reading: as of Applied.

    /// <summary>Null: no such account.</summary>
    public AccountView? View(string account, bool explain) => throw new NotImplementedException();

    public IReadOnlyList<UserView>? Users(string account) => throw new NotImplementedException();

    public bool Knows(string account) => throw new NotImplementedException();

    /// <summary>The first rows of the query in this partition, at most its limit, in order. Merge those of all partitions with <see cref="AccountOrder"/>.</summary>
    public IReadOnlyList<AccountSummary> Rows(AccountQuery query) => throw new NotImplementedException();

    public FleetCounts Counts => throw new NotImplementedException();

    /// <summary>Changes of an account, newest first, with a sequence below <paramref name="before"/>, that no store has yet; the store has every other.</summary>
    public IReadOnlyList<StoredChange> UnpersistedHistory(string account, long before, int limit) => throw new NotImplementedException();

    /// <summary>Changes with a sequence above <paramref name="after"/>, in order, that no store has yet.</summary>
    public IReadOnlyList<StoredChange> UnpersistedFeed(long after, int limit) => throw new NotImplementedException();

    /// <summary>Accounts that were stopped or could not be rebuilt.</summary>
    public IReadOnlyList<AccountFault> Faults => throw new NotImplementedException();

    void ISnapshotVisitor.Account(StoredAccount account) => throw new NotImplementedException();

    void ISnapshotVisitor.Ids(IdChunk chunk) => throw new NotImplementedException();

    void ISnapshotVisitor.Directory(DirectoryEntry entry) => throw new NotImplementedException();
}
