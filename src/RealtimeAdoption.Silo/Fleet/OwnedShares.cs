using RealtimeAdoption.Engine.Fleet;

namespace RealtimeAdoption.Silo.Fleet;

/// <summary>The shares of the partitions that have their owners in this silo, as of now. Thread-safe.</summary>
public sealed class OwnedShares
{
    private readonly ChangeSignal signal = new();
    private readonly Dictionary<int, PartitionShare> shares = [];

    public void Publish(PartitionShare share)
    {
        ArgumentNullException.ThrowIfNull(share);
        signal.Tell(() => shares[share.Partition] = share);
    }

    /// <summary>The owner is over: this silo says nothing of the partition any more.</summary>
    public void Remove(int partition, long epoch) => signal.Under(_ => shares.TryGetValue(partition, out var share) && share.Epoch == epoch && shares.Remove(partition));

    /// <summary>Wakes who waits for a change.</summary>
    public void Touch() => signal.Tell(static () => { });

    public (long Version, IReadOnlyList<PartitionShare> Shares) Read() => signal.Under<(long, IReadOnlyList<PartitionShare>)>(version => (version, [.. shares.Values]));

    /// <summary>Completes when something has changed since the given version.</summary>
    public Task ChangedAsync(long sinceVersion) => signal.ChangedAsync(sinceVersion);
}
