using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Simulation.Callers;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>One workload, by a partition that appends for itself and by one that doors feed and whose accounts are elsewhere: the same states, and the same changes under the same numbers.</summary>
public sealed class HostsAgreeTests
{
    private const int Seeds = 20;

    [Fact]
    public void A_partition_with_remote_accounts_tells_what_one_that_has_them_at_hand_tells()
    {
        var changes = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var dice = new Dice(seed);
            var traffic = Traffic.Of(seed, dice);
            var model = new CompiledModel(traffic.Model);
            using var own = new Partition(0, new PartitionOptions(), _ => model);
            var options = new ClusterOptions { BatchRecordsMax = dice.Of(1, 7, 100), UnflushedBytesMax = dice.Of(500, 1 << 20), StateBytesWithAnswer = dice.Of(0, 4_096), CallsMax = dice.Of(2, 64) };
            var isGenerous = seed % 2 == 0;
            using var fed = new ClusterPartition(new Partition(0, new PartitionOptions(), _ => model), options, wanted => wanted <= 0 || isGenerous ? wanted : dice.Between(0, wanted));
            Live(dice, traffic, own, fed);

            Assert.Equal(Told(own), Told(fed.Machine));
            foreach (var row in own.Rows(new AccountQuery { Limit = 1000 }))
                Assert.True(own.State(row.Account.Account).SequenceEqual(fed.Machine.State(row.Account.Account)), $"Seed {seed}: {row.Account.Account}");
            changes += Told(own).Count;
        }

        Assert.True(changes > 250, $"{changes} changes");
    }

    private static void Live(Dice dice, Traffic traffic, Partition own, ClusterPartition fed)
    {
        var actors = new Dictionary<string, RemoteAccount>(StringComparer.Ordinal);
        var first = new ModelWish("model", 0, "");
        var model = new CompiledModel(traffic.Model);
        using var door = new DoorWriter(0, first);
        var nowMs = traffic.Sends.Count == 0 ? 0 : traffic.Sends[0].ReceivedAtMs;
        own.Open(first, nowMs);
        fed.Open(1);
        for (var at = 0; at < traffic.Sends.Count;)
        {
            door.Begin(door.Head, nowMs = Math.Max(nowMs, traffic.Sends[at].ReceivedAtMs));
            for (var count = dice.Between(1, 20); count > 0 && at < traffic.Sends.Count && traffic.Sends[at].ReceivedAtMs <= nowMs + Days.MsPerDay; count--)
            {
                using var buffer = new RecordBuffer();
                SendDraft.Write(buffer, traffic.Sends[at++], 5);
                // What the one refuses does not reach the other's journal, so that positions are the same.
                if (own.Append(buffer.Written, nowMs) == IntakeOutcome.Accepted) door.Append(buffer.Written);
            }

            own.CatchUp(nowMs);
            Commit(own);
            if (door.Segment.Count > 0) fed.Consume(door.Segment);
            Answer(fed, actors, model, dice);
        }

        while (!fed.FlushAll()) Answer(fed, actors, model, dice);
        Assert.Equal(own.Applied, fed.Machine.Applied);
    }

    private static void Commit(Partition own)
    {
        own.Seal();
        while (own.TryTake(out var output))
            if (output is CommitSegment commit) own.Committed(commit.Segment.LastPosition);
        own.ContinueTick(int.MaxValue);
    }

    // In any order, as bytes.
    private static void Answer(ClusterPartition fed, Dictionary<string, RemoteAccount> actors, CompiledModel model, Dice dice)
    {
        var calls = new List<AccountCall>();
        while (true)
        {
            while (fed.TryTake(out var output))
                if (output is CallAccount called) calls.Add(called.Call);
            if (calls.Count == 0) break;
            var call = dice.OneOf(calls);
            calls.Remove(call);
            if (!actors.TryGetValue(call.Account, out var actor)) actors[call.Account] = actor = new RemoteAccount(_ => model);
            fed.Answered(AccountReply.Of(actor.Take(AccountCall.Of(call.ToBytes())).ToBytes()));
        }

        fed.Machine.ContinueTick(int.MaxValue);
    }

    private static List<string> Told(Partition partition) => [.. partition.UnpersistedFeed(0, int.MaxValue).Select(PartitionDriver.Text)];
}
