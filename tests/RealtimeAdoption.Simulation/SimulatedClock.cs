namespace RealtimeAdoption.Simulation;

/// <summary>The world's time, and the clock that the host reads, which may be behind it. Unix ms. Moved by the simulation alone.</summary>
internal sealed class SimulatedClock(long startMs)
{
    private long behindMs;

    /// <summary>Never goes back.</summary>
    public long NowMs { get; private set; } = startMs;

    /// <summary>What the host's clock shows.</summary>
    public long ShownMs => NowMs - behindMs;

    public void AdvanceTo(long ms) => NowMs = Math.Max(NowMs, ms);

    /// <summary>The host's clock is set back by so much until it is set right.</summary>
    public void SetBack(long ms) => behindMs = ms;

    public void SetRight() => behindMs = 0;
}
