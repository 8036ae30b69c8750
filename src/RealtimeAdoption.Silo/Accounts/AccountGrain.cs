using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Accounts;

/// <summary>
/// A <see cref="RemoteAccount"/> with an address. It begins in the silo of its partition, which calls it first, follows that to another one, keeps nothing that its partition could not compute again, and so may go at any time.
/// </summary>
/// <param name="house">Of the silo.</param>
[PreferLocalPlacement]
[CollectionAgeLimit(Minutes = 5)]
public sealed class AccountGrain(SiloHouse house) : Grain, IAccountGrain
{
    private readonly RemoteAccount account = new(hash => house.ModelOf(hash)!);

    public Task<Immutable<AccountReply>> Take(Immutable<AccountCall> call)
    {
        // An owner that calls for the first time: its partition was here, and each call would go there and back for as long as the account is busy.
        if (call.Value is { IsFromElsewhere: true, State: not null } && HasLeft(call.Value.Partition)) return Task.FromResult(new AccountReply { Number = call.Value.Number, Outcome = AccountOutcome.Gap }.AsImmutable());
        var isOfNewModel = call.Value.State is not null && house.ModelOf(call.Value.Model) is null;
        return isOfNewModel ? LearnAndTakeAsync(call.Value) : Task.FromResult(account.Take(call.Value).AsImmutable());
    }

    private bool HasLeft(int partition)
    {
        var members = ServiceProvider.GetRequiredService<IClusterMembershipService>().CurrentSnapshot.Members.Values;
        SiloAddress[] silos = [.. members.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress)];
        var here = ServiceProvider.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        if (silos.Length == 0 || ServiceProvider.GetRequiredService<PartitionPlaces>().Of(partition, silos) is var there && there.Equals(here)) return false;
        RequestContext.Set(IPlacementDirector.PlacementHintKey, there);
        MigrateOnIdle();
        RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        return true;
    }

    private async Task<Immutable<AccountReply>> LearnAndTakeAsync(AccountCall call)
    {
        house.ModelOf(await GrainFactory.GetGrain<IPartitionGrain>(call.Partition).ModelText());
        // The partition has gone on to another model meanwhile: it has taken the state back, and waits for no answer.
        if (house.ModelOf(call.Model) is null) throw new InvalidOperationException($"Partition {call.Partition} has another model by now.");
        return account.Take(call).AsImmutable();
    }
}
