using Orleans.Concurrency;
using Orleans.Placement;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Accounts;

/// <summary>
/// A <see cref="RemoteAccount"/> with an address. It begins in the silo of its partition, which calls it first, keeps nothing that its partition could not compute again, and so may go at any time.
/// </summary>
/// <param name="house">Of the silo.</param>
[PreferLocalPlacement]
[CollectionAgeLimit(Minutes = 5)]
public sealed class AccountGrain(SiloHouse house) : Grain, IAccountGrain
{
    private readonly RemoteAccount account = new(hash => house.ModelOf(hash)!);

    public async Task<Immutable<byte[]>> Take(Immutable<byte[]> call)
    {
        var asked = AccountCall.Of(call.Value);
        if (asked.State is not null && house.ModelOf(asked.Model) is null) house.ModelOf(await GrainFactory.GetGrain<IPartitionGrain>(asked.Partition).ModelText());
        // The partition has gone on to another model meanwhile: it has taken the state back, and waits for no answer.
        if (asked.State is not null && house.ModelOf(asked.Model) is null) throw new InvalidOperationException($"Partition {asked.Partition} has another model by now.");
        return account.Take(asked).ToBytes().AsImmutable();
    }
}
