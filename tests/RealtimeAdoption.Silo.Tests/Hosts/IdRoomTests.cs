using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class IdRoomTests
{
    private const string Account = "acme";
    private const int BatchSize = 5_000;

    [Fact]
    public async Task Without_scratch_nothing_more_is_taken_once_memory_is_full_of_ids_and_all_goes_on_when_there_is()
    {
        var disk = new Disk { IsBroken = true };
        await using var rig = new ClusterRig(silos: 1);
        rig.Cluster.IdRoomOf = _ => new IdRoom(IdRoom.LeastBytes, new DiskScratch(disk));
        await rig.StartAsync();
        var partition = rig.Cluster.Houses[0].PartitionOf(Account);
        var sent = 0;
        while (await SendAsync(rig, sent) == IntakeStatus.Done)
        {
            Assert.True(++sent < 200, "It takes ids without end.");
            await rig.Cluster.Partition(partition).CatchUp();
            // It looks at its ids some times a second.
            await Task.Delay(2 * rig.Cluster.Owner.PulseMs);
        }

        Assert.Contains("There is no room for more message ids.", rig.Host.Status.Detail, StringComparison.Ordinal);
        // By it every other silo's doors hear of it.
        Assert.Equal(rig.Host.Status.Detail, (await rig.Cluster.Partition(partition).Place()).Refusal);
        disk.IsBroken = false;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (await SendAsync(rig, sent) != IntakeStatus.Done) await Task.Delay(rig.Cluster.Owner.PulseMs, patience.Token);
        Assert.Null((await rig.Cluster.Partition(partition).Place()).Refusal);
        Assert.Equal((sent + 1) * BatchSize, (await rig.Host.AccountAsync(Account, false, default))!.Products[0].Criteria[0].Value);
    }

    private static async Task<IntakeStatus> SendAsync(ClusterRig rig, int number)
    {
        using var batch = rig.Batch(Enumerable.Range(0, BatchSize).Select(i => new Send { MessageId = $"m{number}-{i}", Account = Account, User = "dana", Name = "Contact Created", ReceivedAtMs = 0 }));
        return (await rig.Host.AppendAsync(batch, default)).Status;
    }

    private sealed class Disk
    {
        public volatile bool IsBroken;
    }

    private sealed class DiskScratch(Disk disk) : IIdScratch
    {
        private readonly MemoryScratch blocks = new();

        public void Write(int block, ReadOnlySpan<byte> bytes)
        {
            if (disk.IsBroken) throw new IOException("No space left on device.");
            blocks.Write(block, bytes);
        }

        public void Read(int block, Span<byte> bytes) => blocks.Read(block, bytes);

        public void Dispose() => blocks.Dispose();
    }
}
