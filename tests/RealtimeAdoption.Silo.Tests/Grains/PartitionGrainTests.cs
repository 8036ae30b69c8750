using Orleans.Runtime;

namespace RealtimeAdoption.Silo.Tests.Grains;

public sealed class PartitionGrainTests
{
    private const long DayMs = 86_400_000;

    [Fact]
    public async Task What_any_silo_takes_is_answered_by_any_other_as_a_replay_of_the_journal_has_it()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 3);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(silo => Task.Run(async () =>
        {
            var workload = new Workload(silo + 1);
            for (var i = 0; i < 30; i++) await cluster.SendAsync(silo, workload.Next(40, cluster.Clock.NowMs));
        })));

        await cluster.AssertIsReplayAsync();
        // The accounts' grains had their share in it.
        var grains = await cluster.Cluster.GrainFactory.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        var accounts = grains.Where(grain => grain.GrainType.Contains("AccountGrain", StringComparison.Ordinal)).Sum(grain => grain.ActivationCount);
        Assert.True(accounts > 0, string.Join(", ", grains.Select(grain => $"{grain.GrainType} {grain.ActivationCount}")));
    }

    [Fact]
    public async Task An_account_is_answered_with_everything_that_was_acknowledged_before()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 3);
        var positions = new Dictionary<int, long>();
        var workload = new Workload(5);
        for (var i = 0; i < 40; i++)
        {
            var sends = workload.Next(1, cluster.Clock.NowMs);
            await cluster.SendAsync(i % 3, sends);
            var index = cluster.Houses[0].PartitionOf(sends[0].Account);
            Assert.NotNull(await cluster.Partition(index).Account(sends[0].Account));
            var place = await cluster.Partition(index).CatchUp();
            Assert.True(place.Applied > positions.GetValueOrDefault(index));
            positions[index] = place.Applied;
        }

        Assert.Null(await cluster.Partition(0).Account("nobody"));
    }

    [Fact]
    public async Task Days_that_begin_in_silence_are_opened_once()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 2);
        var workload = new Workload(6);
        await cluster.SendAsync(0, workload.Next(300, cluster.Clock.NowMs));
        await cluster.AssertIsReplayAsync();
        var day = (await cluster.Partition(0).CatchUp()).Day;
        for (var i = 1; i <= 3; i++)
        {
            cluster.Clock.AdvanceTo(cluster.Clock.NowMs + DayMs);
            await Until(async () => (await cluster.Partition(0).CatchUp()).Day == day + i, "The day is not opened.");
        }

        await cluster.SendAsync(1, workload.Next(100, cluster.Clock.NowMs));
        await cluster.AssertIsReplayAsync();
    }

    [Fact]
    public async Task A_partition_that_is_handed_over_under_load_goes_on_where_it_was()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 3);
        using var stop = new CancellationTokenSource();
        var load = Load(cluster, 7, stop.Token);
        var epochs = new List<long>();
        for (var i = 0; i < 6; i++)
        {
            epochs.Add((await cluster.Partition(2).CatchUp()).Epoch);
            await cluster.Partition(2).HandOver();
            await Task.Delay(200);
        }

        await stop.CancelAsync();
        await load;

        Assert.True(epochs[^1] > epochs[0]);
        await cluster.AssertIsReplayAsync();
    }

    [Fact]
    public async Task Silos_that_come_and_go_under_load_lose_and_repeat_nothing()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 3);
        using var stop = new CancellationTokenSource();
        var load = Load(cluster, 8, stop.Token);
        await cluster.Cluster.StartAdditionalSiloAsync();
        await cluster.Cluster.KillSiloAsync(cluster.Cluster.SecondarySilos[0]);
        await cluster.Cluster.StopSiloAsync(cluster.Cluster.SecondarySilos[0]);
        await Task.Delay(500);
        await stop.CancelAsync();
        await load;

        await cluster.AssertIsReplayAsync();
    }

    // Through the first silo's door, which stays.
    private static Task Load(GrainCluster cluster, int seed, CancellationToken stop) => Task.Run(async () =>
    {
        var workload = new Workload(seed);
        while (!stop.IsCancellationRequested)
        {
            await cluster.SendAsync(0, workload.Next(20, cluster.Clock.NowMs));
            await Task.Delay(5, CancellationToken.None);
        }
    }, CancellationToken.None);

    private static async Task Until(Func<Task<bool>> isSo, string otherwise)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await isSo())
        {
            Assert.False(patience.IsCancellationRequested, otherwise);
            await Task.Delay(50);
        }
    }
}
