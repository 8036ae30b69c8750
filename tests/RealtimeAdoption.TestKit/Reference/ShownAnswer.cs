using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>What reactions have left to be shown of an account: stage and band with their pins, changes against closes, alerts. Made by the reference and from the real answer.</summary>
public static class ShownAnswer
{
    public static ReferenceAnswer Of(ReferenceReactions account, AdoptionModel model, int today, bool withHealth = true)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(model);
        var answer = new ReferenceAnswer();
        var now = account.Now();
        var stage = model.Stages[account.ShownStage];
        AddStage(answer, stage.Id, stage.Id, Pin(account.Pins.Of(OverrideKind.Stage), model.Stages[now.Stage].Id));
        if (withHealth && model.Health is not null)
        {
            AddBand(answer, account.ShownBand, account.ShownBand, Pin(account.Pins.Of(OverrideKind.Band), account.MeasuredBand.ToString().ToLowerInvariant()));
            answer.Add("change_7d", account.Change(7));
            answer.Add("change_1d", account.Change(1));
        }

        if (model.Alerts is not { } rules) return answer;
        var segment = now.Profile.Segment(model);
        var own = rules.SegmentRules.TryGetValue(segment, out var set) ? set : rules.Rules;
        answer.Add("row.alerts", Counts((state, severity) => account.Alerts.Live.Count(a => a.State == state && a.Severity == severity)));
        foreach (var alert in account.Alerts.Readable(model, today))
        {
            var action = alert.IsLive ? own[(int)alert.Type].Action ?? stage.Action : null;
            AddAlert(answer, alert.Type, alert.Subject, alert.State, alert.Severity, Days.ToDate(alert.OpenedOn), alert.OpenedBy, alert.Assignee ?? now.Profile.Text("owner"),
                alert.AcknowledgedBy, Date(alert.SnoozedUntil), alert.SnoozedUntilWorse, Date(alert.ResolvedOn), alert.Resolution, alert.ResolvedBy, action);
        }

        return answer;
    }

    public static ReferenceAnswer Of(AccountView view, AccountSummary row, AdoptionModel model)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(model);
        var answer = new ReferenceAnswer();
        AddStage(answer, view.Stage, model.Stages[row.Stage].Id, Pin(view.StageOverride));
        if (view.Health is { } health)
        {
            AddBand(answer, health.Band, row.Band, Pin(health.Override));
            answer.Add("change_7d", health.Change7d);
            answer.Add("change_1d", health.Change1d);
        }

        if (view.Alerts is not { } alerts) return answer;
        answer.Add("row.alerts", Counts(row.Alerts.Of));
        foreach (var a in alerts)
        {
            AddAlert(answer, a.Type, a.Subject, a.State, a.Severity, a.OpenedOn, a.OpenedBy, a.Owner, a.AcknowledgedBy, a.SnoozedUntil, a.SnoozedUntilWorse, a.ResolvedOn, a.Resolution, a.ResolvedBy,
                a.State == AlertState.Resolved ? null : a.Action);
        }

        return answer;
    }

    private static void AddStage(ReferenceAnswer answer, string view, string row, string? pin)
    {
        answer.Add("shown.stage", view);
        answer.Add("shown.row.stage", row);
        answer.Add("shown.stage.pin", pin);
    }

    private static void AddBand(ReferenceAnswer answer, Band view, Band row, string? pin)
    {
        answer.Add("shown.band", view);
        answer.Add("shown.row.band", row);
        answer.Add("shown.band.pin", pin);
    }

    // Who acknowledged and how long it was to sleep is told while it is so.
    private static void AddAlert(
        ReferenceAnswer answer, AlertType type, string subject, AlertState state, AlertSeverity severity, DateOnly openedOn, Scoring.Changes.CauseKind openedBy, string? owner, string? acknowledgedBy,
        DateOnly? snoozedUntil, bool untilWorse, DateOnly? resolvedOn, AlertResolution? resolution, string? resolvedBy, string? action)
    {
        var words = $"{state} {severity} opened {openedOn:yyyy-MM-dd} by {openedBy} owner {owner}, {action}";
        if (state == AlertState.Acknowledged) words += $" by {acknowledgedBy}";
        if (state == AlertState.Snoozed) words += $" until {snoozedUntil:yyyy-MM-dd} {(untilWorse ? "worse" : "")}";
        if (state == AlertState.Resolved) words += $" on {resolvedOn:yyyy-MM-dd} {resolution} {resolvedBy}";
        answer.Add($"alerts[{type} {subject}]", words);
    }

    private static string Counts(Func<AlertState, AlertSeverity, int> count) => string.Join(
        ", ",
        from state in new[] { AlertState.Open, AlertState.Acknowledged, AlertState.Snoozed }
        from severity in Enum.GetValues<AlertSeverity>()
        select $"{state} {severity} {count(state, severity)}");

    private static string? Pin(ReferencePin? pin, string measured) =>
        pin is null ? null : string.Create(CultureInfo.InvariantCulture, $"{measured} by {pin.By} since {Days.ToDate(pin.Since):yyyy-MM-dd} until {Days.ToDate(pin.Until):yyyy-MM-dd}");

    private static string? Pin(OverrideView? pin) =>
        pin is null ? null : string.Create(CultureInfo.InvariantCulture, $"{pin.Measured} by {pin.By} since {pin.Since:yyyy-MM-dd} until {pin.Until:yyyy-MM-dd}");

    private static DateOnly? Date(int? day) => day is { } d ? Days.ToDate(d) : null;
}
