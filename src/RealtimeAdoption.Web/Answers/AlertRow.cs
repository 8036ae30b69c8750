using System.Diagnostics.CodeAnalysis;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Web.Answers;

/// <summary>An alert with its id. What people did to it, and its end, stand only where they happened.</summary>
public record AlertRow
{
    /// <summary><c>type:subject:account</c>.</summary>
    public required string Id { get; init; }
    public required string Account { get; init; }
    public required AlertType Type { get; init; }

    /// <summary>A product's id, a user's id, or empty.</summary>
    public required string Subject { get; init; }
    public required AlertState State { get; init; }
    public required AlertSeverity Severity { get; init; }
    public required DateOnly OpenedOn { get; init; }
    public required DateTimeOffset OpenedAt { get; init; }
    public required CauseKind OpenedBy { get; init; }
    public required string Reason { get; init; }
    public required IReadOnlyDictionary<string, object> Figures { get; init; }
    public required string Action { get; init; }
    public string? Owner { get; init; }
    public string? AcknowledgedBy { get; init; }
    public DateOnly? SnoozedUntil { get; init; }
    public bool? SnoozedUntilWorse { get; init; }
    public DateOnly? ResolvedOn { get; init; }
    public AlertResolution? Resolution { get; init; }
    public string? ResolvedBy { get; init; }

    internal static AlertRow Of(string account, AlertView alert) => Fill(
        new AlertRow
        {
            Id = new AlertKey(alert.Type, alert.Subject).Id(account),
            Account = account,
            Type = alert.Type,
            Subject = alert.Subject,
            State = alert.State,
            Severity = alert.Severity,
            OpenedOn = alert.OpenedOn,
            OpenedAt = alert.OpenedAt,
            OpenedBy = alert.OpenedBy,
            Reason = alert.Reason,
            Figures = alert.Figures,
            Action = alert.Action,
        },
        alert);

    /// <summary>Why an alert ended, in words.</summary>
    internal static string WordsOf(AlertResolution? resolution, string? by) => resolution switch
    {
        AlertResolution.Ended => "its condition no longer holds",
        AlertResolution.Passed => "its time is over",
        AlertResolution.Churned => "the account has churned",
        AlertResolution.RuleOff => "its rule was turned off",
        AlertResolution.ByPerson => $"by {by}",
        AlertResolution.Pinned => "the band or stage was pinned",
        _ => "it has ended",
    };

    private static AlertRow Fill(AlertRow row, AlertView alert) => row with
    {
        Owner = alert.Owner,
        AcknowledgedBy = alert.AcknowledgedBy,
        SnoozedUntil = alert.SnoozedUntil,
        SnoozedUntilWorse = alert.State == AlertState.Snoozed ? alert.SnoozedUntilWorse : null,
        ResolvedOn = alert.ResolvedOn,
        Resolution = alert.Resolution,
        ResolvedBy = alert.ResolvedBy,
    };
}

/// <summary>An alert in the fleet's list, with what one needs to know of its account.</summary>
public sealed record FleetAlertRow : AlertRow
{
    [SetsRequiredMembers]
    private FleetAlertRow(AlertRow alert, AccountSummary account)
        : base(alert)
    {
        Name = account.Name;
        Segment = account.SegmentId;
        Stage = account.StageId;
        Band = account.Band;
        Arr = account.Arr;
    }

    /// <summary>Of the account.</summary>
    public string Name { get; }

    /// <summary>Id, or <c>unknown</c>.</summary>
    public string Segment { get; }
    public string Stage { get; }

    /// <summary>As shown.</summary>
    public Band Band { get; }

    /// <summary>Contract value a year; null: not known.</summary>
    public decimal? Arr { get; }

    internal static FleetAlertRow Of(FleetAlert row) => new(AlertRow.Of(row.Account.Account, row.Alert), row.Account);
}

/// <summary>Many alerts of one type, day and kind of cause, told as one. The three together, as filters of the list, give its alerts.</summary>
public sealed record StormRow(AlertType Type, DateOnly OpenedOn, CauseKind OpenedBy, AlertSeverity Severity, int Alerts, IReadOnlyDictionary<string, int> BySeverity, DateTimeOffset LatestOpenedAt)
{
    internal static StormRow Of(AlertStorm storm) => new(
        storm.Key.Type, storm.Key.OpenedOn, storm.Key.OpenedBy, storm.Severity, storm.Count, Severities.Of(storm.BySeverity), storm.OpenedAt);
}

/// <param name="Alerts">In the order asked for.</param>
/// <param name="Storms">Null: not asked for.</param>
/// <param name="NextCursor">Null: the last page.</param>
public sealed record AlertList(IReadOnlyList<FleetAlertRow> Alerts, IReadOnlyList<StormRow>? Storms, string? NextCursor);

internal static class Severities
{
    public static string[] Names { get; } = [.. Enum.GetNames<AlertSeverity>().Select(name => name.ToLowerInvariant())];

    /// <summary>Counts by severity, the most severe first.</summary>
    public static IReadOnlyDictionary<string, int> Of(IReadOnlyList<int> counts)
    {
        var named = new Dictionary<string, int>(counts.Count);
        for (var severity = counts.Count - 1; severity >= 0; severity--) named[Names[severity]] = counts[severity];
        return named;
    }
}
