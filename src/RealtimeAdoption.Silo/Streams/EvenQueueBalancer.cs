using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Streams;

namespace RealtimeAdoption.Silo.Streams;

/// <summary>
/// Gives each silo its share of the queues (<see cref="PartitionSpread"/>). While two silos see different lists a queue may have two agents, or none for a moment: what is brought twice is passed over.
/// <para>Orleans' own: the ring gives three silos 2, 5 and 9 of 16 queues; the deployment's wants the names of all silos beforehand; the leases' wants a lease provider.</para>
/// </summary>
internal sealed class EvenQueueBalancer(IServiceProvider services, ILogger<EvenQueueBalancer> logger) : QueueBalancerBase(services, logger), IStreamQueueBalancer
{
    private QueueId[] all = [];
    private volatile QueueId[] mine = [];

    public override Task Initialize(IStreamQueueMapper queueMapper)
    {
        all = [.. queueMapper.GetAllQueues()];
        return base.Initialize(queueMapper);
    }

    public override IEnumerable<QueueId> GetMyQueues() => mine;

    protected override void OnClusterMembershipChange(HashSet<SiloAddress> activeSilos)
    {
        mine = activeSilos.Contains(SiloAddress) ? MineOf(PartitionSpread.Of(all.Length, activeSilos)) : [];
        _ = TellAsync();
    }

    private QueueId[] MineOf(SiloAddress[] silos) => [.. all.Where(queue => silos[PartitionStreams.PartitionOf(queue)].Equals(SiloAddress))];

    private async Task TellAsync()
    {
        try
        {
            await NotifyListeners();
        }
        catch (Exception error)
        {
            Logger.LogWarning(error, "The silo's queues could not be taken.");
        }
    }
}
