using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class FlappingOwnerTests
{
    private const int Flaps = 4;
    private const string Account = "acme";

    [Fact]
    public async Task Whoever_asks_while_a_partition_loses_its_owner_again_and_again_is_answered_with_all_that_was_taken()
    {
        await using var rig = new ClusterRig(silos: 2);
        await rig.StartAsync();
        var house = rig.Cluster.Houses[0];
        var partition = house.PartitionOf(Account);
        var epochs = new HashSet<long>();
        for (var taken = 1; epochs.Count <= Flaps; taken++)
        {
            using var batch = rig.Batch([new Send { MessageId = $"m{taken}", Account = Account, User = "dana", Name = "Contact Created", ReceivedAtMs = 0 }]);
            Assert.Equal(IntakeStatus.Done, (await rig.Host.AppendAsync(batch, default)).Status);
            Assert.Equal(taken, (await rig.Host.AccountAsync(Account, false, default))!.Products[0].Criteria[0].Value);
            Assert.Equal(Account, Assert.Single((await rig.Host.AccountsAsync(new AccountQuery { Limit = 10 }, default)).Rows).Account.Account);
            Assert.NotNull(await rig.Host.HistoryAsync(Account, long.MaxValue, 10, default));
            // Whoever has it finds out with its next checkpoint, in the midst of questions.
            if (epochs.Add((await rig.Cluster.Partition(partition).Place()).Epoch)) await house.Snapshots.AcquireAsync(partition, default);
        }
    }
}
