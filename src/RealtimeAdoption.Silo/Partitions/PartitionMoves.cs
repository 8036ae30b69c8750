using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Streams;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>
/// Hands those of this silo's partitions that belong to another one over to it, once the cluster's silos have been the same for a while: one after the other, each as soon as the one before answers from there. What belongs where is a
/// function of the list of silos, so two never disagree for long. What fails is not tried again before that list is another. Works while the silo is active.
/// </summary>
/// <param name="house">Of the silo.</param>
/// <param name="grains">Of the silo.</param>
/// <param name="membership">Of the silo.</param>
/// <param name="places">Of the silo.</param>
/// <param name="local">The silo.</param>
internal sealed class PartitionMoves(
    SiloHouse house, IGrainFactory grains, IClusterMembershipService membership, PartitionPlaces places, ILocalSiloDetails local) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;
    // Until the list of silos is another: those that did not begin what they were given, and partitions that could not be handed over.
    private readonly HashSet<SiloAddress> failed = [];
    private readonly HashSet<int> staying = [];
    private HashSet<SiloAddress> silos = [];
    private long sinceMs;

    void ILifecycleParticipant<ISiloLifecycle>.Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(PartitionMoves),
        ServiceLifecycleStage.Active,
        _ =>
        {
            running = Task.Run(RunAsync, CancellationToken.None);
            return Task.CompletedTask;
        },
        async _ =>
        {
            await stop.CancelAsync();
            await running;
        });

    public void Dispose() => stop.Dispose();

    private async Task RunAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Look, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested || !IsSettled() || Misplaced() is not { } move) continue;
            try
            {
                await MoveAsync(move.Partition, move.Epoch, move.To);
            }
            catch (Exception error)
            {
                if (stop.IsCancellationRequested) return;
                house.Logger.LogWarning("Partition {Partition} was to be handed over to {Silo}: {Reason}", move.Partition, move.To, error.Message);
            }
        }
    }

    private bool IsSettled()
    {
        var now = membership.CurrentSnapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress).ToHashSet();
        if (now.SetEquals(silos)) return now.Contains(local.SiloAddress) && Environment.TickCount64 - sinceMs >= house.Owner.MoveAfterSeconds * 1000L;
        (silos, sinceMs) = (now, Environment.TickCount64);
        failed.Clear();
        staying.Clear();
        return false;
    }

    private (int Partition, long Epoch, SiloAddress To)? Misplaced()
    {
        foreach (var share in house.Shares.Read().Shares)
        {
            var to = places.Of(share.Partition, [.. silos]);
            if (!to.Equals(local.SiloAddress) && !failed.Contains(to) && !staying.Contains(share.Partition) && HasStood(to)) return (share.Partition, share.Epoch, to);
        }

        return null;
    }

    private bool HasStood(SiloAddress silo) =>
        Environment.TickCount64 - sinceMs >= MovePatience.Of(silo, membership.CurrentSnapshot.Members.Keys, TimeSpan.FromSeconds(house.Owner.MoveAfterSeconds)).TotalMilliseconds;

    private async Task MoveAsync(int partition, long epoch, SiloAddress to)
    {
        house.Logger.LogInformation("Partition {Partition} is handed over to {Silo}, which has its queue", partition, to);
        var grain = grains.GetGrain<IPartitionGrain>(partition);
        staying.Add(partition);
        await grain.HandOver().WaitAsync(stop.Token);
        staying.Remove(partition);
        // A silo that does not begin this one is given no other.
        failed.Add(to);
        var place = await Patience.AskAsync(() => grain.Place(), stop.Token);
        if (place.Epoch == epoch || house.Shares.Read().Shares.Any(share => share.Partition == partition)) throw new InvalidOperationException("It has begun here again.");
        failed.Remove(to);
    }
}

/// <summary>Puts it into a silo.</summary>
public static class PartitionMovesExtensions
{
    /// <summary>Needs a <see cref="SiloHouse"/> and <see cref="UsageStreams"/>.</summary>
    public static ISiloBuilder AddPartitionMoves(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PartitionMoves>();
        return silo;
    }
}
