using System.Diagnostics;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Silo.Tests.Grains;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class FullOfUnpersistedTests(ITestOutputHelper output)
{
    private const string Account = "acme";
    private const string Refused = "MiB of a silo's memory wait for checkpoints";
    private const int BatchSize = 5_000;

    [Fact]
    public async Task While_no_checkpoint_can_be_stored_nothing_more_is_taken_once_memory_is_full_and_all_goes_on_when_one_can()
    {
        await using var rig = new ClusterRig(silos: 1);
        rig.Cluster.UnpersistedBytesMax = 256 << 10;
        await rig.StartAsync();
        // The journal's tables are as they were.
        await rig.Cluster.ExecuteAsync("ALTER TABLE adoption.accounts RENAME TO accounts_away");
        var partition = rig.Cluster.Houses[0].PartitionOf(Account);
        var (sent, began) = (0, Stopwatch.GetTimestamp());
        while (await SendAsync(rig, sent) == IntakeStatus.Done)
        {
            Assert.True(++sent < 40, "It takes records without end.");
            await rig.Cluster.Partition(partition).CatchUp();
            // It looks at its memory some times a second.
            await Task.Delay(2 * rig.Cluster.Owner.PulseMs);
        }

        output.WriteLine($"Refused after {sent} batches and {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s.");
        Assert.Contains(Refused, rig.Host.Status.Detail, StringComparison.Ordinal);
        // By it every other silo's doors hear of it.
        Assert.Contains(Refused, (await rig.Cluster.Partition(partition).Place()).Refusal!, StringComparison.Ordinal);
        await rig.Cluster.ExecuteAsync("ALTER TABLE adoption.accounts_away RENAME TO accounts");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (await SendAsync(rig, sent) != IntakeStatus.Done) await Task.Delay(rig.Cluster.Owner.PulseMs, patience.Token);
        output.WriteLine($"Taken again after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s.");
        Assert.Null((await rig.Cluster.Partition(partition).Place()).Refusal);
        Assert.Equal((sent + 1) * BatchSize, (await rig.Host.AccountAsync(Account, false, default))!.Products[0].Criteria[0].Value);
    }

    private static async Task<IntakeStatus> SendAsync(ClusterRig rig, int number)
    {
        using var batch = rig.Batch(Enumerable.Range(0, BatchSize).Select(i => new Send { MessageId = $"m{number}-{i}", Account = Account, User = "dana", Name = "Contact Created", ReceivedAtMs = 0 }));
        return (await rig.Host.AppendAsync(batch, default)).Status;
    }
}
