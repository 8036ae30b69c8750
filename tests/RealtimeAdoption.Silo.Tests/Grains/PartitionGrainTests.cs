using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using RealtimeAdoption.Silo.Accounts;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Streams;

namespace RealtimeAdoption.Silo.Tests.Grains;

public sealed class PartitionGrainTests(ITestOutputHelper output)
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

    [Fact]
    public async Task Partitions_begin_even_over_the_silos()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 3);
        using var stop = new CancellationTokenSource();
        var load = Load(cluster, 9, stop.Token);
        await UntilEven(cluster);
        await stop.CancelAsync();
        await load;

        await cluster.AssertIsReplayAsync();
    }

    [Fact]
    public async Task A_silo_that_joins_is_handed_its_share_of_the_partitions_under_load_once_and_their_accounts_follow()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 2);
        using var stop = new CancellationTokenSource();
        var load = Load(cluster, 10, stop.Token);
        await UntilEven(cluster);
        var before = await EpochsAsync(cluster);
        var places = PlacesOf(cluster);
        var asking = Enumerable.Range(0, GrainCluster.Partitions).Select(index => LongestWaitAsync(cluster.Partition(index), stop.Token)).ToList();

        await cluster.Cluster.StartAdditionalSiloAsync();
        await UntilEven(cluster);
        var after = await EpochsAsync(cluster);
        await UntilAccountsAreWithTheirPartitions(cluster);
        // As long as it took until the first one went, and once more.
        await Task.Delay(TimeSpan.FromSeconds(2 * cluster.Owner.MoveAfterSeconds), CancellationToken.None);
        var later = await EpochsAsync(cluster);
        await stop.CancelAsync();
        await load;

        var waits = await Task.WhenAll(asking);
        output.WriteLine($"{before.Zip(after).Count(epochs => epochs.First != epochs.Second)} of {before.Length} partitions went; nobody waited longer than {waits.Max().TotalMilliseconds:0} ms.");
        Assert.Equal(after, later);
        Assert.Equal(places.Zip(PlacesOf(cluster)).Select(place => !place.First.Equals(place.Second)), before.Zip(after).Select(epochs => epochs.First != epochs.Second));
        // Of those that went; one may be held up by what else the machine does.
        var moved = waits.Where((_, index) => before[index] != after[index]).Order().ToList();
        Assert.InRange(moved[(moved.Count - 1) / 2], TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await cluster.AssertIsReplayAsync();
    }

    private static async Task<long[]> EpochsAsync(GrainCluster cluster) =>
        [.. (await Task.WhenAll(Enumerable.Range(0, GrainCluster.Partitions).Select(index => cluster.Partition(index).Place()))).Select(place => place.Epoch)];

    private static async Task<TimeSpan> LongestWaitAsync(IPartitionGrain partition, CancellationToken stop)
    {
        var longest = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            await Patience.AskAsync(() => partition.CatchUp(), CancellationToken.None);
            if (Stopwatch.GetElapsedTime(began) is var took && took > longest) longest = took;
            await Task.Delay(20, CancellationToken.None);
        }

        return longest;
    }

    private static SiloAddress[] PlacesOf(GrainCluster cluster) => PartitionSpread.Of(GrainCluster.Partitions, [.. cluster.Cluster.Silos.Select(silo => silo.SiloAddress)]);

    private static Task UntilEven(GrainCluster cluster)
    {
        var to = PlacesOf(cluster);
        return UntilNone(
            () => Task.FromResult(AddressesOf(cluster).Select((at, index) => at?.Equals(to[index]) == true ? null : $"Partition {index} is at {at}; right is {to[index]}.").OfType<string>()),
            () => string.Join('\n', cluster.Log.Lines));
    }

    private static Task UntilAccountsAreWithTheirPartitions(GrainCluster cluster) => UntilNone(async () =>
    {
        var partitions = AddressesOf(cluster);
        // As the silos themselves tell it: where one was looked for before is remembered for a while.
        var accounts = await cluster.Cluster.GrainFactory.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return accounts.Where(grain => grain.GrainType.Contains(nameof(AccountGrain), StringComparison.Ordinal))
            .Select(grain => (Partition: cluster.Houses[0].PartitionOf(grain.GrainId.Key.ToString()!), grain.GrainId, grain.SiloAddress))
            .Where(account => !account.SiloAddress.Equals(partitions[account.Partition]))
            .Select(account => $"{account.GrainId} of partition {account.Partition} is at {account.SiloAddress}.");
    });

    private static SiloAddress?[] AddressesOf(GrainCluster cluster)
    {
        var at = new SiloAddress?[GrainCluster.Partitions];
        foreach (var silo in cluster.Cluster.Silos)
        {
            foreach (var share in GrainCluster.ServicesOf(silo).GetRequiredService<SiloHouse>().Shares.Read().Shares) at[share.Partition] = silo.SiloAddress;
        }

        return at;
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

    private static Task Until(Func<Task<bool>> isSo, string otherwise) => UntilNone(async () => await isSo() ? [] : [otherwise]);

    private static async Task UntilNone(Func<Task<IEnumerable<string>>> wrong, Func<string>? besides = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await wrong()).ToList() is { Count: > 0 } still)
        {
            Assert.False(patience.IsCancellationRequested, string.Join('\n', [.. still, besides?.Invoke()]));
            await Task.Delay(50);
        }
    }
}
