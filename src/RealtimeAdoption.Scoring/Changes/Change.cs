using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Changes;

/// <summary>Stored: numbers only grow.</summary>
public enum ChangeType
{
    ProductAdopted,
    ProductLapsed,
    StageChanged,
    Correction,
    ScoreChanged,
    BandChanged,
    HealthSlipped,
    AlertOpened,
    AlertChanged,
    AlertReopened,
    AlertAcknowledged,
    AlertSnoozed,
    AlertAssigned,
    AlertResolved,
    OverrideSet,
    OverrideEnded,
}

/// <summary>
/// Stored: numbers only grow. <see cref="Person"/>: an action on an alert, a pin. <see cref="Drift"/>: small moves of the score, by records and nights that told nothing by themselves.
/// </summary>
public enum CauseKind { Event, Tick, Profile, Rebuild, Model, Person, Drift }

/// <summary>
/// Something that happened to an account, with its reason. Its identity is (partition, <see cref="Position"/>, account,
/// <see cref="Ordinal"/>): applying one twice is the same as once.
/// </summary>
public sealed record Change
{
    public required string Account { get; init; }

    /// <summary>Of the journal record that caused it.</summary>
    public required long Position { get; init; }

    /// <summary>0, 1, ... among the changes of one record and account.</summary>
    public required int Ordinal { get; init; }
    public required ChangeType Type { get; init; }

    /// <summary>The account's day.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Receipt of the causing record; for a tick its day's start.</summary>
    public required DateTimeOffset At { get; init; }
    public string? Product { get; init; }

    /// <summary>Stage ids, bands, severities, pinned values, or the dates that a correction moved.</summary>
    public string? From { get; init; }
    public string? To { get; init; }

    /// <summary>For a correction, which date: first_adopted_on, adopted_on, lapsed_on.</summary>
    public string? Field { get; init; }
    public required Cause Cause { get; init; }

    /// <summary>Of a score change, and of a slip: the score before and after, with each measure's part in it.</summary>
    public ScoreMove? Score { get; init; }

    /// <summary>Of an alert's changes.</summary>
    public AlertNote? Alert { get; init; }

    /// <summary>Of a pin's changes.</summary>
    public OverrideNote? Override { get; init; }
}

/// <summary>
/// A score against the last recorded one: a score change begins, measure by measure, where the one before it ended. The measures' differences add up to the difference of the unrounded scores, 0 standing for none, to 1e-9.
/// </summary>
/// <param name="Before">Unrounded, 0..100; null: there was none.</param>
/// <param name="After">Unrounded, 0..100; null: there is none.</param>
/// <param name="Measures">In the model's order, then those that only the model before had.</param>
public sealed record ScoreMove(double? Before, double? After, IReadOnlyList<MeasureMove> Measures);

/// <summary>A measure's contribution to the score in points, 0 where it was not present. A value: a midnight makes some for each account.</summary>
public readonly record struct MeasureMove(string Measure, double Before, double After);

/// <summary>What a change of an alert says of it, as of then.</summary>
public sealed record AlertNote
{
    public required AlertType Type { get; init; }

    /// <summary>A product's id, a user's id, or empty.</summary>
    public required string Subject { get; init; }
    public required AlertSeverity Severity { get; init; }

    /// <summary>One plain sentence without a full stop.</summary>
    public required string Reason { get; init; }

    /// <summary>Who acted, for what people do.</summary>
    public string? By { get; init; }

    /// <summary>Snoozed until this day.</summary>
    public DateOnly? Until { get; init; }
    public bool UntilWorse { get; init; }

    /// <summary>Assigned to; null with an assignment: back to the account's owner.</summary>
    public string? Assignee { get; init; }
    public AlertResolution? Resolution { get; init; }
}

/// <summary>A pin as it was set.</summary>
/// <param name="Kind">What is pinned.</param>
/// <param name="Value">Band or stage id; null: the pin was taken away.</param>
/// <param name="By">Who set it, or took it away.</param>
/// <param name="Reason">Why, in their words.</param>
/// <param name="Until">The first day on which it no longer holds.</param>
public sealed record OverrideNote(OverrideKind Kind, string? Value, string By, string Reason, DateOnly Until);

/// <summary>Why a change happened.</summary>
public sealed record Cause
{
    public required CauseKind Kind { get; init; }

    /// <summary>Of the journal record; for drift the last one that it may come from.</summary>
    public required long Position { get; init; }

    /// <summary>For drift: the first position that it may come from.</summary>
    public long? FromPosition { get; init; }
    public string? MessageId { get; init; }

    /// <summary>The event's name.</summary>
    public string? Event { get; init; }
    public string? User { get; init; }
    public DateTimeOffset? Time { get; init; }

    /// <summary>For a tick: the day that it opened.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>For a tick: what it ended, e.g. <c>contacts_created 24 of 25 within 30 days</c>.</summary>
    public IReadOnlyList<string>? Expired { get; init; }

    /// <summary>Products that a contract, or a day on which a line starts, has come to cover.</summary>
    public IReadOnlyList<string>? Covered { get; init; }

    /// <summary>Products that are no longer covered.</summary>
    public IReadOnlyList<string>? Uncovered { get; init; }
}
