using System.Net;
using Orleans.Runtime;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Silo.Tests.Grains;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class TellingUsersTests
{
    [Fact]
    public async Task A_silo_that_the_cluster_has_forgotten_is_not_waited_for()
    {
        await using var rig = new ClusterRig(silos: 2);
        await rig.StartAsync();
        // It asked for all users once, died, and was in time removed from the membership's table.
        var forgotten = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 77).ToParsableString();
        for (var partition = 0; partition < GrainCluster.Partitions; partition++) await rig.Cluster.Partition(partition).Users(forgotten, 0, 1);

        using var batch = rig.Batch([new Send { Kind = RecordKind.Directory, MessageId = "g", Account = "acme", User = "dana", ReceivedAtMs = 0 }]);
        var answer = await rig.Host.AppendAsync(batch, default);
        Assert.True(answer.Status == IntakeStatus.Done, answer.Reason);
        Assert.All(rig.Hosts, host => Assert.True(host.TryFindAccount("dana"u8, out var account) && account == "acme"));
    }
}
