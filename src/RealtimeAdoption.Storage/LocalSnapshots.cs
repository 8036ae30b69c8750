using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Storage;

/// <summary>Checkpoints beside a <see cref="LocalSharedJournal"/>, which learns from here who owns a partition.</summary>
/// <param name="inner">Disposed with this.</param>
/// <param name="journal">Open before a partition is acquired.</param>
public sealed class LocalSnapshots(ISnapshots inner, LocalSharedJournal journal) : ISnapshots
{
    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken) => inner.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<long> AcquireAsync(int partition, CancellationToken cancellationToken)
    {
        var epoch = await inner.AcquireAsync(partition, cancellationToken);
        await journal.OwnAsync(partition, epoch);
        return epoch;
    }

    /// <inheritdoc/>
    public ValueTask<LoadedCheckpoint?> LoadAsync(int partition, ISnapshotVisitor visitor, CancellationToken cancellationToken) => inner.LoadAsync(partition, visitor, cancellationToken);

    /// <inheritdoc/>
    public ValueTask PersistAsync(Checkpoint checkpoint, CancellationToken cancellationToken) => inner.PersistAsync(checkpoint, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredChange>> HistoryAsync(int partition, ulong accountHash, long before, int limit, CancellationToken cancellationToken) =>
        inner.HistoryAsync(partition, accountHash, before, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) => inner.FeedAsync(partition, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
