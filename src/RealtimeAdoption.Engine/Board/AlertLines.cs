using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Board;

/// <summary>The board's alerts: what to ask the fleet for, and its answer as lines in the board's order. Stateless.</summary>
public static class AlertLines
{
    /// <summary>Live ones that nobody has put off, storms apart.</summary>
    public static AlertQuery Query { get; } = new() { Awake = true, GroupStorms = true, Sort = AlertSort.Severity, Limit = BoardDocument.AlertsLength };

    /// <summary>Most severe first, then open ones before acknowledged ones, then newest first.</summary>
    public static IReadOnlyList<BoardAlert> Of(AlertPage page)
    {
        ArgumentNullException.ThrowIfNull(page);
        var singles = page.Rows.Select(row => (row.Alert.Severity, IsOpen: row.Alert.State == AlertState.Open, row.Alert.OpenedAt, Line: Single(row)));
        var storms = page.Storms.Select(storm => (storm.Severity, IsOpen: storm.ByState[(int)AlertState.Open] > 0, storm.OpenedAt, Line: Storm(storm)));
        return
        [
            .. storms.Concat(singles)
                .OrderByDescending(entry => entry.Severity).ThenByDescending(entry => entry.IsOpen).ThenByDescending(entry => entry.OpenedAt)
                .Select(entry => entry.Line)
                .Take(BoardDocument.AlertsLength),
        ];
    }

    private static BoardAlert Single(FleetAlert row)
    {
        var alert = row.Alert;
        return new BoardAlert
        {
            Id = row.Id,
            Type = WireWord.Of(alert.Type),
            Subject = alert.Subject,
            Severity = WireWord.Of(alert.Severity),
            OfSeverity = 1,
            State = WireWord.Of(alert.State),
            Count = 1,
            Acknowledged = alert.State == AlertState.Acknowledged ? 1 : 0,
            Account = row.Account.Account,
            Name = row.Account.Name,
            Segment = row.Account.SegmentId,
            Owner = alert.Owner,
            AcknowledgedBy = alert.AcknowledgedBy,
            OpenedAt = alert.OpenedAt,
            Reason = alert.Reason,
            Action = alert.Action,
        };
    }

    private static BoardAlert Storm(AlertStorm storm)
    {
        var (type, day, cause) = storm.Key;
        return new BoardAlert
        {
            Id = $"storm:{WireWord.Of(type)}:{day:yyyy-MM-dd}:{WireWord.Of(cause)}",
            Type = WireWord.Of(type),
            Subject = "",
            Severity = WireWord.Of(storm.Severity),
            OfSeverity = storm.BySeverity[(int)storm.Severity],
            State = storm.ByState[(int)AlertState.Open] > 0 ? "open" : "acknowledged",
            Count = storm.Count,
            Acknowledged = storm.ByState[(int)AlertState.Acknowledged],
            OpenedAt = storm.OpenedAt,
            Reason = $"{storm.Count} at once on {day:yyyy-MM-dd}, {WordsOf(cause)}{Severities(storm)}",
            Action = "",
        };
    }

    // One urgent among many that are not must not make all of them urgent.
    private static string Severities(AlertStorm storm)
    {
        var parts = new List<string>();
        for (var severity = AlertSeverity.Urgent; severity >= AlertSeverity.Info; severity--)
        {
            if (storm.BySeverity[(int)severity] is > 0 and var count) parts.Add($"{count} {WireWord.Of(severity)}");
        }

        return parts.Count == 1 ? "" : $": {string.Join(", ", parts)}";
    }

    private static string WordsOf(CauseKind cause) => cause switch
    {
        CauseKind.Event => "each by an event",
        CauseKind.Tick => "as the day began",
        CauseKind.Profile => "as profiles changed",
        CauseKind.Rebuild => "as accounts were recomputed",
        CauseKind.Model => "as a new model was activated",
        _ => "by what people did",
    };
}
