using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>What people do to alerts: records of the kind <see cref="RecordKind.AlertAction"/>.</summary>
internal static class AlertActions
{
    /// <summary>
    /// Applies an action; alerts are judged after it. While a rebuild is pending, too: a person sees the live alerts. A record that says nothing sensible has no effect.
    /// </summary>
    public static void Apply(in AccountBlock block, in Record record, in Occasion occasion)
    {
        if (AlertAction.Read(record) is not { } action) return;
        var section = block.SectionSpan(block.Layout.Alerts);
        if (section.IsEmpty) return;
        var book = AlertBook.Read(section);
        if (book.Find(action.Key) is not { IsLive: true } entry) return;
        var scene = new AlertScene(block, block.Model.Alerts, Pins.Of(block));
        var figures = AlertFacts.Now(block, scene, entry);
        if (!AlertLife.Take(entry, action, block.Day)) return;
        entry.Figures = figures;
        AlertChange.Tell(block, occasion, entry, TypeOf(action.Verb), entry.Severity, action);
        AlertJudge.Keep(block, book);
    }

    private static ChangeType TypeOf(AlertVerb verb) => verb switch
    {
        AlertVerb.Acknowledge => ChangeType.AlertAcknowledged,
        AlertVerb.Snooze => ChangeType.AlertSnoozed,
        AlertVerb.Assign => ChangeType.AlertAssigned,
        _ => ChangeType.AlertResolved,
    };
}
