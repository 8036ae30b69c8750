using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Generators;

/// <summary>One thing that happens to a partition, at an instant of its clock (unix ms, never decreasing along a history).</summary>
public abstract record Step(long NowMs);

/// <summary>Messages reach the partition in this order; each is received at its own instant, the last at <see cref="Step.NowMs"/>.</summary>
public sealed record SendStep(long NowMs, IReadOnlyList<Send> Sends) : Step(NowMs)
{
    public override string ToString() => string.Join("\n", Sends.Select(s => $"  send {s}"));
}

/// <summary>Time passes without a message: ticks, if a day was opened.</summary>
public sealed record PassStep(long NowMs) : Step(NowMs)
{
    public override string ToString() => $"  pass to {Send.Instant(NowMs)}";
}

/// <summary>The background reads the history for the accounts that are marked now; its result is kept back.</summary>
public sealed record BeginRebuildStep(long NowMs) : Step(NowMs)
{
    public override string ToString() => $"  begin rebuild {Send.Instant(NowMs)}";
}

/// <summary>What the background has recomputed is swapped in.</summary>
public sealed record FinishRebuildStep(long NowMs) : Step(NowMs)
{
    public override string ToString() => $"  finish rebuild {Send.Instant(NowMs)}";
}

public sealed record CheckpointStep(long NowMs) : Step(NowMs)
{
    public override string ToString() => $"  checkpoint {Send.Instant(NowMs)}";
}

/// <summary>The process dies and recovers from what is durable.</summary>
public sealed record CrashStep(long NowMs) : Step(NowMs)
{
    public override string ToString() => $"  crash and recover {Send.Instant(NowMs)}";
}

/// <summary>Every account is asked and compared.</summary>
public sealed record ReadStep(long NowMs) : Step(NowMs)
{
    public override string ToString() => $"  read {Send.Instant(NowMs)}";
}

/// <param name="Seed">Makes it again.</param>
/// <param name="Model">Scored by.</param>
/// <param name="Steps">In order.</param>
/// <param name="AllLive">No send is historic: every change has one cause, at once.</param>
public sealed record History(int Seed, AdoptionModel Model, IReadOnlyList<Step> Steps, bool AllLive)
{
    public IEnumerable<Send> Sends => Steps.OfType<SendStep>().SelectMany(s => s.Sends);

    public override string ToString() => $"history of seed {Seed}, late_days {Model.LateDays}\n{string.Join("\n", Steps)}";
}
