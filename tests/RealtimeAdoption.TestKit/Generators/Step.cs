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

/// <summary>A person does something to one of the alerts that are live then.</summary>
/// <param name="NowMs">When.</param>
/// <param name="Pick">Which one: the place among the live ones, counted round.</param>
/// <param name="Verb">acknowledge, snooze, assign, resolve.</param>
/// <param name="Days">Of a snooze: until so many days later; null: no day.</param>
/// <param name="UntilWorse">Of a snooze.</param>
public sealed record PersonStep(long NowMs, int Pick, string Verb, int? Days, bool UntilWorse) : Step(NowMs)
{
    /// <summary>The record that says so.</summary>
    public Send On(string account, string type, string subject)
    {
        var properties = new List<(string, PlainValue)> { ("type", PlainValue.OfText(type)), ("subject", PlainValue.OfText(subject)), ("by", PlainValue.OfText($"person {Pick % 3}")) };
        if (Days is { } days) properties.Add(("until", PlainValue.OfText($"{Scoring.Records.Days.ToDate(Scoring.Records.Days.Of(NowMs) + days):yyyy-MM-dd}")));
        if (UntilWorse) properties.Add(("until_worse", PlainValue.OfBoolean(true)));
        if (Verb == "assign" && Pick % 4 != 0) properties.Add(("assignee", PlainValue.OfText($"helper {Pick % 2}")));
        return new Send { Kind = Scoring.Records.RecordKind.AlertAction, Source = "api", Account = account, Name = Verb, ReceivedAtMs = NowMs, Properties = properties };
    }

    public override string ToString() => $"  {Send.Instant(NowMs)} a person: {Verb} alert {Pick}{(Days is { } days ? $" for {days} days" : "")}{(UntilWorse ? " until worse" : "")}";
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

/// <summary>Another model is wished for; its record is durable. Nothing where one is under way.</summary>
public sealed record BeginModelStep(long NowMs, AdoptionModel Model) : Step(NowMs)
{
    public override string ToString() => $"  begin model '{Model.Version}' {Send.Instant(NowMs)}: late_days {Model.LateDays}";
}

/// <summary>The activation under way makes one step, or all that are left. Its last one swaps the model in.</summary>
public sealed record AdvanceModelStep(long NowMs, bool ToEnd) : Step(NowMs)
{
    public override string ToString() => $"  {(ToEnd ? "finish" : "advance")} the model's activation {Send.Instant(NowMs)}";
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
/// <param name="Model">Scored by, until another one is swapped in.</param>
/// <param name="Steps">In order.</param>
/// <param name="AllLive">No send is historic: every change has one cause, at once.</param>
public sealed record History(int Seed, AdoptionModel Model, IReadOnlyList<Step> Steps, bool AllLive)
{
    /// <summary>Every model that it knows, in order.</summary>
    public IEnumerable<AdoptionModel> Models => Steps.OfType<BeginModelStep>().Select(s => s.Model).Prepend(Model);

    public IEnumerable<Send> Sends => Steps.OfType<SendStep>().SelectMany(s => s.Sends);

    public override string ToString() => $"history of seed {Seed}, late_days {Model.LateDays}\n{string.Join("\n", Steps)}";
}
