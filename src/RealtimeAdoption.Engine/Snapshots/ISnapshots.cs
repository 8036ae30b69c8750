using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Engine.Snapshots;

/// <summary>An account's stored state. <paramref name="Number"/> is its place in its partition, given in order of first appearance, for good.</summary>
public readonly record struct StoredAccount(int Number, ReadOnlyMemory<byte> State);

/// <summary>A change with its place in the partition's feed.</summary>
public readonly record struct StoredChange(long Sequence, ulong AccountHash, Change Change);

/// <summary>The same in the form in which it is stored (<see cref="ChangeBytes"/>): a store keeps these bytes as they are.</summary>
public readonly record struct WrittenChange(long Sequence, ulong AccountHash, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>As it was before it was written.</summary>
    public StoredChange Read() => new(Sequence, AccountHash, ChangeBytes.Read(Bytes.Span));
}

/// <summary>Fingerprints of message ids, newest chunk last; one with the same position takes the place of the one before. A chunk may go when <paramref name="MaxDay"/> is out of the late window.</summary>
public readonly record struct IdChunk(long Position, int MaxDay, ReadOnlyMemory<byte> Ids);

/// <summary>User to account, the last one stands.</summary>
public readonly record struct DirectoryEntry(string User, string Account);

/// <summary>
/// What has changed in a partition since its last checkpoint, as of one position: written in one transaction, or not at all.
/// </summary>
public sealed class Checkpoint
{
    public required int Partition { get; init; }

    /// <summary>Of the owner; an older one is refused (<see cref="FencedException"/>).</summary>
    public required long Epoch { get; init; }

    /// <summary>Every record up to here is in it.</summary>
    public required long Position { get; init; }

    /// <summary>The partition machine's own versioned head; opaque to the store.</summary>
    public required ReadOnlyMemory<byte> Head { get; init; }

    /// <summary>
    /// It is whole: everything that the store holds of the partition goes, and this takes its place. What is there may be damaged, or of another journal.
    /// </summary>
    public bool Replaces { get; init; }
    public IReadOnlyList<StoredAccount> Accounts { get; init; } = [];

    /// <summary>In the order of their sequences, without a gap.</summary>
    public IReadOnlyList<WrittenChange> Changes { get; init; } = [];
    public IReadOnlyList<IdChunk> Ids { get; init; } = [];

    /// <summary>Id chunks whose <see cref="IdChunk.MaxDay"/> is smaller go.</summary>
    public int DropIdsBeforeDay { get; init; } = int.MinValue;
    public IReadOnlyList<DirectoryEntry> Directory { get; init; } = [];
}

/// <summary>Where a partition's recovery starts. Accounts, ids and directory come through the visitor.</summary>
public sealed record LoadedCheckpoint(long Position, ReadOnlyMemory<byte> Head, long LastSequence);

/// <summary>Takes what is loaded; memory is valid during the call only.</summary>
public interface ISnapshotVisitor
{
    void Account(StoredAccount account);

    void Ids(IdChunk chunk);

    void Directory(DirectoryEntry entry);
}

/// <summary>
/// Partition checkpoints: account states, remembered ids, the directory, and the durable feed of changes. Everything here can be made again from the journal.
/// Each state carries a checksum: damage is a <see cref="SnapshotDamagedException"/> that names the account's number. Other failures of the store are a
/// <see cref="SnapshotException"/>. Thread-safe.
/// </summary>
public interface ISnapshots : IAsyncDisposable
{
    /// <summary>Opens the store (makes it if new).</summary>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Makes the caller the partition's owner; earlier owners are fenced off. Returns its epoch.</summary>
    ValueTask<long> AcquireAsync(int partition, CancellationToken cancellationToken);

    /// <summary>Null: no checkpoint yet. Calls the visitor for accounts (any order), id chunks (oldest first) and directory.</summary>
    ValueTask<LoadedCheckpoint?> LoadAsync(int partition, ISnapshotVisitor visitor, CancellationToken cancellationToken);

    /// <summary>Idempotent: changes with a sequence that is stored already are left as they are.</summary>
    ValueTask PersistAsync(Checkpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>Stored changes of one account, newest first, with a sequence below <paramref name="before"/>.</summary>
    ValueTask<IReadOnlyList<StoredChange>> HistoryAsync(int partition, ulong accountHash, long before, int limit, CancellationToken cancellationToken);

    /// <summary>Stored changes of a partition with a sequence above <paramref name="after"/>, in order.</summary>
    ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken);
}

public sealed class FencedException(string message) : Exception(message);

/// <summary>The store failed; nothing of the call may be taken as stored or as not stored.</summary>
public class SnapshotException(string message, Exception? inner = null) : Exception(message, inner);

public sealed class SnapshotDamagedException(string message, Exception? inner = null) : SnapshotException(message, inner);
