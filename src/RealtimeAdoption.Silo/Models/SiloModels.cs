using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Models;

/// <summary>The models that this silo has met. A text is fetched from a partition that lives by it, and compiled once. Thread-safe.</summary>
/// <param name="house">Of the silo.</param>
/// <param name="grains">Of the silo.</param>
internal sealed class SiloModels(SiloHouse house, IGrainFactory grains)
{
    /// <summary>Null: the partition lives by another model by now, so what was read of it must be read again.</summary>
    public async ValueTask<CompiledModel?> OfAsync(ulong hash, int partition, CancellationToken cancellationToken = default)
    {
        if (house.ModelOf(hash) is { } known) return known;
        house.ModelOf(await Patience.AskAsync(() => grains.GetGrain<IPartitionGrain>(partition).ModelText(), cancellationToken));
        return house.ModelOf(hash);
    }
}
