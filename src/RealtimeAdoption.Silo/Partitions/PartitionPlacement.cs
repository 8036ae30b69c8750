using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using RealtimeAdoption.Silo.Streams;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>A partition's grain begins where its queue is, whoever calls it first: partitions are even over the silos as queues are.</summary>
[Serializable]
[GenerateSerializer]
[Immutable]
public sealed class PartitionPlacement : PlacementStrategy;

/// <summary>Of the class of grains that are partitions.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PartitionPlacementAttribute() : PlacementAttribute(new PartitionPlacement());

/// <summary>Does so.</summary>
internal sealed class PartitionPlacementDirector(PartitionPlaces places) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
        Task.FromResult(places.Of((int)target.GrainIdentity.GetIntegerKey(), context.GetCompatibleSilos(target)));
}

/// <summary>Where each partition belongs, computed once for the same silos. Thread-safe.</summary>
/// <param name="house">Of the silo.</param>
internal sealed class PartitionPlaces(SiloHouse house)
{
    private volatile Spread spread = new([], []);

    private sealed record Spread(SiloAddress[] Silos, SiloAddress[] Of);

    /// <param name="partition">0 and up.</param>
    /// <param name="silos">Those that there are; one at least.</param>
    public SiloAddress Of(int partition, SiloAddress[] silos)
    {
        var known = spread;
        if (!known.Silos.AsSpan().SequenceEqual(silos)) spread = known = new Spread(silos, PartitionSpread.Of(house.Identity.Partitions, silos));
        return known.Of[partition];
    }
}
