using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Engine.Host;

/// <summary>What each partition has to say, wherever it lives, as of everything that was acknowledged before it is asked. Those that ask all partitions ask them beside each other. Thread-safe.</summary>
public interface IPartitionParts
{
    /// <summary>Of each partition <see cref="Partition.Rows"/>.</summary>
    Task<IReadOnlyList<IReadOnlyList<FleetRow>>> RowsAsync(AccountQuery query, CancellationToken cancellationToken);

    /// <summary>Of each partition <see cref="Partition.Alerts"/>.</summary>
    Task<IReadOnlyList<IReadOnlyList<FleetAlert>>> AlertsAsync(AlertQuery query, CancellationToken cancellationToken);

    /// <summary>Of each partition <see cref="Partition.AlertStorms"/>.</summary>
    Task<IReadOnlyList<AlertStorms>> StormsAsync(AlertQuery query, CancellationToken cancellationToken);

    /// <summary>Of each partition <see cref="Partition.Quarantined"/>.</summary>
    Task<IReadOnlyList<IReadOnlyList<QuarantinedRecord>>> QuarantinedAsync(CancellationToken cancellationToken);

    Task<ScoreMovers> MoversAsync(int partition, CancellationToken cancellationToken);

    /// <summary>Of an account's changes those that no store has yet; null: no such account.</summary>
    Task<IReadOnlyList<StoredChange>?> FreshHistoryAsync(int partition, string account, long before, int limit, CancellationToken cancellationToken);

    /// <summary>Of a partition's changes those that no store has yet.</summary>
    Task<IReadOnlyList<StoredChange>> FreshFeedAsync(int partition, long after, int limit, CancellationToken cancellationToken);
}
