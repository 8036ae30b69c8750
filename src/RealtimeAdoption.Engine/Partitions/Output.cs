using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// Something a partition wants done or known. The host takes outputs in order after each input (<see cref="Partition.TryTake"/>), does them, and reports back
/// through the input that the output names. A partition never waits for one: it can take more input at any time.
/// </summary>
public abstract record Output;

/// <summary>
/// Make the segment durable, after those handed out before it. Answer: <see cref="Partition.Committed"/>, or
/// <see cref="Partition.CommitFailed"/> once the journal's head is known again. The memory is the partition's; it stays as it is until then.
/// </summary>
public sealed record CommitSegment(Segment Segment) : Output;

/// <summary>
/// Of a partition that is fed by its journal: append these records, its own, fenced by its epoch. Answer: <see cref="Partition.OwnAppended"/>. They take effect when they come back. The memory is the partition's until then.
/// </summary>
/// <param name="Partition">Its index.</param>
/// <param name="Count">Number of records.</param>
/// <param name="Records">One behind the other.</param>
public sealed record AppendOwn(int Partition, int Count, ReadOnlyMemory<byte> Records) : Output;

/// <summary>
/// Feed the pass every segment with positions in (<see cref="HistoryPass.After"/>, <see cref="HistoryPass.Until"/>], compute it (on any thread), and hand it
/// to <see cref="Partition.RebuildReady"/>, or to <see cref="Partition.ReplayOn"/> where <see cref="HistoryPass.OfReplay"/> is set.
/// </summary>
public sealed record ReadHistory(HistoryPass Pass) : Output;

/// <summary>Store the checkpoint. Answer: <see cref="Partition.Persisted"/> or <see cref="Partition.PersistFailed"/>; its memory is the partition's until then.</summary>
public sealed record Persist(Checkpoint Checkpoint) : Output;

/// <summary>A change took effect that a wall tells (<see cref="FleetNews.IsNews"/>). Every change is in <see cref="Partition.UnpersistedFeed"/>. A replay finds again what it finds again.</summary>
public sealed record NewsFound(FleetChange Change) : Output;

/// <summary>A user was grouped into an account. Must be visible to lookups before the sender is answered.</summary>
public sealed record DirectoryLearned(string User, string Account) : Output;

/// <summary>An account was stopped by a broken invariant, or could not be rebuilt: log it. Other accounts go on.</summary>
public sealed record AccountFailed(AccountFault Fault) : Output;

/// <summary>A record was found to break its account's computation, and is on its way into quarantine: log it.</summary>
public sealed record RecordQuarantined(QuarantinedRecord Record) : Output;

/// <summary>Why an account no longer takes records. It is rebuilt from its history by itself, some times at most; what breaks that too is quarantined.</summary>
/// <param name="Account">Its id.</param>
/// <param name="Position">Of the record that broke it.</param>
/// <param name="Reason">Type and message of the broken invariant.</param>
/// <param name="Stopped">False: it goes on, but could not be rebuilt.</param>
/// <param name="Error">Where it broke; null after a restart.</param>
public sealed record AccountFault(string Account, long Position, string Reason, bool Stopped, Exception? Error);
