using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>The life of an account's alerts, told from docs/alerts.md.</summary>
public sealed class ReferenceAlerts
{
    private const int ChampionsMost = 10;
    private const int ReadableDays = 30;
    private static readonly AlertType[] Types = Enum.GetValues<AlertType>();

    // The last one of each key.
    private readonly Dictionary<(AlertType Type, string Subject), ReferenceAlert> alerts = [];
    private int champions;

    public IEnumerable<ReferenceAlert> Live => alerts.Values.Where(a => a.IsLive).OrderBy(a => a.Type).ThenBy(a => a.Subject, StringComparer.Ordinal);

    /// <summary>Live ones and those resolved not long ago, in the order of their types and subjects.</summary>
    public IEnumerable<ReferenceAlert> Readable(AdoptionModel model, int today)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Alerts is null) return [];
        return alerts.Values.Where(a => IsReadable(a, model, today))
            .OrderBy(a => a.Type).ThenBy(a => Place(model, a.Subject)).ThenBy(a => a.Subject, StringComparer.Ordinal);
    }

    public IReadOnlyList<ExpectedChange> Judge(AlertSituation s)
    {
        ArgumentNullException.ThrowIfNull(s);
        var changes = new List<ExpectedChange>();
        foreach (var type in Types)
        {
            // Those that end now make room.
            if (type == AlertType.ChampionQuiet)
                champions = alerts.Values.Count(a => a.IsLive && a.Type == AlertType.ChampionQuiet && !s.Churned && !s.IsOff(type) && AlertConditions.Ended(s, a, SlipIsLive) is null);
            foreach (var subject in Subjects(s, type)) JudgeKey(s, type, subject, changes);
        }

        // What can no longer be read is forgotten, but for what a person keeps down and what waits for the end of a pin.
        foreach (var (key, alert) in alerts.ToList())
            if (!IsReadable(alert, s.Model, s.Today) && !IsKept(alert)) alerts.Remove(key);
        return changes;
    }

    // One of a product that the model no longer has comes last.
    private static int Place(AdoptionModel model, string product) => model.Products.ToList().FindIndex(p => p.Id == product) is >= 0 and var place ? place : int.MaxValue;

    private static bool IsKept(ReferenceAlert alert) => alert.Resolution switch
    {
        AlertResolution.ByPerson => !alert.WasFalseSince,
        AlertResolution.Pinned => !alert.WasAskedAfterPin,
        _ => false,
    };

    private static bool IsReadable(ReferenceAlert alert, AdoptionModel model, int today)
    {
        if (alert.IsLive) return true;
        var longest = model.Alerts is { } rules ? rules.SegmentRules.Values.Append(rules.Rules).Max(set => set[(int)alert.Type].CoolDownDays) : 0;
        return today - alert.ResolvedOn < Math.Max(ReadableDays, longest);
    }

    /// <summary>What a person's record does; null: it does not fit the state or would change nothing, and has no effect.</summary>
    public ExpectedChange? Act(Send send, int today)
    {
        ArgumentNullException.ThrowIfNull(send);
        var type = TypeOf(send.Property("type")?.Text);
        if (type is null || !alerts.TryGetValue((type.Value, send.Property("subject")?.Text ?? ""), out var alert) || !alert.IsLive) return null;
        var by = send.Property("by")?.Text;
        switch (send.Name)
        {
            case "acknowledge" when alert.State != AlertState.Acknowledged:
                alert.State = AlertState.Acknowledged;
                alert.AcknowledgedBy = by;
                return Note(ChangeType.AlertAcknowledged, alert, today, CauseKind.Person) with { By = by };
            case "snooze":
                return Snooze(alert, send, today);
            case "assign":
                var assignee = send.Property("assignee") is { Kind: PropertyKind.Text } named ? named.Text : null;
                if (assignee == alert.Assignee) return null;
                alert.Assignee = assignee;
                return Note(ChangeType.AlertAssigned, alert, today, CauseKind.Person) with { By = by, Assignee = alert.Assignee };
            case "resolve":
                Resolve(alert, AlertResolution.ByPerson, today);
                alert.ResolvedBy = by;
                return Note(ChangeType.AlertResolved, alert, today, CauseKind.Person) with { By = by, Resolution = AlertResolution.ByPerson };
            default:
                return null;
        }
    }

    private static AlertType? TypeOf(string? name)
    {
        foreach (var type in Types)
            if (NameOf(type) == name) return type;
        return null;
    }

    /// <summary>As it stands on the wire: health_slip.</summary>
    public static string NameOf(AlertType type) =>
        string.Concat(type.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString(CultureInfo.InvariantCulture)));

    private static ExpectedChange? Snooze(ReferenceAlert alert, Send send, int today)
    {
        var until = ReferencePins.Day(send.Property("until"));
        var worse = send.Property("until_worse")?.Text == "true";
        if (until is { } day ? day <= today : !worse) return null;
        if (alert.State == AlertState.Snoozed && alert.SnoozedUntil == until && alert.SnoozedUntilWorse == worse) return null;
        alert.State = AlertState.Snoozed;
        alert.SnoozedUntil = until;
        alert.SnoozedUntilWorse = worse;
        return Note(ChangeType.AlertSnoozed, alert, today, CauseKind.Person) with { By = send.Property("by")?.Text, Until = until, UntilWorse = worse };
    }

    private List<string> Subjects(AlertSituation s, AlertType type)
    {
        var known = alerts.Keys.Where(k => k.Type == type).Select(k => k.Subject);
        return type switch
        {
            // One of a product that the model no longer has comes last.
            AlertType.ProductAdopted or AlertType.ProductLapsed or AlertType.ProductUnadopted => [.. s.Model.Products.Select(p => p.Id).Union(known.Order(StringComparer.Ordinal))],
            AlertType.ChampionQuiet => [.. s.Facts.Users.Union(known).Order(StringComparer.Ordinal)],
            _ => [""],
        };
    }

    private void JudgeKey(AlertSituation s, AlertType type, string subject, List<ExpectedChange> changes)
    {
        var alert = alerts.GetValueOrDefault((type, subject));
        if (alert is { IsLive: true }) JudgeLive(s, alert, changes);
        else JudgeOther(s, type, subject, alert, changes);
    }

    private void JudgeLive(AlertSituation s, ReferenceAlert alert, List<ExpectedChange> changes)
    {
        var slippedAgain = alert.Type == AlertType.HealthSlip && s.SlippedFrom is not null;
        if (slippedAgain && s.SlippedFrom > alert.BestFrom) alert.BestFrom = s.SlippedFrom.Value;
        AlertResolution? ended = s.Churned ? AlertResolution.Churned : s.IsOff(alert.Type) ? AlertResolution.RuleOff : null;
        var isJudged = IsJudged(s, alert.Type);
        if (ended is null && isJudged) ended = AlertConditions.Ended(s, alert, SlipIsLive);
        if (ended is { } why)
        {
            Resolve(alert, why, s.Today);
            changes.Add(Note(ChangeType.AlertResolved, alert, s.Today, s.Cause) with { Resolution = why });
            return;
        }

        var rose = slippedAgain;
        if (isJudged && AlertConditions.Severity(s, alert) is var severity && severity != alert.Severity)
        {
            rose |= severity > alert.Severity;
            changes.Add(Note(ChangeType.AlertChanged, alert, s.Today, s.Cause) with { Severity = severity, From = Word(alert.Severity), To = Word(severity) });
            alert.Severity = severity;
        }

        var wakes = alert.State == AlertState.Snoozed && ((rose && alert.SnoozedUntilWorse) || alert.SnoozedUntil <= s.Today);
        if (!wakes && !(rose && alert.State == AlertState.Acknowledged)) return;
        alert.State = AlertState.Open;
        changes.Add(Note(ChangeType.AlertReopened, alert, s.Today, s.Cause));
    }

    private void JudgeOther(AlertSituation s, AlertType type, string subject, ReferenceAlert? last, List<ExpectedChange> changes)
    {
        if (s.Churned || s.IsOff(type)) return;
        var isJudged = IsJudged(s, type);
        if (last is { Resolution: AlertResolution.ByPerson } && isJudged && AlertConditions.Ended(s, last, SlipIsLive) is not null) last.WasFalseSince = true;
        if (last is { Resolution: AlertResolution.Pinned, WasAskedAfterPin: false })
        {
            if (isJudged) JudgeAfterPin(s, last, changes);
            return;
        }

        if (type == AlertType.ChampionQuiet && champions >= ChampionsMost) return;
        if (AlertConditions.Opening(s, type, subject) is not { } opened || AlertConditions.Ended(s, opened, SlipIsLive) is not null) return;
        opened.Severity = AlertConditions.Severity(s, opened);
        if (last is not null)
        {
            var held = s.Today - last.ResolvedOn < s.Rule(type).CoolDownDays || (last.Resolution == AlertResolution.ByPerson && !last.WasFalseSince);
            if (held && opened.Severity <= last.Severity)
            {
                Suppressed++;
                return;
            }
        }

        if (type == AlertType.ChampionQuiet) champions++;
        alerts[(type, subject)] = opened;
        changes.Add(Note(ChangeType.AlertOpened, opened, s.Today, s.Cause));
    }

    // A slip is not judged while the band is unknown; a model without health has none.
    private static bool IsJudged(AlertSituation s, AlertType type) => type != AlertType.HealthSlip || s.ShownBand != Band.Unknown || s.Model.Health is null;

    private void JudgeAfterPin(AlertSituation s, ReferenceAlert last, List<ExpectedChange> changes)
    {
        if (AlertConditions.IsPinned(s, last.Type)) return;
        last.WasAskedAfterPin = true;
        var opened = AlertConditions.Opening(s, last.Type, last.Subject)
            ?? new ReferenceAlert { Type = last.Type, Subject = last.Subject, OpenedOn = s.Today, OpenedBy = s.Cause, Since = last.Since, Stage = last.Stage };
        if (last.BestFrom > opened.BestFrom) opened.BestFrom = last.BestFrom;
        if (AlertConditions.Ended(s, opened, SlipIsLive) is not null) return;
        opened.Severity = AlertConditions.Severity(s, opened);
        alerts[(last.Type, last.Subject)] = opened;
        changes.Add(Note(ChangeType.AlertOpened, opened, s.Today, s.Cause));
    }

    /// <summary>Openings that a cool-down or a person's word kept back.</summary>
    public int Suppressed { get; private set; }

    private bool SlipIsLive => alerts.TryGetValue((AlertType.HealthSlip, ""), out var slip) && slip.IsLive;

    private static void Resolve(ReferenceAlert alert, AlertResolution why, int today)
    {
        alert.State = AlertState.Resolved;
        alert.Resolution = why;
        alert.ResolvedOn = today;
    }

    private static ExpectedChange Note(ChangeType type, ReferenceAlert alert, int today, CauseKind cause) =>
        new(type, today, cause) { Alert = alert.Type, Subject = alert.Subject, Severity = alert.Severity };

    private static string Word(AlertSeverity severity) => severity.ToString().ToLowerInvariant();
}
