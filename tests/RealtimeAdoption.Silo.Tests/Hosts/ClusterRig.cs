using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Tests.Grains;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Hosts;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Silo.Tests.Hosts;

/// <summary>Some silos as one host: each request goes to another one.</summary>
/// <param name="silos">How many.</param>
internal sealed class ClusterRig(int silos) : IHostRig
{
    private readonly GrainCluster cluster = new();
    private ClusterHost[] hosts = [];
    private int asked;

    public IScoringHost Host => hosts[(int)((uint)Interlocked.Increment(ref asked) % hosts.Length)];

    public IReadOnlyList<ClusterHost> Hosts => hosts;

    public GrainCluster Cluster => cluster;

    public HandClock Clock => cluster.Clock;

    public async Task StartAsync()
    {
        await cluster.StartAsync(silos);
        hosts = [.. cluster.Cluster.Silos.Select(cluster.NewHost)];
        await Task.WhenAll(hosts.Select(host => host.StartAsync(default)));
    }

    public async Task StopAsync()
    {
        foreach (var host in hosts) await host.DisposeAsync();
        hosts = [];
        await cluster.StopAsync();
    }

    public Task SettleAsync() => Task.WhenAll(Enumerable.Range(0, GrainCluster.Partitions).Select(partition => cluster.Partition(partition).OpenDay()));

    public IntakeBatch Batch(IEnumerable<Send> sends)
    {
        var batch = new IntakeBatch(GrainCluster.Partitions);
        foreach (var send in sends)
        {
            var offset = batch.Records.Length;
            SendDraft.Begin(batch.Records, send, Host.Identity.IdSeed);
            batch.End(offset);
        }

        return batch;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await cluster.DisposeAsync();
    }
}
