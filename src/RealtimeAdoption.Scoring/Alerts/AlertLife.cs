using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>What a rule says of one alert as things stand.</summary>
/// <param name="Holds">Its condition.</param>
/// <param name="Severity">Meant only where it holds.</param>
/// <param name="IsOver">Where it does not hold: its time is over.</param>
internal readonly record struct Verdict(bool Holds, AlertSeverity Severity, bool IsOver = false);

/// <summary>The life of an alert as docs/alerts.md has it: pure steps of one entry. Each tells what changed, in the order in which it is to be told.</summary>
internal static class AlertLife
{
    /// <summary>Resolved not long ago, or held down by a person: it opens only more severe than it ended.</summary>
    public static bool MayOpen(AlertEntry? before, in Verdict verdict, int coolDownDays, int day)
    {
        if (before is null) return true;
        var isBlocked = before.IsHeldDown || day - before.ResolvedOn < coolDownDays;
        return !isBlocked || verdict.Severity > before.Severity;
    }

    /// <summary>A live one whose condition goes on: its severity, the day of its snooze, and whether it is there anew (<paramref name="again"/>: a further slip).</summary>
    public static void GoOn(AlertEntry entry, AlertSeverity severity, bool again, int day, List<ChangeType> told, bool wakesWhenWorse = true)
    {
        var rose = severity > entry.Severity;
        if (severity != entry.Severity)
        {
            entry.Severity = severity;
            told.Add(ChangeType.AlertChanged);
        }

        var isSnoozed = entry.State == AlertState.Snoozed;
        var wakes = (rose || again) && (entry.State == AlertState.Acknowledged || (isSnoozed && entry.UntilWorse && wakesWhenWorse));
        if (!wakes && !(isSnoozed && entry.SnoozedUntil != AccountBlock.NoDay && entry.SnoozedUntil <= day)) return;
        entry.State = AlertState.Open;
        entry.AcknowledgedBy = null;
        Wake(entry);
        told.Add(ChangeType.AlertReopened);
    }

    public static void Resolve(AlertEntry entry, AlertResolution why, int day)
    {
        entry.State = AlertState.Resolved;
        entry.Resolution = why;
        entry.ResolvedOn = day;
        entry.IsHeldDown = why is AlertResolution.ByPerson or AlertResolution.Pinned;
        Wake(entry);
    }

    /// <summary>False: the action does not fit the alert's state, or would change nothing.</summary>
    public static bool Take(AlertEntry entry, AlertAction action, int day)
    {
        if (!entry.IsLive) return false;
        switch (action.Verb)
        {
            case AlertVerb.Acknowledge when entry.State != AlertState.Acknowledged:
                entry.State = AlertState.Acknowledged;
                entry.AcknowledgedBy = action.By;
                Wake(entry);
                return true;
            case AlertVerb.Snooze:
                var until = action.Until is { } date ? Records.Days.Of(date) : AccountBlock.NoDay;
                if (until == AccountBlock.NoDay ? !action.UntilWorse : until <= day) return false;
                if (entry.State == AlertState.Snoozed && entry.SnoozedUntil == until && entry.UntilWorse == action.UntilWorse) return false;
                entry.State = AlertState.Snoozed;
                entry.SnoozedUntil = until;
                entry.UntilWorse = action.UntilWorse;
                return true;
            case AlertVerb.Assign when !string.Equals(entry.Assignee, action.Assignee, StringComparison.Ordinal):
                entry.Assignee = action.Assignee;
                return true;
            case AlertVerb.Resolve:
                Resolve(entry, AlertResolution.ByPerson, day);
                entry.ResolvedBy = action.By;
                return true;
            default:
                return false;
        }
    }

    /// <summary>The next day on which the entry alone makes a difference.</summary>
    public static int NextDay(AlertEntry entry, AlertRule rule, int readableDays, int day)
    {
        var next = AccountBlock.Never;
        void At(int candidate)
        {
            if (candidate > day && candidate < next) next = candidate;
        }

        if (entry.SnoozedUntil != AccountBlock.NoDay) At(entry.SnoozedUntil);
        if (entry.IsLive) return next;
        At(entry.ResolvedOn + rule.CoolDownDays);
        At(entry.ResolvedOn + readableDays);
        return next;
    }

    private static void Wake(AlertEntry entry)
    {
        entry.SnoozedUntil = AccountBlock.NoDay;
        entry.UntilWorse = false;
    }
}
