namespace RealtimeAdoption.Engine.Journal;

/// <summary>What a store is for good: fixed when it is first opened.</summary>
/// <param name="Partitions">Number of partitions.</param>
/// <param name="IdSeed">Secret seed of the fingerprints of message ids.</param>
public sealed record StoreIdentity(int Partitions, ulong IdSeed);

/// <summary>A run of records of one partition with contiguous positions, committed as one blob.</summary>
/// <param name="Partition">0 and up.</param>
/// <param name="FirstPosition">Of the first record; positions start at 1.</param>
/// <param name="Count">Number of records.</param>
/// <param name="Records">The records, one behind the other, each starting with its length.</param>
public readonly record struct Segment(int Partition, long FirstPosition, int Count, ReadOnlyMemory<byte> Records)
{
    public long LastPosition => FirstPosition + Count - 1;
}

/// <summary>
/// The durable, ordered, partitioned log. Commit is atomic over its segments and durable when it returns; it refuses positions that do not
/// follow on. Reads give whole segments in order. Thread-safe; at most one commit at a time does work, others wait.
/// Failures: <see cref="JournalException"/>, after which nothing of the commit may be taken as stored or as not stored until the head is read again.
/// A damaged segment is a <see cref="JournalDamagedException"/> that names it. An owner from whom another process has taken the journal over gets
/// <see cref="Snapshots.FencedException"/> from then on, and must stop.
/// </summary>
public interface IJournal : IAsyncDisposable
{
    /// <summary>Opens the store, or makes it with so many partitions. Refuses a store that another process holds.</summary>
    ValueTask<StoreIdentity> OpenAsync(int partitionsIfNew, CancellationToken cancellationToken);

    /// <summary>The last committed position of each partition, 0 where it is empty.</summary>
    ValueTask<long[]> HeadsAsync(CancellationToken cancellationToken);

    ValueTask CommitAsync(IReadOnlyList<Segment> segments, CancellationToken cancellationToken);

    /// <summary>The segments that hold positions in (after, through]. The first and last may reach beyond. A segment's memory is valid until the next one is asked for.</summary>
    IAsyncEnumerable<Segment> ReadAsync(int partition, long after, long through, CancellationToken cancellationToken);
}

public class JournalException : Exception
{
    public JournalException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

public sealed class JournalDamagedException(string message) : JournalException(message);
