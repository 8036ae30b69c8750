using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>The actor of an account away from its partition: what it takes and what it refuses.</summary>
public sealed class RemoteAccountTests
{
    private static readonly int Day = Days.Of(Sample.Start);
    private readonly RemoteAccount account = new(_ => Sample.Model);

    [Fact]
    public void With_a_state_it_takes_what_follows_and_gives_the_state_that_its_partition_would_have()
    {
        var local = NewState();
        var first = account.Take(Call(1, 0, [10, 11]) with { State = Bytes(local) });
        var second = account.Take(Call(2, 11, [15]) with { WantsState = true });
        foreach (var position in new long[] { 10, 11, 15 }) AccountActor.Apply(Sample.Model, ref local, new Record(Event(position)), position, Day, []);

        Assert.Equal((AccountOutcome.Taken, 11), (first.Outcome, first.Position));
        Assert.Equal((AccountOutcome.Taken, 15), (second.Outcome, second.Position));
        Assert.Equal(local.Bytes.ToArray(), second.State!.Value.ToArray());
        Assert.Equal(AccountActor.NextDueDay(local), second.NextDueDay);
        Assert.Equal(10, Assert.Single(first.Results, result => (result.Effects & AccountEffects.RowChanged) != AccountEffects.None).Position);
    }

    [Fact]
    public void An_activation_that_knows_nothing_reports_a_gap() => Assert.Equal((AccountOutcome.Gap, 0), Outcome(account.Take(Call(1, 10, [11]))));

    [Fact]
    public void What_does_not_follow_on_or_is_of_another_lease_changes_nothing()
    {
        account.Take(Call(1, 0, [10]) with { State = Bytes(NewState()) });

        Assert.Equal((AccountOutcome.Gap, 10), Outcome(account.Take(Call(2, 12, [13]))));
        Assert.Equal((AccountOutcome.Gap, 10), Outcome(account.Take(Call(3, 10, [13]) with { Lease = 2 })));
        Assert.Equal((AccountOutcome.Gap, 10), Outcome(account.Take(Call(4, 9, []) with { WantsState = true })));
        Assert.Equal((AccountOutcome.Taken, 13), Outcome(account.Take(Call(5, 10, [13]))));
    }

    [Fact]
    public void Asked_twice_it_answers_the_same_and_counts_once()
    {
        var call = Call(1, 0, [10]) with { State = Bytes(NewState()) };
        var first = account.Take(call);
        Assert.Equal(first.ToBytes(), account.Take(call).ToBytes());
        Assert.Equal(first.ToBytes(), account.Take(AccountCall.Of(call.ToBytes())).ToBytes());
        account.Take(Call(2, 10, [11]));
        Assert.Equal((AccountOutcome.Gap, 11), Outcome(account.Take(call)));
    }

    [Theory]
    [InlineData(new long[] { }, false)]
    [InlineData(new long[] { }, true)]
    [InlineData(new long[] { 11, 12 }, false)]
    public void Asked_twice_for_its_state_it_gives_the_same(long[] positions, bool releases)
    {
        account.Take(Call(1, 0, [10]) with { State = Bytes(NewState()) });
        var call = Call(2, 10, positions) with { WantsState = true, Releases = releases };
        var first = account.Take(call);

        Assert.NotNull(first.State);
        Assert.Equal(first.ToBytes(), account.Take(call).ToBytes());
    }

    [Fact]
    public void Asked_twice_for_a_state_that_came_with_a_row_it_gives_the_same()
    {
        var call = Call(1, 0, [10]) with { State = Bytes(NewState()), WantsState = true };
        var first = account.Take(call);

        Assert.Equal(Assert.Single(first.Results, result => result.Position == 10).State!.Value.ToArray(), first.State!.Value.ToArray());
        Assert.Equal(first.ToBytes(), account.Take(call).ToBytes());
    }

    [Fact]
    public void A_zombie_is_refused_and_a_later_owner_is_obeyed()
    {
        account.Take(Call(1, 0, [10]) with { State = Bytes(NewState()), Epoch = 2 });

        Assert.Equal(AccountOutcome.Superseded, account.Take(Call(2, 10, [11]) with { Epoch = 1 }).Outcome);
        Assert.Equal(AccountOutcome.Superseded, account.Take(Call(3, 0, [11]) with { Epoch = 1, State = Bytes(NewState()) }).Outcome);
        Assert.Equal((AccountOutcome.Gap, 10), Outcome(account.Take(Call(1, 10, [11]) with { Epoch = 3 })));
        Assert.Equal((AccountOutcome.Taken, 12), Outcome(account.Take(Call(2, 0, [12]) with { Epoch = 3, State = Bytes(NewState()) })));
    }

    [Fact]
    public void What_breaks_it_is_told_and_the_state_is_forgotten()
    {
        var state = Bytes(NewState());
        // The version of its bytes: every use of it fails.
        state[0] |= 0x80;
        Assert.Equal(AccountOutcome.Broken, account.Take(Call(1, 0, [10]) with { State = state }).Outcome);
        Assert.False(account.IsInUse);
        Assert.Equal(AccountOutcome.Gap, account.Take(Call(2, 10, [11])).Outcome);
    }

    [Fact]
    public void A_release_gives_the_state_and_forgets_it()
    {
        account.Take(Call(1, 0, [10]) with { State = Bytes(NewState()) });
        var released = account.Take(Call(2, 10, []) with { WantsState = true, Releases = true });

        Assert.Equal(10, AccountActor.Position(AccountState.Of(released.State!.Value.ToArray())));
        Assert.False(account.IsInUse);
    }

    [Fact]
    public void Answers_and_calls_come_out_of_their_bytes_as_they_went_in()
    {
        var call = Call(1, 0, [10, 11]) with { State = Bytes(NewState()), WantsState = true };
        var reply = account.Take(call);
        var (callAgain, replyAgain) = (AccountCall.Of(call.ToBytes()), AccountReply.Of(reply.ToBytes()));

        Assert.Equal(call.ToBytes(), callAgain.ToBytes());
        Assert.Equal(reply.ToBytes(), replyAgain.ToBytes());
        Assert.Null(AccountCall.Of(Call(1, 0, []).ToBytes()).State);
        Assert.Equal(reply.Results.Count, replyAgain.Results.Count);
        Assert.True(replyAgain.Results.Sum(result => result.Changes.Count) > 0);
    }

    private static (AccountOutcome, long) Outcome(AccountReply reply) => (reply.Outcome, reply.Position);

    private static AccountState NewState() => AccountActor.Create(Sample.Model, "acme"u8, Day);

    private static byte[] Bytes(AccountState state) => state.Bytes.ToArray();

    private static AccountCall Call(long number, long previous, long[] positions) => new()
    {
        Number = number,
        Partition = 0,
        Epoch = 1,
        Lease = 1,
        Account = "acme",
        Model = 1,
        Day = Day,
        Previous = previous,
        Position = positions.Length == 0 ? previous : positions[^1],
        Positions = positions,
        Records = positions.SelectMany(Event).ToArray(),
    };

    private static byte[] Event(long position)
    {
        using var buffer = new RecordBuffer();
        SendDraft.Write(buffer, Sample.Event($"m{position}", Sample.Start), 5);
        Record.Stamp(buffer.Writable, Sample.Start + position, Sample.Start + position, RecordFlags.None);
        return buffer.Written.ToArray();
    }
}
