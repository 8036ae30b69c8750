using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>A score as it stood: unrounded, as shown, and each measure's part in it.</summary>
public sealed record ScorePoint(double? Unrounded, decimal? Shown, IReadOnlyList<(string Measure, double Part)> Parts)
{
    public static ScorePoint None { get; } = new(null, null, []);

    /// <summary>As health stands; null: the model has none.</summary>
    public static ScorePoint Of(ReferenceHealth? health) =>
        health is null ? None : new(health.Unrounded, health.Shown, [.. health.Measures.Select(m => (m.Id, m.Contribution))]);

    /// <summary>A measure's part is another, by more than how doubles are added up.</summary>
    public bool Differs(ScorePoint other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Parts.Concat(other.Parts).Any(p => Math.Abs(PartOf(p.Measure) - other.PartOf(p.Measure)) > 1e-9);
    }

    public double PartOf(string measure) => Parts.Where(p => p.Measure == measure).Select(p => p.Part).FirstOrDefault();
}

/// <summary>A change that is due. What it says in words is compared as it stands, the numbers of its score to 1e-9.</summary>
public sealed record ExpectedChange(ChangeType Type, int Day, CauseKind Cause)
{
    private const double Tolerance = 1e-9;

    /// <summary>Of the record, where it has one.</summary>
    public string? MessageId { get; init; }

    /// <summary>What a tick ended, in words.</summary>
    public IReadOnlyList<string> Expired { get; init; } = [];
    public string? Product { get; init; }
    public string? From { get; init; }
    public string? To { get; init; }
    public string? Field { get; init; }
    public (ScorePoint Before, ScorePoint After)? Score { get; init; }
    public AlertType? Alert { get; init; }
    public string? Subject { get; init; }
    public AlertSeverity? Severity { get; init; }
    public string? By { get; init; }
    public int? Until { get; init; }
    public bool UntilWorse { get; init; }
    public string? Assignee { get; init; }
    public AlertResolution? Resolution { get; init; }
    public OverrideKind? Pin { get; init; }

    /// <summary>One line that a person can read.</summary>
    public override string ToString()
    {
        var until = Until is { } day ? Date(day) : null;
        return Words(Type, Date(Day), Cause, Product, Field, From, To, Alert, Subject, Severity, By, until, UntilWorse, Assignee, Resolution, Pin);
    }

    /// <summary>A reported change in the same words.</summary>
    public static string Words(Change change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (note, pin) = (change.Alert, change.Override);
        var until = pin is not null && change.Type == ChangeType.OverrideSet ? pin.Until : note?.Until;
        var by = change.Type == ChangeType.OverrideSet ? pin?.By : note?.By;
        return Words(change.Type, Date(change.Day), change.Cause.Kind, change.Product, change.Field, change.From, change.To, note?.Type, note?.Subject, note?.Severity, by,
            until is { } day ? Date(day) : null, note?.UntilWorse ?? false, note?.Assignee, note?.Resolution, pin?.Kind);
    }

    /// <summary>Null: the reported change says the same.</summary>
    public string? Difference(Change actual)
    {
        ArgumentNullException.ThrowIfNull(actual);
        if (ToString() != Words(actual)) return $"due: {this}\ncame: {Words(actual)}";
        if (!Expired.SequenceEqual(actual.Cause.Expired ?? [])) return $"{this}: expired is due '{string.Join("; ", Expired)}', came '{string.Join("; ", actual.Cause.Expired ?? [])}'";
        if (MessageId is not null && MessageId != actual.Cause.MessageId) return $"{this}: caused by {actual.Cause.MessageId}, {MessageId} is due";
        if (Type is not (ChangeType.ScoreChanged or ChangeType.HealthSlipped)) return null;
        if (actual.Score is not { } move || Score is not { } due) return $"{this}: no score is told";
        if (!Near(due.Before.Unrounded, move.Before) || !Near(due.After.Unrounded, move.After))
            return $"{this}: due {due.Before.Unrounded} to {due.After.Unrounded}, came {move.Before} to {move.After}";
        // The model's measures in its order, then those of a model before that had a part in the recorded score.
        var own = due.After.Parts.Select(p => p.Measure).ToList();
        var departed = due.Before.Parts.Where(p => p.Part != 0 && !own.Contains(p.Measure)).Select(p => p.Measure).Order(StringComparer.Ordinal);
        var told = move.Measures.Select(m => m.Measure).ToList();
        if (!told.Take(own.Count).SequenceEqual(own) || !told.Skip(own.Count).Order(StringComparer.Ordinal).SequenceEqual(departed))
            return $"{this}: due are {string.Join(' ', own)} and then {string.Join(' ', departed)}, told are {string.Join(' ', told)}";
        foreach (var (measure, before, after) in move.Measures)
        {
            if (!Near(due.Before.PartOf(measure), before) || !Near(due.After.PartOf(measure), after))
                return $"{this}: {measure} due {due.Before.PartOf(measure)} to {due.After.PartOf(measure)}, came {before} to {after}";
        }

        if (!Near(move.Before ?? 0, move.Measures.Sum(m => m.Before)) || !Near(move.After ?? 0, move.Measures.Sum(m => m.After)))
            return $"{this}: the measures add up to {move.Measures.Sum(m => m.Before)} and {move.Measures.Sum(m => m.After)}, the scores are {move.Before} and {move.After}";
        var sum = move.Measures.Sum(m => m.After - m.Before);
        return Near((move.After ?? 0) - (move.Before ?? 0), sum) ? null : $"{this}: the measures' differences add up to {sum}, the scores' is {(move.After ?? 0) - (move.Before ?? 0)}";
    }

    private static string Words(
        ChangeType type, string day, CauseKind cause, string? product, string? field, string? from, string? to, AlertType? alert, string? subject, AlertSeverity? severity, string? by,
        string? until, bool untilWorse, string? assignee, AlertResolution? resolution, OverrideKind? pin)
    {
        var words = new List<string> { day, type.ToString() };
        void Say(string name, object? value)
        {
            if (value is not null) words.Add($"{name} {value}");
        }

        Say("of", product);
        Say("field", field);
        // Of an alert what changed is in the note; a score's ends are compared as numbers.
        if (type is ChangeType.ProductAdopted or ChangeType.ProductLapsed or ChangeType.StageChanged or ChangeType.Correction or ChangeType.BandChanged or ChangeType.AlertChanged)
        {
            Say("from", from);
            Say("to", to);
        }

        Say("alert", alert);
        Say("on", subject);
        Say("severity", severity);
        Say("by", by);
        Say("until", until);
        if (untilWorse) words.Add("until worse");
        Say("assignee", assignee);
        Say("because", resolution);
        Say("pin", pin);
        Say("cause", cause);
        return string.Join(' ', words);
    }

    private static bool Near(double? a, double? b) => a is null == b is null && (a is null || Math.Abs(a.Value - b!.Value) <= Tolerance);

    private static string Date(int day) => Date(Days.ToDate(day));

    private static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
