using Orleans.Runtime;
using Orleans.TestingHost;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Reference;
using StableHash = RealtimeAdoption.Scoring.Records.StableHash;

namespace RealtimeAdoption.Silo.Tests.Fleet;

/// <summary>What becomes of a model's activation when its coordinator is lost, or there were two.</summary>
public sealed class ModelCoordinatorTests(ITestOutputHelper output)
{
    [Fact]
    public async Task An_activation_whose_coordinators_silo_is_killed_is_brought_to_its_end_by_another()
    {
        await using var cluster = new FleetCluster();
        var hosts = await StartAsync(cluster);
        var coordinator = await SiloOfModelsAsync(cluster);
        var asked = hosts.First(host => host.Key != coordinator).Value;

        var start = await asked.ActivateModelAsync(Other(40), "dana", default);
        Assert.Equal(ModelChangeOutcome.Begun, start.Outcome);
        await cluster.Cluster.KillSiloAsync(coordinator);
        await start.Completion!.WaitAsync(FleetCluster.Patience);

        await AssertAllLiveByAsync(cluster, Other(40));
        foreach (var host in hosts.Where(host => host.Key != coordinator).Select(host => host.Value))
        {
            await UntilAsync(() => Task.FromResult(host.ModelText == Other(40) && host.Activation is null), "A silo does not know of the end.");
            Assert.Equal(ModelChangeOutcome.Unchanged, (await host.ActivateModelAsync(Other(40), "dana", default)).Outcome);
        }

        // And the next one is as any other.
        await (await asked.ActivateModelAsync(Other(41), "dana", default)).Completion!.WaitAsync(FleetCluster.Patience);
        await AssertAllLiveByAsync(cluster, Other(41));
    }

    [Fact]
    public async Task Partitions_that_two_coordinators_have_brought_to_two_models_live_by_one_in_the_end_and_by_the_later_one_where_there_is_one()
    {
        await using var cluster = new FleetCluster();
        var hosts = await StartAsync(cluster);
        var coordinator = await SiloOfModelsAsync(cluster);
        var asked = hosts.First(host => host.Key != coordinator).Value;

        // By one that this one has not heard of, with the number that it gives next.
        await BringAsync(cluster, [0], Other(40), generation: 1);
        var start = await asked.ActivateModelAsync(Other(41), "dana", default);
        await start.Completion!.WaitAsync(FleetCluster.Patience);
        await AssertAllLiveByAsync(cluster, Other(41));

        // By one that has been through an activation more.
        await BringAsync(cluster, [0], Other(44), (await ModelsAsync(cluster)).Max(partition => partition.Generation) + 2);
        start = await asked.ActivateModelAsync(Other(45), "dana", default);
        if (start.Outcome == ModelChangeOutcome.Begun) await start.Completion!.WaitAsync(FleetCluster.Patience);
        else Assert.Equal(ModelChangeOutcome.Busy, start.Outcome);
        await UntilAsync(() => Task.FromResult(hosts.Values.All(host => host.Activation is null && host.ModelText == Other(44))), "The silos do not know of the later one.");
        await AssertAllLiveByAsync(cluster, Other(44));

        // Both are gone, and each has brought some all the way.
        var next = (await ModelsAsync(cluster)).Max(partition => partition.Generation) + 1;
        await BringAsync(cluster, [1, 2, 5], Other(42), next);
        await BringAsync(cluster, [0, 3, 4, 6, 7], Other(43), next);
        await cluster.Cluster.KillSiloAsync(coordinator);
        await UntilAsync(async () => (await ModelsAsync(cluster)).DistinctBy(partition => partition.Model).Count() == 1, "The partitions live by two models.");
        var one = (await ModelsAsync(cluster))[0].Model;
        Assert.Contains(one, new[] { StableHash.Of(Other(42)), StableHash.Of(Other(43)) });
        await UntilAsync(() => Task.FromResult(StableHash.Of(asked.ModelText) == one && asked.Activation is null), "A silo does not know of it.");
    }

    private static string Other(int contacts) => SampleModel.Text
        .Replace("at_least: 25, within_days: 30", $"at_least: {contacts}, within_days: 30", StringComparison.Ordinal)
        .Replace("\"2026-11\"", $"\"at-{contacts}\"", StringComparison.Ordinal);

    private static async Task<Dictionary<SiloHandle, ClusterHost>> StartAsync(FleetCluster cluster)
    {
        await cluster.StartAsync(silos: 3);
        for (var i = 0; i < 40; i++)
            await cluster.SendAsync(i % 3, Enumerable.Range(0, 30).Select(event_ => new Send { MessageId = $"m{i}-{event_}", Account = $"account-{i}", User = "dana", Name = "Contact Created", ReceivedAtMs = FleetCluster.Start }));
        var hosts = cluster.Cluster.Silos.ToDictionary(silo => silo, cluster.HostOf);
        await Task.WhenAll(hosts.Values.Select(host => host.StartAsync(default)));
        return hosts;
    }

    private static async Task<SiloHandle> SiloOfModelsAsync(FleetCluster cluster)
    {
        var address = await cluster.Cluster.GrainFactory.GetGrain<IManagementGrain>(0).GetActivationAddress(cluster.Cluster.GrainFactory.GetGrain<IModelGrain>(0));
        return cluster.Cluster.Silos.Single(silo => silo.SiloAddress.Equals(address));
    }

    private static async Task BringAsync(FleetCluster cluster, int[] partitions, string text, int generation)
    {
        foreach (var partition in partitions)
            await UntilAsync(async () => (await Partition(cluster, partition).BringForward(text, generation, "another")).Model == StableHash.Of(text), $"Partition {partition} does not get there.");
    }

    private async Task AssertAllLiveByAsync(FleetCluster cluster, string text)
    {
        var models = await ModelsAsync(cluster);
        output.WriteLine(string.Join(", ", models.Select(partition => $"{partition.Generation}")));
        Assert.All(models, partition => Assert.Equal((StableHash.Of(text), null), (partition.Model, partition.Next)));
    }

    private static Task<PartitionModel[]> ModelsAsync(FleetCluster cluster) =>
        Task.WhenAll(Enumerable.Range(0, FleetCluster.Partitions).Select(partition => Patience.AskAsync(() => Partition(cluster, partition).Model(), CancellationToken.None)));

    private static IPartitionGrain Partition(FleetCluster cluster, int index) => cluster.Grains.GetGrain<IPartitionGrain>(index);

    private static async Task UntilAsync(Func<Task<bool>> isSo, string otherwise)
    {
        using var patience = new CancellationTokenSource(FleetCluster.Patience);
        while (!await IsSoAsync())
        {
            Assert.False(patience.IsCancellationRequested, otherwise);
            await Task.Delay(20);
        }

        // What was on a killed silo may be asked for in vain for longer than a caller would wait.
        async Task<bool> IsSoAsync()
        {
            try
            {
                return await isSo();
            }
            catch (HostUnavailableException)
            {
                return false;
            }
        }
    }
}
