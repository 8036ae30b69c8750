namespace RealtimeAdoption.Hosting.Clocks;

/// <summary>
/// A clock that starts at a chosen instant and runs at a chosen speed: for demos, time lapses and tests. Its timers run on its own time, so that
/// waiting for midnight at speed 1440 takes a minute; at speed 0 it stands still and no timer of it fires. Stamps (<see cref="TimeProvider.GetTimestamp"/>)
/// stay the machine's: they measure work, not days. Not a test double: the server itself runs on it where <c>Clock:Start</c> or <c>Clock:Speed</c> is set.
/// Thread-safe.
/// </summary>
public sealed class DrivenClock : TimeProvider
{
    /// <summary>What a timer can wait at most, a little under <see cref="Timer"/>'s own limit.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(49);

    private readonly TimeProvider machine;
    private readonly DateTimeOffset start;
    private readonly long startedAt;

    /// <param name="start">Its first instant.</param>
    /// <param name="speed">Seconds of this clock in a second of the machine's; 0 to 1,000,000.</param>
    /// <param name="machine">The clock that drives it.</param>
    public DrivenClock(DateTimeOffset start, double speed, TimeProvider? machine = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(speed);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(speed, 1_000_000);
        this.machine = machine ?? System;
        this.start = start.ToUniversalTime();
        Speed = speed;
        startedAt = this.machine.GetTimestamp();
    }

    public double Speed { get; }

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => machine.GetTimestamp();

    public override DateTimeOffset GetUtcNow()
    {
        var passed = machine.GetElapsedTime(startedAt).Ticks * Speed;
        var most = (DateTimeOffset.MaxValue - start).Ticks;
        return start.AddTicks(passed >= most ? most : (long)passed);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new DrivenTimer(this, callback, state, dueTime, period);

    /// <summary>In the machine's time. Never shorter than a millisecond, so that a fast clock cannot make a busy loop.</summary>
    private TimeSpan OnMachine(TimeSpan wait)
    {
        if (wait == Timeout.InfiniteTimeSpan || wait == TimeSpan.Zero) return wait;
        if (Speed <= 0) return Timeout.InfiniteTimeSpan;
        var ticks = wait.Ticks / Speed;
        if (ticks >= LongestWait.Ticks) return LongestWait;
        return TimeSpan.FromTicks(Math.Max((long)ticks, TimeSpan.TicksPerMillisecond));
    }

    private sealed class DrivenTimer : ITimer
    {
        private readonly DrivenClock clock;
        private readonly ITimer timer;

        public DrivenTimer(DrivenClock clock, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            this.clock = clock;
            timer = clock.machine.CreateTimer(callback, state, clock.OnMachine(dueTime), clock.OnMachine(period));
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(clock.OnMachine(dueTime), clock.OnMachine(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
