using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>Stored: numbers only grow. All but <see cref="Resolved"/> are live.</summary>
public enum AlertState { Open = 1, Acknowledged, Snoozed, Resolved }

/// <summary>Why an alert ended. Stored: numbers only grow.</summary>
public enum AlertResolution { Ended = 1, Passed, Churned, RuleOff, ByPerson, Pinned }

/// <summary>One alert of an account, in the wire's shape. Its key is account, type and subject.</summary>
public sealed record AlertView
{
    private static readonly AlertFigures NoFigures = new();

    public required AlertType Type { get; init; }

    /// <summary>A product's id, a user's id, or empty.</summary>
    public required string Subject { get; init; }
    public required AlertState State { get; init; }
    public required AlertSeverity Severity { get; init; }

    /// <summary>The account's day.</summary>
    public required DateOnly OpenedOn { get; init; }

    /// <summary>Receipt of the record that opened it; for a tick its day's start.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>What kind of record opened it, for the grouping of storms.</summary>
    public required Changes.CauseKind OpenedBy { get; init; }

    /// <summary>One plain sentence without a full stop.</summary>
    public string Reason => Model is null ? "" : AlertWords.Reason(Model, new AlertKey(Type, Subject), Numbers);

    /// <summary>The numbers behind the reason, as of now while it is live, then as of its last change before the end; by name: whole numbers, decimals, ids or days as texts.</summary>
    public IReadOnlyDictionary<string, object> Figures => Numbers.ToDictionary();

    /// <summary>What to do next.</summary>
    public required string Action { get; init; }

    /// <summary>Whom it was assigned to, else the account's owner.</summary>
    public string? Owner { get; init; }
    public string? AcknowledgedBy { get; init; }
    public DateOnly? SnoozedUntil { get; init; }
    public bool SnoozedUntilWorse { get; init; }
    public DateOnly? ResolvedOn { get; init; }
    public AlertResolution? Resolution { get; init; }

    /// <summary>Who resolved it, where a person did.</summary>
    public string? ResolvedBy { get; init; }

    /// <summary>What the reason and the figures are made of whenever they are read: not every reader of a view asks for them.</summary>
    internal AdoptionModel? Model { get; init; }

    internal AlertFigures Numbers { get; init; } = NoFigures;
}
