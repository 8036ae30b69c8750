using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Board;

/// <summary>
/// A change in one plain sentence for people, without a full stop: what moved, and behind a dash or a colon why. For adoption, stages and dates, whose fields tell what moved, the cause alone
/// (<see cref="CauseSentence"/>).
/// </summary>
public static class ChangeSentence
{
    private const int MeasuresTold = 3;

    public static string Of(Change change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return change.Type switch
        {
            ChangeType.ScoreChanged when change.Score is { } score => $"{OfScore(score)} — {OfCause(change)}",
            ChangeType.BandChanged => $"Health went from {change.From} to {change.To}: {CauseSentence.Of(change)}",
            ChangeType.HealthSlipped => OfSlip(change),
            ChangeType.OverrideSet or ChangeType.OverrideEnded when change.Override is { } pin => OfPin(change, pin),
            _ when change.Alert is { } alert => OfAlert(change, alert),
            _ => CauseSentence.Of(change),
        };
    }

    private static string OfScore(ScoreMove score)
    {
        if (score.After is not { } after) return "Health can no longer be scored: no measure is present";
        if (score.Before is not { } before) return $"Health is scored for the first time: {Shown(after)}";
        var moved = Rounded(after) - Rounded(before);
        var head = moved switch
        {
            < 0 => $"Health fell {Points(-moved)} to {Shown(after)}",
            > 0 => $"Health rose {Points(moved)} to {Shown(after)}",
            _ => $"Health stays at {Shown(after)}",
        };
        return WithMeasures(head, score);
    }

    // An event is named so that it can be found; drift has no record of its own to look for.
    private static string OfCause(Change change) => change.Cause switch
    {
        { Kind: CauseKind.Drift } => "small moves since the change before",
        { Kind: CauseKind.Event, MessageId: { Length: > 0 } id } => $"{CauseSentence.Of(change)} ({CauseSentence.Short(id)})",
        _ => CauseSentence.Of(change),
    };

    private static string OfSlip(Change change)
    {
        // From unknown is no way down: no band was known before, and history alone makes the fall true.
        var head = change.From == change.To || change.From == "unknown" ? "Health fell fast" : $"Health slipped from {change.From} to {change.To}";
        return change.Score switch
        {
            { Before: { } before, After: { } after } score => WithMeasures($"{head}, {Shown(before)} to {Shown(after)}", score),
            { After: { } after } => $"{head}, to {Shown(after)}",
            _ => head,
        };
    }

    // What moved most comes first; in the direction of the score before what moved against it.
    private static string WithMeasures(string head, ScoreMove score)
    {
        var direction = Math.Sign((score.After ?? 0) - (score.Before ?? 0));
        var told = score.Measures
            .Select(move => (move.Measure, Points: move.After - move.Before))
            .Where(move => Math.Abs(move.Points) >= SlipSentence.LeastPoints)
            .OrderByDescending(move => Math.Sign(move.Points) == direction).ThenByDescending(move => Math.Abs(move.Points))
            .Take(MeasuresTold)
            .Select(move => string.Create(CultureInfo.InvariantCulture, $"{move.Measure} {move.Points:+0.0;-0.0}"))
            .ToList();
        return told.Count == 0 ? head : $"{head}: {string.Join(", ", told)}";
    }

    private static string OfAlert(Change change, AlertNote alert)
    {
        var by = alert.By ?? "Somebody";
        return change.Type switch
        {
            ChangeType.AlertChanged => $"Now {alert.Severity.ToString().ToLowerInvariant()}: {alert.Reason}",
            ChangeType.AlertReopened => $"Open again: {alert.Reason}",
            ChangeType.AlertAcknowledged => $"{by} acknowledged: {alert.Reason}",
            ChangeType.AlertSnoozed => $"{by} snoozed {Snooze(alert)}: {alert.Reason}",
            ChangeType.AlertAssigned => alert.Assignee is { } assignee ? $"{by} assigned to {assignee}: {alert.Reason}" : $"{by} gave back to the account's owner: {alert.Reason}",
            ChangeType.AlertResolved => $"{Resolution(alert)}: {alert.Reason}",
            _ => alert.Reason,
        };
    }

    private static string Snooze(AlertNote alert) => (alert.Until, alert.UntilWorse) switch
    {
        ({ } until, false) => $"until {until:yyyy-MM-dd}",
        ({ } until, true) => $"until {until:yyyy-MM-dd} or until it is worse",
        _ => "until it is worse",
    };

    private static string Resolution(AlertNote alert) => alert.Resolution switch
    {
        AlertResolution.Ended => "No longer so",
        AlertResolution.Passed => "Its time is over",
        AlertResolution.Churned => "The account has churned",
        AlertResolution.RuleOff => "Its rule was turned off",
        AlertResolution.ByPerson => $"{alert.By ?? "Somebody"} resolved",
        AlertResolution.Pinned => alert.Type == AlertType.HealthSlip ? "The band is pinned" : "The stage is pinned",
        _ => "Resolved",
    };

    private static string OfPin(Change change, OverrideNote pin)
    {
        var what = pin.Kind == OverrideKind.Band ? "band" : "stage";
        if (change.Type == ChangeType.OverrideSet && pin.Value is not null)
            return WithReason($"{pin.By} pinned the {what} at {pin.Value} until {pin.Until:yyyy-MM-dd}", pin.Reason);
        return change.Cause.Kind == CauseKind.Person
            ? WithReason($"{pin.By} took the {what}'s pin away", pin.Reason)
            : $"The {what} is no longer pinned: {CauseSentence.Of(change)}";
    }

    private static string WithReason(string head, string reason) => reason.Length == 0 ? head : $"{head}: {reason}";

    private static string Points(decimal points) => points == 1 ? "1 point" : string.Create(CultureInfo.InvariantCulture, $"{points:0.#} points");

    private static string Shown(double score) => Rounded(score).ToString("0.#", CultureInfo.InvariantCulture);

    // As the score is shown: half-even to 9 decimals, then half-up to 1.
    private static decimal Rounded(double score) => Math.Round(Math.Round((decimal)score, 9), 1, MidpointRounding.AwayFromZero);
}
