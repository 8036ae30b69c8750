using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;
using Record = RealtimeAdoption.Scoring.Records.Record;
using RealtimeAdoption.TestKit.Drivers;
using static RealtimeAdoption.Engine.Tests.Sample;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>The way of an event through the partition makes no object.</summary>
public sealed class AllocationTests
{
    [Fact]
    public void An_event_is_judged_appended_and_applied_without_allocation()
    {
        const int accounts = 200;
        const int rounds = 305;
        const int measured = 40;
        using var partition = new Partition(0, new PartitionOptions(), _ => Model);
        partition.Open(ModelText, Start);
        using var drafts = new RecordBuffer();
        var bytes = new List<long>();
        for (var round = 0; round < rounds; round++)
        {
            drafts.Clear();
            for (var i = 0; i < accounts; i++) SendDraft.Write(drafts, Event($"m{round}", Start, account: $"account-{i}", timestamp: Start), PartitionDriver.IdSeed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Feed(partition, drafts.Written);
            bytes.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        // The first rounds make the accounts and widen their states, and up to 49,000 ids some of their tables double, as they do again from 65,000 on. What is left between is the segment's own
        // objects, spread over its records. One object an event would be 24 bytes or more.
        bytes.RemoveRange(0, rounds - measured);
        bytes.Sort();
        var perEvent = (double)bytes[measured / 2] / accounts;
        Assert.True(perEvent < 4, $"{perEvent:0.0} bytes an event.");
    }

    private static void Feed(Partition partition, ReadOnlySpan<byte> drafts)
    {
        while (!drafts.IsEmpty)
        {
            var length = new Record(drafts).Length;
            if (partition.Append(drafts[..length], Start) != IntakeOutcome.Accepted) throw new InvalidOperationException("Not accepted.");
            drafts = drafts[length..];
        }

        partition.Seal();
        while (partition.TryTake(out _))
        {
        }

        partition.Committed(partition.Appended);
        while (partition.TryTake(out _))
        {
        }
    }
}
