using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>An alert as the account's book keeps it. Days are those of the account; <see cref="AccountBlock.NoDay"/>: none.</summary>
internal sealed class AlertEntry
{
    public required AlertKey Key { get; init; }

    public AlertState State { get; set; } = AlertState.Open;

    /// <summary>Of one that is resolved: as it was then.</summary>
    public AlertSeverity Severity { get; set; }

    public int OpenedOn { get; init; }

    public long OpenedAtMs { get; init; }

    public CauseKind OpenedBy { get; init; }

    /// <summary>What its condition looks back to; of the types that something opens, and of a quiet champion.</summary>
    public AlertAnchor Anchor { get; set; } = AlertAnchor.None;

    /// <summary>While it is live, what only its opening knew.</summary>
    public AlertFigures Figures { get; set; } = new();

    public string? Assignee { get; set; }

    public string? AcknowledgedBy { get; set; }

    public int SnoozedUntil { get; set; } = AccountBlock.NoDay;

    public bool UntilWorse { get; set; }

    public int ResolvedOn { get; set; } = AccountBlock.NoDay;

    public AlertResolution Resolution { get; set; }

    public string? ResolvedBy { get; set; }

    /// <summary>A person resolved it, and its condition has not been false at any judgement since; or a pin did, and stands.</summary>
    public bool IsHeldDown { get; set; }

    /// <summary>It ended with a pin, and is asked once more when that has ended.</summary>
    public bool WaitsForPin => IsHeldDown && Resolution == AlertResolution.Pinned;

    public bool IsLive => State != AlertState.Resolved;

    /// <summary>An ended one can be read for some days; after that it is kept only while it is held down.</summary>
    public bool IsReadable(int readableDays, int day) => IsLive || day - ResolvedOn < readableDays;
}

/// <summary>What the condition of an alert looks back to.</summary>
/// <param name="Day"><c>stage_since</c>, <c>adopted_on</c> or <c>lapsed_on</c> at its opening; a champion's last active day.</param>
/// <param name="Stage">Id of the stage that was reached, or left.</param>
/// <param name="Band">The best band that a slip of it fell from.</param>
internal readonly record struct AlertAnchor(int Day, string Stage, Band Band)
{
    public static AlertAnchor None { get; } = new(AccountBlock.NoDay, "", Band.Unknown);
}
