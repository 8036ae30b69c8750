using RealtimeAdoption.Silo.Accounts;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class CallAllowanceTests
{
    private readonly StepClock clock = new();

    [Fact]
    public void So_many_calls_a_second_are_granted_however_many_are_asked_for()
    {
        var allowance = new CallAllowance(1_000, clock);
        var granted = 0;
        for (var ms = 0; ms < 10_000; ms++)
        {
            clock.NowMs += 1;
            granted += allowance.Take(4);
        }

        Assert.InRange(granted, 10_000, 10_100);
    }

    [Fact]
    public void Few_calls_are_all_granted_and_a_tenth_of_a_second_is_saved_up()
    {
        var allowance = new CallAllowance(1_000, clock);
        for (var i = 0; i < 100; i++)
        {
            clock.NowMs += 10;
            Assert.Equal(7, allowance.Take(7));
        }

        clock.NowMs += 10_000;
        Assert.Equal(100, allowance.Take(500));
        Assert.Equal(0, allowance.Take(1));
    }

    [Fact]
    public void One_call_a_second_is_possible_and_none_is()
    {
        var one = new CallAllowance(1, clock);
        Assert.Equal(1, one.Take(3));
        clock.NowMs += 900;
        Assert.Equal(0, one.Take(3));
        clock.NowMs += 100;
        Assert.Equal(1, one.Take(3));
        Assert.Equal(0, new CallAllowance(0, clock).Take(1));
    }

    private sealed class StepClock : TimeProvider
    {
        public long NowMs { get; set; }

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => NowMs;
    }
}
