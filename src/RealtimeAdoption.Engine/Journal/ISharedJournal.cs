using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Engine.Journal;

/// <summary>Where a partition's journal ends: all that is needed to append to it.</summary>
/// <param name="Partition">0 and up.</param>
/// <param name="Position">Of its last record; 0: it is empty.</param>
/// <param name="ReceivedAtMs">Receipt of that record, Unix ms; 0: it is empty.</param>
public readonly record struct JournalEnd(int Partition, long Position, long ReceivedAtMs);

/// <summary>What is appended comes from a partition's owner, and is refused where the partition has a later one (<see cref="ISnapshots.AcquireAsync"/>).</summary>
public readonly record struct AppendFence(int Partition, long Epoch);

/// <summary>
/// A journal to which many append, each told where the partitions end: so positions are contiguous whoever appends, and what is appended can be stamped by what stands before it. Everyone hears of each append. Thread-safe.
/// </summary>
public interface ISharedJournal : IJournal
{
    /// <summary>Completes when a partition's journal is known to reach beyond a position: at once after an append of this process, soon after one of another.</summary>
    Task BeyondAsync(int partition, long position, CancellationToken cancellationToken);

    /// <summary>How far a partition's journal is known to reach, without asking the store.</summary>
    long KnownEnd(int partition);

    /// <summary>
    /// As <see cref="IJournal.ReadAsync"/> to the journal's end, for who takes what comes: what this process has appended itself may come out of its memory. What is to be checked, or begun with, is read from the store.
    /// </summary>
    IAsyncEnumerable<Segment> ReadOnAsync(int partition, long after, CancellationToken cancellationToken);

    /// <summary>Appends to some partitions in one commit: durable, and heard of by everybody, when it returns.</summary>
    /// <param name="partitions">Whose journals are taken, until it returns; no other one may be appended to.</param>
    /// <param name="write">Is given where they end, in the order of their numbers, and gives what follows on; their memory must hold until this returns. Nothing: nothing is done. May be called again, where others have gone before after a failure.</param>
    /// <param name="fence">Null: whoever appends may.</param>
    /// <param name="cancellationToken">Ends the waiting for the turn.</param>
    /// <exception cref="FencedException">The fence's partition has a later owner.</exception>
    /// <exception cref="JournalException">Nothing is appended, or it is not known whether it is.</exception>
    ValueTask AppendAsync(IReadOnlyList<int> partitions, Func<IReadOnlyList<JournalEnd>, IReadOnlyList<Segment>> write, AppendFence? fence, CancellationToken cancellationToken);
}
