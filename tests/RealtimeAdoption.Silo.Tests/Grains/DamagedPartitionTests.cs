using Microsoft.Extensions.DependencyInjection;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Tests.Grains;

public sealed class DamagedPartitionTests
{
    private const int Damaged = 3;

    [Fact]
    public async Task A_partition_whose_journal_is_damaged_is_named_to_whoever_asks_and_told_once_while_the_others_go_on()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 2);
        var workload = new Workload(11);
        await cluster.SendAsync(0, workload.Next(400, cluster.Clock.NowMs));
        await cluster.AssertIsReplayAsync();
        await cluster.StopAsync();
        // Its checkpoint, too: all of the journal is read.
        await cluster.ExecuteAsync($"UPDATE adoption.segments SET checksum = checksum + 1 WHERE partition = {Damaged}");
        await cluster.ExecuteAsync($"UPDATE adoption.accounts SET checksum = checksum + 1 WHERE partition = {Damaged}");
        var before = cluster.Log.Lines.Count;

        await cluster.StartAsync(silos: 2);
        for (var silo = 0; silo < 2; silo++)
        {
            var host = cluster.NewHost(cluster.Cluster.Silos[silo]);
            var thrown = await Record.ExceptionAsync(() => host.StartAsync(default));
            var refused = thrown as JournalDamagedException;
            Assert.True(refused is not null, $"{thrown}\n{string.Join('\n', cluster.Log.Lines.Skip(before))}");
            Assert.Contains($"Partition {Damaged} is damaged", refused.Message, StringComparison.Ordinal);
            Assert.Equal((false, refused.Message), (host.Status.Ready, host.Status.Detail));
            await host.DisposeAsync();
            var partition = GrainCluster.ServicesOf(cluster.Cluster.Silos[silo]).GetRequiredService<IGrainFactory>().GetGrain<IPartitionGrain>(Damaged);
            for (var i = 0; i < 20; i++) await Assert.ThrowsAsync<JournalDamagedException>(() => partition.Place());
        }

        foreach (var other in Enumerable.Range(0, GrainCluster.Partitions).Where(other => other != Damaged)) Assert.True((await cluster.Partition(other).CatchUp()).Applied > 0);
        Assert.Single(cluster.Log.Lines.Skip(before), line => line.StartsWith("Critical", StringComparison.Ordinal));
    }
}
