using System.Globalization;
using System.Text;
using Orleans.Core.Internal;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;
using StableHash = RealtimeAdoption.Scoring.Records.StableHash;

namespace RealtimeAdoption.Silo.Tests.Grains;

public sealed class DamagedPartitionTests
{
    private const int Damaged = 3;

    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);

    // One of each partition.
    private static readonly string[] Users = [.. Enumerable.Range(0, GrainCluster.Partitions).Select(UserOf)];

    [Fact]
    public async Task A_partition_that_is_damaged_is_named_and_told_once_while_silos_start_without_it_and_is_found_when_it_was_mended()
    {
        await using var cluster = new GrainCluster();
        await cluster.StartAsync(silos: 2);
        var workload = new Workload(11);
        await cluster.SendAsync(0, workload.Next(400, cluster.Clock.NowMs));
        await cluster.SendAsync(0, Users.Select(user => new Send { Kind = RecordKind.Directory, MessageId = user, Account = "acme", User = user, ReceivedAtMs = 0 }));
        await cluster.AssertIsReplayAsync();
        await cluster.StopAsync();
        await DamageAsync(cluster, 1);
        var before = cluster.Log.Lines.Count;

        await cluster.StartAsync(silos: 2);
        var hosts = cluster.Cluster.Silos.Select(cluster.NewHost).ToArray();
        foreach (var host in hosts)
        {
            await host.StartAsync(default);
            Assert.True(host.Status.Ready, host.Status.Detail);
            Assert.Contains($"Partition {Damaged} is damaged", host.Status.Detail, StringComparison.Ordinal);
        }

        // What needs it is told so, by every silo and each time; all else goes on.
        var house = cluster.Houses[0];
        var (lost, sound) = (Account(house, isDamaged: true), Account(house, isDamaged: false));
        foreach (var host in hosts)
        {
            await Assert.ThrowsAsync<JournalDamagedException>(async () => await host.AccountAsync(lost, false, default));
            await Assert.ThrowsAsync<JournalDamagedException>(async () => await host.AccountsAsync(new AccountQuery { Limit = 10 }, default));
            Assert.NotNull(await host.AccountAsync(sound, false, default));
            for (var partition = 0; partition < Users.Length; partition++)
            {
                if (partition == Damaged) Assert.Throws<HostUnavailableException>(() => host.TryFindAccount(Encoding.UTF8.GetBytes(Users[Damaged]), out _));
                else Assert.True(host.TryFindAccount(Encoding.UTF8.GetBytes(Users[partition]), out var account) && account == "acme");
            }
        }

        // Doors take everything, and a model is activated as far as it goes.
        using var batch = new IntakeBatch(GrainCluster.Partitions);
        foreach (var send in new[] { lost, sound }.Select(account => new Send { MessageId = $"late-{account}", Account = account, User = "dana", Name = "Contact Created", ReceivedAtMs = 0 }))
        {
            var offset = batch.Records.Length;
            SendDraft.Begin(batch.Records, send, house.Identity.IdSeed);
            batch.End(offset);
        }

        Assert.Equal(IntakeStatus.Done, (await hosts[1].AppendAsync(batch, default)).Status);
        var activation = await hosts[0].ActivateModelAsync(Other, "dana", default);
        Assert.Equal(ModelChangeOutcome.Begun, activation.Outcome);
        await UntilAsync(() => hosts[0].Activation is { Progress.Partitions: GrainCluster.Partitions - 1, Stuck.First: Damaged }, "The others do not get the model.");
        Assert.Single(cluster.Log.Lines.Skip(before), line => line.StartsWith("Critical", StringComparison.Ordinal));

        await DamageAsync(cluster, -1);
        // As it does by itself after half a minute.
        await cluster.Partition(Damaged).AsReference<IGrainManagementExtension>().DeactivateOnIdle();
        foreach (var host in hosts)
        {
            await UntilAsync(() => host.Status.Detail == "Ready.", "The partition is not found.");
            Assert.True(host.TryFindAccount(Encoding.UTF8.GetBytes(Users[Damaged]), out var account) && account == "acme");
            Assert.NotNull(await host.AccountAsync(lost, false, default));
        }

        await activation.Completion!.WaitAsync(Most);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, GrainCluster.Partitions).Select(partition => cluster.Partition(partition).Model())), model => Assert.Equal(StableHash.Of(Other), model.Model));
        foreach (var host in hosts) await host.DisposeAsync();
    }

    private static string Other => SampleModel.Text.Replace("\"2026-11\"", "\"another\"", StringComparison.Ordinal);

    private static string UserOf(int partition) =>
        Enumerable.Range(0, 1_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"user-{i}")).First(user => Partitioning.Of(StableHash.Of(Encoding.UTF8.GetBytes(user)), GrainCluster.Partitions) == partition);

    private static string Account(SiloHouse house, bool isDamaged) => Workload.Accounts.First(account => (house.PartitionOf(account) == Damaged) == isDamaged);

    // What it had before; its checkpoint, too: all of the journal is read.
    private static async Task DamageAsync(GrainCluster cluster, int by)
    {
        await cluster.ExecuteAsync($"UPDATE adoption.segments SET checksum = checksum + {by} WHERE partition = {Damaged} AND first_position = 1");
        await cluster.ExecuteAsync($"UPDATE adoption.accounts SET checksum = checksum + {by} WHERE partition = {Damaged}");
    }

    private static async Task UntilAsync(Func<bool> isSo, string otherwise)
    {
        using var patience = new CancellationTokenSource(Most);
        while (!isSo())
        {
            Assert.False(patience.IsCancellationRequested, otherwise);
            await Task.Delay(20);
        }
    }
}
