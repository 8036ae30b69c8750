using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>One alert, live or resolved, with what its condition remembers of its opening.</summary>
public sealed class ReferenceAlert
{
    public required AlertType Type { get; init; }
    public required string Subject { get; init; }
    public required int OpenedOn { get; init; }
    public required CauseKind OpenedBy { get; init; }
    public AlertState State { get; set; } = AlertState.Open;
    public AlertSeverity Severity { get; set; }
    public string? Assignee { get; set; }
    public string? AcknowledgedBy { get; set; }
    public int? SnoozedUntil { get; set; }
    public bool SnoozedUntilWorse { get; set; }
    public int? ResolvedOn { get; set; }
    public AlertResolution? Resolution { get; set; }
    public string? ResolvedBy { get; set; }

    /// <summary>Of one that a person resolved: its condition has been false since.</summary>
    public bool WasFalseSince { get; set; }

    /// <summary>Of one that a pin resolved: it has been asked again since that pin's end.</summary>
    public bool WasAskedAfterPin { get; set; }

    /// <summary>health_slip: the best band that a slip of it fell from.</summary>
    public Band BestFrom { get; set; }

    /// <summary>stage_up: the stage reached; stage_down: the one left.</summary>
    public string? Stage { get; init; }

    /// <summary>The day that keep_days count from.</summary>
    public int? Since { get; init; }

    public bool IsLive => State != AlertState.Resolved;
}
