using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>What each type asks, in the words of the table of docs/alerts.md.</summary>
internal static class AlertConditions
{
    /// <summary>Days before a renewal from which on it is a warning at least.</summary>
    public const int RenewalSoonDays = 30;

    /// <summary>Does the condition go on that an alert with that anchor was opened by? Null: not judged, it is as it was.</summary>
    public static Verdict? Standing(in AccountBlock block, AlertScene scene, AlertKey key, in AlertAnchor anchor)
    {
        var rule = scene.Rule(key.Type);
        return key.Type switch
        {
            AlertType.HealthSlip => Slip(scene, rule, anchor),
            AlertType.StageUp => Keep(scene, rule, anchor, Place(scene, anchor) is >= 0 and var reached && scene.Stage >= reached && !scene.IsStagePinned),
            AlertType.StageDown => Keep(scene, rule, anchor, Place(scene, anchor) is >= 0 and var left && scene.Stage < left && !scene.IsStagePinned),
            AlertType.ProductAdopted => Keep(scene, rule, anchor, (Bit(scene, key) & scene.Counted) != 0),
            AlertType.ProductLapsed => Keep(scene, rule, anchor, (Bit(scene, key) & scene.Entitled & ~scene.Adopted) != 0),
            AlertType.ChampionQuiet => Keep(scene, rule, anchor, Champions.LastDayOf(block, key.Subject) is not { } last || last <= anchor.Day),
            _ => State(scene, rule, key),
        };
    }

    private static Verdict State(AlertScene scene, AlertRule rule, AlertKey key) => rule.Type switch
    {
        AlertType.ProductUnadopted => Of(scene, rule, IsUnadopted(scene, rule, key)),
        AlertType.SecondProductOverdue => Of(scene, rule, IsSecondOverdue(scene)),
        AlertType.BreadthWithoutDepth => Of(scene, rule, scene.CountedProducts >= rule.MinProducts && scene.Depth < rule.Below),
        AlertType.SeatsLow => Of(scene, rule, scene.Seats > 0 && scene.ActiveUsers < rule.Below * scene.Seats && scene.Day - scene.FirstDay >= rule.AfterDays),
        AlertType.SeatsFull => Of(scene, rule, scene.Seats > 0 && scene.ActiveUsers >= rule.AtLeast * scene.Seats),
        AlertType.SentimentLow => Of(scene, rule, scene.IsNpsLow),
        AlertType.RenewalNear => Renewal(scene, rule),
        AlertType.ContactDue => Of(scene, rule, scene.LastContact is { } day && scene.Day - day >= rule.AfterDays),
        AlertType.AccountSilent => Silence(scene, rule),
        _ => throw new ArgumentOutOfRangeException(nameof(key), rule.Type, "Not a condition of state alone."),
    };

    /// <summary>The gate in it: an account that is red, or content with little, is never called ready.</summary>
    public static Verdict Expansion(AlertScene scene, bool isSlipLive)
    {
        var rule = scene.Rule(AlertType.ExpansionReady);
        var isHealthy = scene.ShownBand == Band.Green && scene.MeasuredBand == Band.Green && scene.Depth >= rule.AtLeast && !scene.IsNpsLow && !isSlipLive;
        return Of(scene, rule, isHealthy && scene.Whitespace != 0);
    }

    /// <summary>Band and fall, while they are known; without health rules, or with a pin, there are no slips.</summary>
    private static Verdict? Slip(AlertScene scene, AlertRule rule, in AlertAnchor anchor)
    {
        if (scene.Model.Definition.Health is null || scene.IsBandPinned) return Of(scene, rule, holds: false);
        if (scene.MeasuredBand == Band.Unknown) return null;
        var holds = scene.LastKnownBand < anchor.Band || scene.IsFallen;
        return Of(scene, rule, holds, scene.ShownBand == Band.Red ? AlertSeverity.Urgent : AlertSeverity.Info);
    }

    private static Verdict Renewal(AlertScene scene, AlertRule rule)
    {
        if (scene.Renewal is not { } day) return Of(scene, rule, holds: false);
        var left = day - scene.Day;
        var raised = scene.ShownBand == Band.Red || scene.IsNpsLow ? AlertSeverity.Urgent
            : scene.ShownBand == Band.Yellow || left <= RenewalSoonDays ? AlertSeverity.Warning
            : AlertSeverity.Info;
        return Of(scene, rule, left >= 0 && left <= rule.WithinDays, raised) with { IsOver = left < 0 };
    }

    private static Verdict Silence(AlertScene scene, AlertRule rule)
    {
        if (scene.LastActivity is not { } day) return Of(scene, rule, holds: false);
        var silence = scene.Day - day;
        return Of(scene, rule, silence >= rule.AfterDays, silence >= 2 * rule.AfterDays ? AlertSeverity.Urgent : AlertSeverity.Info);
    }

    private static bool IsUnadopted(AlertScene scene, AlertRule rule, AlertKey key)
    {
        var product = scene.Model.ProductOf(key.Subject);
        return product >= 0 && scene.Dates[product].First is null && scene.PaidSince(key.Subject) is { } since && scene.Day - since >= rule.AfterDays;
    }

    private static bool IsSecondOverdue(AlertScene scene) =>
        scene.Primary is { } primary && scene.Second is null && (scene.Adopted & (1UL << primary)) != 0 && scene.Day - scene.Dates[primary].First >= scene.SecondProductDays;

    /// <summary>What the type asks about is pinned: it does not hold, whatever is measured.</summary>
    public static bool IsPinned(AlertScene scene, AlertType type) => type switch
    {
        AlertType.HealthSlip => scene.IsBandPinned,
        AlertType.StageUp or AlertType.StageDown => scene.IsStagePinned,
        _ => false,
    };

    // What an alert with a time of its own asks beside it.
    private static Verdict Keep(AlertScene scene, AlertRule rule, in AlertAnchor anchor, bool holds)
    {
        var isOver = scene.Day - anchor.Day >= rule.KeepDays;
        return Of(scene, rule, holds && !isOver) with { IsOver = isOver };
    }

    private static Verdict Of(AlertScene scene, AlertRule rule, bool holds, AlertSeverity raised = AlertSeverity.Info)
    {
        var severity = rule.Severity > raised ? rule.Severity : raised;
        var isRisk = rule.Type is not (AlertType.StageUp or AlertType.ProductAdopted or AlertType.SeatsFull or AlertType.ExpansionReady);
        if (isRisk && scene.IsLarge && severity < AlertSeverity.Urgent) severity++;
        return new Verdict(holds, severity);
    }

    private static ulong Bit(AlertScene scene, AlertKey key) => scene.Model.ProductOf(key.Subject) is >= 0 and var product ? 1UL << product : 0;

    private static int Place(AlertScene scene, in AlertAnchor anchor)
    {
        var stages = scene.Model.Definition.Stages;
        for (var place = 0; place < stages.Count; place++)
        {
            if (stages[place].Id == anchor.Stage) return place;
        }

        return -1;
    }
}
