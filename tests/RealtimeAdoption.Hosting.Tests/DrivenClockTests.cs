using RealtimeAdoption.Hosting.Clocks;

namespace RealtimeAdoption.Hosting.Tests;

public sealed class DrivenClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 23, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_starts_where_it_is_told_and_runs_at_its_speed()
    {
        var machine = new HandDriven();
        var clock = new DrivenClock(Start, 1440, machine);
        Assert.Equal(Start, clock.GetUtcNow());
        machine.Pass(TimeSpan.FromSeconds(60));
        Assert.Equal(Start.AddDays(1), clock.GetUtcNow());
    }

    [Fact]
    public void At_speed_0_it_stands_still_and_no_timer_of_it_fires()
    {
        var machine = new HandDriven();
        var clock = new DrivenClock(Start, 0, machine);
        machine.Pass(TimeSpan.FromDays(3));
        Assert.Equal(Start, clock.GetUtcNow());
        using var timer = clock.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        Assert.Equal((Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan), machine.Asked);
    }

    [Theory]
    [InlineData(1440, 3600, 2.5)]
    [InlineData(0.5, 10, 20)]
    [InlineData(1_000_000, 0.001, 0.001)]
    public void Waiting_takes_the_machine_that_much_less(double speed, double seconds, double onMachine)
    {
        var machine = new HandDriven();
        using var timer = new DrivenClock(Start, speed, machine).CreateTimer(_ => { }, null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
        Assert.Equal((TimeSpan.FromSeconds(onMachine), Timeout.InfiniteTimeSpan), machine.Asked);
    }

    [Fact]
    public void It_never_runs_past_the_end_of_time()
    {
        var machine = new HandDriven();
        var clock = new DrivenClock(new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero), 1_000_000, machine);
        machine.Pass(TimeSpan.FromDays(1000));
        Assert.Equal(DateTimeOffset.MaxValue, clock.GetUtcNow());
    }

    private sealed class HandDriven : TimeProvider
    {
        private long ticks;

        public (TimeSpan Due, TimeSpan Period) Asked { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => ticks += time.Ticks;

        public override long GetTimestamp() => ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Asked = (dueTime, period);
            return new Quiet();
        }

        private sealed class Quiet : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
