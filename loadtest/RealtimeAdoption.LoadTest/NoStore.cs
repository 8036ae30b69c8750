using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.LoadTest;

/// <summary>A journal that is always done and keeps nothing: what is measured is the work in memory. Nothing can be read from it, so nothing may be rebuilt.</summary>
public sealed class NoJournal : IJournal
{
    private long[] heads = [];

    public ValueTask<StoreIdentity> OpenAsync(int partitionsIfNew, CancellationToken cancellationToken)
    {
        heads = new long[partitionsIfNew];
        return new(new StoreIdentity(partitionsIfNew, 42));
    }

    public ValueTask<long[]> HeadsAsync(CancellationToken cancellationToken) => new([.. heads]);

    public ValueTask CommitAsync(IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        foreach (var segment in segments) heads[segment.Partition] = segment.LastPosition;
        return default;
    }

    public async IAsyncEnumerable<Segment> ReadAsync(int partition, long after, long through, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        if (through > after) throw new JournalException("This journal keeps nothing.");
        yield break;
    }

    public ValueTask DisposeAsync() => default;
}

/// <summary>Takes every checkpoint, so that a partition need not keep its changes for ever, and keeps none.</summary>
public sealed class NoSnapshots : ISnapshots
{
    private long changes;

    /// <summary>That were in the checkpoints.</summary>
    public long Changes => Volatile.Read(ref changes);

    public ValueTask OpenAsync(CancellationToken cancellationToken) => default;

    public ValueTask<long> AcquireAsync(int partition, CancellationToken cancellationToken) => new(1L);

    public ValueTask<LoadedCheckpoint?> LoadAsync(int partition, ISnapshotVisitor visitor, CancellationToken cancellationToken) => new((LoadedCheckpoint?)null);

    public ValueTask PersistAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref changes, checkpoint.Changes.Count);
        return default;
    }

    public ValueTask<IReadOnlyList<StoredChange>> HistoryAsync(int partition, ulong accountHash, long before, int limit, CancellationToken cancellationToken) => new([]);

    public ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) => new([]);

    public ValueTask DisposeAsync() => default;
}
