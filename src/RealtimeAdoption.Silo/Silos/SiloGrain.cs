using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Silo.Users;

namespace RealtimeAdoption.Silo.Silos;

/// <summary>Is called with its silo as the place where it should be. One that began elsewhere, because its silo was not known there yet or is gone, goes and refuses.</summary>
/// <param name="house">Of the silo.</param>
/// <param name="here">The silo.</param>
[Reentrant]
[PreferLocalPlacement]
public sealed class SiloGrain(SiloHouse house, ILocalSiloDetails here) : Grain, ISiloGrain
{
    public Task Learn(DirectoryNews news) => Do(() => house.Directory.Learn(news));

    public Task TakeModels(ModelsNews news) => Do(() => house.InForce.Take(news));

    private Task Do(Action action)
    {
        if (this.GetPrimaryKeyString() == here.SiloAddress.ToParsableString())
        {
            action();
            return Task.CompletedTask;
        }

        DeactivateOnIdle();
        throw new InvalidOperationException($"This is {here.SiloAddress}, not {this.GetPrimaryKeyString()}.");
    }
}
