namespace RealtimeAdoption.TestKit.Drivers;

/// <summary>A clock that moves when a test moves it. Its timers never fire. Thread-safe.</summary>
public sealed class HandClock(long startMs) : TimeProvider
{
    private long nowMs = startMs;

    public long NowMs => Interlocked.Read(ref nowMs);

    public void AdvanceTo(long ms) => Interlocked.Exchange(ref nowMs, ms);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
}
