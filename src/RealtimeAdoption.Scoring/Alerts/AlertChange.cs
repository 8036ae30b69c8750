using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>What the feed of changes says of an alert.</summary>
internal static class AlertChange
{
    /// <param name="block">The account.</param>
    /// <param name="occasion">What brought it about.</param>
    /// <param name="entry">As it is after it, its figures up to date.</param>
    /// <param name="type">What happened.</param>
    /// <param name="before">The severity before; of an <see cref="ChangeType.AlertChanged"/> both are told.</param>
    /// <param name="action">Of what a person did.</param>
    public static void Tell(in AccountBlock block, in Occasion occasion, AlertEntry entry, ChangeType type, AlertSeverity before, AlertAction? action = null)
    {
        var isEnd = type == ChangeType.AlertResolved;
        occasion.Tell(occasion.Make(block, type) with
        {
            From = type == ChangeType.AlertChanged ? NameOf(before) : null,
            To = type == ChangeType.AlertChanged ? NameOf(entry.Severity) : null,
            Alert = new AlertNote
            {
                Type = entry.Key.Type,
                Subject = entry.Key.Subject,
                Severity = entry.Severity,
                Reason = AlertWords.Reason(block.Model.Definition, entry.Key, entry.Figures),
                By = action?.By,
                Until = action?.Until,
                UntilWorse = action?.UntilWorse ?? false,
                Assignee = action?.Assignee,
                Resolution = isEnd ? entry.Resolution : null,
            },
        });
    }

    private static string NameOf(AlertSeverity severity) => severity switch
    {
        AlertSeverity.Info => "info",
        AlertSeverity.Notice => "notice",
        AlertSeverity.Warning => "warning",
        _ => "urgent",
    };
}
