using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Simulation.Checks;

/// <summary>Alerts as the feed tells them: of one account, type and subject there is one live at a time.</summary>
internal static class AlertCheck
{
    /// <summary>Null: none is doubled.</summary>
    /// <param name="changes">Of one partition, in order.</param>
    public static string? Difference(IEnumerable<Change> changes)
    {
        var live = new HashSet<(string, AlertType, string)>();
        foreach (var change in changes)
        {
            if (change.Alert is not { } alert) continue;
            var key = (change.Account, alert.Type, alert.Subject);
            var isWrong = change.Type switch
            {
                ChangeType.AlertOpened or ChangeType.AlertReopened => !live.Add(key) && change.Type == ChangeType.AlertOpened,
                ChangeType.AlertResolved => !live.Remove(key),
                _ => !live.Contains(key),
            };
            if (isWrong) return $"{change.Type} of {alert.Type} '{alert.Subject}' of {change.Account} at {change.Position}, which is {(live.Contains(key) ? "live" : "not live")}";
        }

        return null;
    }
}
