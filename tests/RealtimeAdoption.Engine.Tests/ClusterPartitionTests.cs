using System.Runtime.InteropServices;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>A partition that doors feed, and whose accounts are elsewhere: what it asks for, and what it does where it gets no answer. All of it by chance: the simulation.</summary>
public sealed class ClusterPartitionTests : IDisposable
{
    private ClusterPartition partition = New(stateBytesWithAnswer: 0);
    private readonly DoorWriter door = new(0, new ModelWish(Sample.ModelText, 0, ""));
    private readonly RemoteAccount actor = new(_ => Sample.Model);
    private readonly List<Segment> journal = [];
    private int sent;

    public ClusterPartitionTests()
    {
        partition.Open(1);
        Append();
    }

    [Fact]
    public void An_account_is_called_once_it_is_known_and_a_batch_takes_effect_when_it_is_answered()
    {
        Send();
        Assert.Empty(Calls());
        Assert.Equal(1m, Contacts());

        Send();
        var call = Assert.Single(Calls());
        Assert.NotNull(call.State);
        Assert.Equal((3, 4, 3), (call.Previous, call.Position, partition.Machine.Applied));
        partition.Answered(actor.Take(call));
        Assert.Equal(4, partition.Machine.Applied);

        Send();
        call = Assert.Single(Calls());
        Assert.Null(call.State);
        partition.Answered(actor.Take(call));
        Assert.False(partition.Flush("acme"));
        partition.Answered(actor.Take(Assert.Single(Calls())));
        Assert.True(partition.Flush("acme"));
        Assert.Equal(3m, Contacts());
    }

    [Theory]
    [InlineData(AccountOutcome.Gap)]
    [InlineData(AccountOutcome.Broken)]
    [InlineData(null)]
    public void What_no_actor_takes_the_partition_takes_itself_and_hands_the_state_out_anew(AccountOutcome? answer)
    {
        Send();
        Send();
        partition.Answered(actor.Take(Assert.Single(Calls())));
        Send();
        var call = Assert.Single(Calls());
        if (answer is { } outcome) partition.Answered(new AccountReply { Number = call.Number, Outcome = outcome });
        else partition.CallFailed(call.Number);

        Assert.True(partition.Flush("acme"));
        Assert.Equal(3m, Contacts());
        // Late.
        partition.Answered(actor.Take(call));
        Send();
        var next = Assert.Single(Calls());
        Assert.NotNull(next.State);
        Assert.NotEqual(call.Lease, next.Lease);
        partition.Answered(actor.Take(next));
        partition.FlushAll();
        partition.Answered(actor.Take(Assert.Single(Calls())));
        Assert.Equal(4m, Contacts());
    }

    [Fact]
    public void A_checkpoint_waits_until_every_account_is_flushed()
    {
        Send();
        Send();
        partition.Answered(actor.Take(Assert.Single(Calls())));
        Send();
        partition.Answered(actor.Take(Assert.Single(Calls())));

        Assert.False(partition.BeginCheckpoint());
        Assert.False(partition.Machine.IsCheckpointing);
        partition.Answered(actor.Take(Assert.Single(Calls())));
        Assert.True(partition.BeginCheckpoint());
        var stored = Assert.Single(Outputs().OfType<Persist>()).Checkpoint;
        Assert.Equal((5, 1), (stored.Position, stored.Epoch));
        Assert.Equal(partition.Machine.State("acme").ToArray(), Assert.Single(stored.Accounts).State.ToArray());
    }

    [Fact]
    public void An_owner_that_is_superseded_or_reads_another_owner_s_swap_is_fenced()
    {
        Send();
        Send();
        var call = Assert.Single(Calls());
        Assert.Throws<FencedException>(() => partition.Answered(new AccountReply { Number = call.Number, Outcome = AccountOutcome.Superseded }));

        partition.CallFailed(call.Number);
        using var swap = new RecordBuffer();
        PartitionRecords.WriteRebuilt(swap, 4, [StableHash.Of("acme")], Sample.Start);
        door.Begin(door.Head, Sample.Start);
        door.AppendOwn(swap.Written);
        Assert.Throws<FencedException>(() => partition.Consume(door.Segment));
    }

    [Fact]
    public void A_state_that_is_damaged_while_its_actor_is_lost_stops_that_account_and_is_rebuilt_from_the_journal()
    {
        Send();
        Send();
        partition.Answered(actor.Take(Assert.Single(Calls())));
        Send();
        partition.Answered(actor.Take(Assert.Single(Calls())));
        MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(partition.Machine.State("acme")), 1)[0] |= 0x80;
        Send();
        partition.CallFailed(Assert.Single(Calls()).Number);
        Assert.Single(partition.Machine.Faults, fault => fault is { Account: "acme", Stopped: true });
        Outputs();

        Assert.True(partition.Machine.BeginRebuild());
        var pass = Assert.Single(Outputs().OfType<ReadHistory>()).Pass;
        foreach (var segment in journal) pass.Take(segment);
        pass.Compute();
        partition.Machine.RebuildReady(pass, Sample.Start);
        var own = Assert.Single(Outputs().OfType<AppendOwn>());
        door.Begin(door.Head, Sample.Start);
        door.AppendOwn(own.Records.Span);
        Assert.True(partition.Consume(door.Segment));
        partition.Machine.OwnAppended();
        Assert.Empty(partition.Machine.Faults);
        Assert.Equal(4m, Contacts());
    }

    [Fact]
    public void Before_a_day_is_opened_states_come_back()
    {
        Send();
        Send();
        partition.Answered(actor.Take(Assert.Single(Calls())));
        Send();
        partition.Answered(actor.Take(Assert.Single(Calls())));
        var day = partition.Machine.Day;
        door.Begin(door.Head, Sample.Start + Sample.Day);
        Consume();

        var call = Assert.Single(Calls());
        Assert.True(call is { WantsState: true, Releases: true });
        Assert.Equal(day, partition.Machine.Day);
        partition.Answered(actor.Take(call));
        Assert.Equal((day + 1, 0), (partition.Machine.Day, partition.Remote));
        Assert.False(actor.IsInUse);
        Assert.Equal(3m, Contacts());
    }

    [Fact]
    public void A_small_state_comes_back_with_each_answer_and_is_asked_for_no_more()
    {
        Begin(New(stateBytesWithAnswer: 1 << 20));
        Send();
        for (var i = 0; i < 3; i++)
        {
            Send();
            partition.Answered(actor.Take(Assert.Single(Calls())));
            Assert.True(partition.Flush("acme"));
        }

        Assert.Equal(4m, Contacts());
        Assert.True(partition.BeginCheckpoint());
        Assert.Equal(partition.Machine.State("acme").ToArray(), Assert.Single(Assert.Single(Outputs().OfType<Persist>()).Checkpoint.Accounts).State.ToArray());
        // One that is lost is computed from the state of the answer before.
        Send();
        partition.CallFailed(Assert.Single(Calls()).Number);
        Assert.Equal(5m, Contacts());
    }

    [Fact]
    public void Of_a_batch_with_many_accounts_the_busiest_are_called_and_the_others_are_computed_here()
    {
        Begin(New(stateBytesWithAnswer: 1 << 20, callsMax: 1));
        string[] both = ["quiet", "busy", "busy"];
        Append([.. both.Select(NewEvent)]);
        Assert.Empty(Calls());
        Append([.. both.Select(NewEvent)]);
        var call = Assert.Single(Calls());
        Assert.Equal(("busy", 2), (call.Account, call.Positions.Count));
        partition.Answered(actor.Take(call));
        Assert.Equal((2m, 4m), (Contacts("quiet"), Contacts("busy")));

        // What was handed out comes home when others are busier.
        Append([.. new[] { "busy", "quiet", "quiet" }.Select(NewEvent)]);
        call = Assert.Single(Calls());
        Assert.Equal(("quiet", true), (call.Account, call.State is not null));
        partition.Answered(new RemoteAccount(_ => Sample.Model).Take(call));
        Assert.Equal((4m, 5m, 1), (Contacts("quiet"), Contacts("busy"), partition.Remote));
    }

    [Fact]
    public void A_greater_state_that_is_out_comes_home_with_the_next_call_when_others_are_busier()
    {
        Begin(New(stateBytesWithAnswer: 0, callsMax: 1));
        var other = new RemoteAccount(_ => Sample.Model);
        Append(NewEvent("big"), NewEvent("busy"));
        Append(NewEvent("big"));
        partition.Answered(actor.Take(Assert.Single(Calls())));
        // Its first call brought the state with the row that it moved, so it takes another one to be ahead of the partition.
        Append(NewEvent("big"));
        partition.Answered(actor.Take(Assert.Single(Calls())));
        Append([.. new[] { "busy", "big", "busy" }.Select(NewEvent)]);

        var calls = Calls();
        Assert.Equal([("busy", false), ("big", true)], calls.Select(call => (call.Account, call.WantsState)));
        partition.Answered(other.Take(calls[0]));
        partition.Answered(actor.Take(calls[1]));
        Assert.Equal(4m, Contacts("big"));
        Append([.. new[] { "busy", "big", "busy" }.Select(NewEvent)]);
        Assert.Equal("busy", Assert.Single(Calls()).Account);
    }

    [Fact]
    public void Calls_that_are_not_granted_are_computed_here_and_what_is_out_comes_home()
    {
        var granted = int.MaxValue;
        Begin(New(0, callsMax: 2, wanted => Math.Min(wanted, granted)));
        var actors = new[] { new RemoteAccount(_ => Sample.Model), new RemoteAccount(_ => Sample.Model) };
        for (var i = 0; i < 3; i++)
        {
            Append([.. new[] { "big", "small" }.Select(NewEvent)]);
            foreach (var (call, which) in Calls().Zip(actors)) partition.Answered(which.Take(call));
        }

        Assert.Equal(2, partition.Remote);
        granted = 0;

        Append(NewEvent("big"));
        var ofDirty = Assert.Single(Calls());
        Assert.True(ofDirty.WantsState);
        partition.Answered(actors[0].Take(ofDirty));
        Assert.Equal(4m, Contacts("big"));
        Assert.False(partition.FlushAll());
        partition.Answered(actors[1].Take(Assert.Single(Calls())));
        Append([.. new[] { "big", "small", "big" }.Select(NewEvent)]);

        Assert.Empty(Calls());
        Assert.Equal((0, 6m, 4m), (partition.Remote, Contacts("big"), Contacts("small")));
    }

    public void Dispose()
    {
        partition.Dispose();
        door.Dispose();
    }

    private static ClusterPartition New(int stateBytesWithAnswer, int callsMax = 64, Func<int, int>? grant = null) =>
        new(new Partition(0, new PartitionOptions(), _ => Sample.Model), new ClusterOptions { StateBytesWithAnswer = stateBytesWithAnswer, CallsMax = callsMax }, grant);

    private Send NewEvent(string account) => Sample.Event($"m{++sent}", Sample.Start, account: account);

    // Another one, on the same journal.
    private void Begin(ClusterPartition other)
    {
        partition.Dispose();
        partition = other;
        partition.Open(1);
        foreach (var segment in journal) Assert.True(partition.Consume(segment));
        Outputs();
    }

    private void Send() => Append(Sample.Event($"m{++sent}", Sample.Start));

    private void Append(params Send[] sends)
    {
        door.Begin(door.Head, Sample.Start);
        foreach (var send in sends)
        {
            using var buffer = new RecordBuffer();
            SendDraft.Write(buffer, send, 5);
            Assert.Equal(IntakeOutcome.Accepted, door.Append(buffer.Written));
        }

        Consume();
    }

    private void Consume()
    {
        journal.Add(door.Segment with { Records = door.Segment.Records.ToArray() });
        Assert.True(partition.Consume(journal[^1]));
    }

    private List<AccountCall> Calls() => [.. Outputs().OfType<CallAccount>().Select(output => output.Call)];

    private List<Output> Outputs()
    {
        var outputs = new List<Output>();
        while (partition.TryTake(out var output)) outputs.Add(output);
        return outputs;
    }

    private decimal? Contacts(string account = "acme") => partition.Machine.View(account, explain: false)!.Products[0].Criteria[0].Value;
}
