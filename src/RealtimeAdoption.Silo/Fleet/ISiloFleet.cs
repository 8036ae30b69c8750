using RealtimeAdoption.Engine.Fleet;

namespace RealtimeAdoption.Silo.Fleet;

/// <summary>The whole fleet as this silo knows it. Thread-safe.</summary>
public interface ISiloFleet
{
    /// <summary>What a person should know of how true the fleet is, one sentence: a partition that nothing is heard of, a board that is not reached. Null: nothing.</summary>
    string? Trouble { get; }

    /// <summary>The fleet now, merged from all partitions, without its news. Never waits. Before the first time that all partitions were heard of: nothing, with version 0.</summary>
    FleetState Read();

    /// <summary>Completes when the fleet has changed since the given version.</summary>
    Task ChangedAsync(long sinceVersion, CancellationToken cancellationToken);
}
