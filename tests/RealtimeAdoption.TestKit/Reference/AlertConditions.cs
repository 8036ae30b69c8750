using System.Numerics;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>The table of docs/alerts.md: when each type opens, how long it holds, how severe it is.</summary>
public static class AlertConditions
{
    /// <summary>The alert that would open now; null: nothing opens it, or what it needs is missing. Whether it then holds is asked of <see cref="Ended"/>.</summary>
    public static ReferenceAlert? Opening(AlertSituation s, AlertType type, string subject)
    {
        ArgumentNullException.ThrowIfNull(s);
        ReferenceAlert New(int? since = null, string? stage = null, Band from = Band.Unknown) =>
            new() { Type = type, Subject = subject, OpenedOn = s.Today, OpenedBy = s.Cause, Since = since, Stage = stage, BestFrom = from };
        var product = s.ProductOf(subject);
        switch (type)
        {
            case AlertType.HealthSlip:
                return s.SlippedFrom is { } from ? New(from: from) : null;
            case AlertType.StageUp:
                return s.StageMove is { } up && up.To > up.From ? New(s.Now.StageSince(), s.Model.Stages[up.To].Id) : null;
            case AlertType.StageDown:
                return s.StageMove is { } down && down.To < down.From ? New(s.Now.StageSince(), s.Model.Stages[down.From].Id) : null;
            case AlertType.ProductAdopted:
                return product is { } rose && s.Now.Has(s.Rose, rose) ? New(s.Now.AdoptedOn(rose)) : null;
            case AlertType.ProductLapsed:
                return product is { } fell && s.Now.Has(s.Fell, fell) ? New(s.Now.LapsedOn(fell) ?? s.Today) : null;
            case AlertType.ChampionQuiet:
                return IsQuietChampion(s, subject) ? New(s.Facts.LastActivityOf(subject, s.Today)) : null;
            default:
                return New();
        }
    }

    /// <summary>Why the alert's condition no longer holds; null: it holds.</summary>
    public static AlertResolution? Ended(AlertSituation s, ReferenceAlert alert, bool slipIsLive)
    {
        ArgumentNullException.ThrowIfNull(s);
        ArgumentNullException.ThrowIfNull(alert);
        // Where both are so, its time counts.
        if (IsOver(s, alert)) return AlertResolution.Passed;
        if (IsTrue(s, alert, slipIsLive)) return null;
        return IsPinned(s, alert.Type) ? AlertResolution.Pinned : AlertResolution.Ended;
    }

    public static bool IsPinned(AlertSituation s, AlertType type)
    {
        ArgumentNullException.ThrowIfNull(s);
        return type is AlertType.HealthSlip ? s.BandIsPinned : type is AlertType.StageUp or AlertType.StageDown && s.StageIsPinned;
    }

    public static AlertSeverity Severity(AlertSituation s, ReferenceAlert alert)
    {
        ArgumentNullException.ThrowIfNull(s);
        ArgumentNullException.ThrowIfNull(alert);
        var severity = s.Rule(alert.Type).Severity;
        void AtLeast(AlertSeverity raised) => severity = (AlertSeverity)Math.Max((int)severity, (int)raised);
        switch (alert.Type)
        {
            case AlertType.HealthSlip when s.ShownBand == Band.Red:
                AtLeast(AlertSeverity.Urgent);
                break;
            case AlertType.RenewalNear:
                if (s.ShownBand == Band.Yellow || s.Facts.Profile.Day("renewal_date") - s.Today <= 30) AtLeast(AlertSeverity.Warning);
                if (s.ShownBand == Band.Red || s.IsNpsLow) AtLeast(AlertSeverity.Urgent);
                break;
            case AlertType.AccountSilent when s.Today - s.Now.LastActivity >= 2 * s.Rule(alert.Type).AfterDays:
                AtLeast(AlertSeverity.Urgent);
                break;
        }

        var isOpportunity = alert.Type is AlertType.StageUp or AlertType.ProductAdopted or AlertType.SeatsFull or AlertType.ExpansionReady;
        return s.IsLarge && !isOpportunity ? (AlertSeverity)Math.Min((int)severity + 1, (int)AlertSeverity.Urgent) : severity;
    }

    // The column "holds while", without the time that some are kept for.
    private static bool IsTrue(AlertSituation s, ReferenceAlert alert, bool slipIsLive)
    {
        var (now, rule, profile) = (s.Now, s.Rule(alert.Type), s.Facts.Profile);
        var product = s.ProductOf(alert.Subject);
        switch (alert.Type)
        {
            case AlertType.HealthSlip:
                return s.Model.Health is not null && !s.BandIsPinned && (s.LastKnownBand < alert.BestFrom || s.HasFallen);
            case AlertType.StageUp:
                return !s.StageIsPinned && s.PlaceOf(alert.Stage) <= s.ShownStage;
            case AlertType.StageDown:
                return !s.StageIsPinned && s.PlaceOf(alert.Stage) > s.ShownStage;
            case AlertType.ProductAdopted:
                return product is { } risen && now.Has(now.Adopted & now.Entitled, risen);
            case AlertType.ProductLapsed:
                return product is { } gone && now.Has(~now.Adopted & now.Entitled, gone);
            case AlertType.ProductUnadopted:
                return product is { } paid && now.FirstAdopted(paid) is null && profile.Contract is { } lines
                    && lines.Any(line => line.Product == alert.Subject && line.Covers(s.Today) && (line.Arr is null || line.Arr > 0) && s.Today - line.Start >= rule.AfterDays);
            case AlertType.SecondProductOverdue:
                return IsSecondOverdue(s, rule);
            case AlertType.BreadthWithoutDepth:
                return now.AdoptedEntitled >= rule.MinProducts && s.Depth < rule.Below;
            case AlertType.ChampionQuiet:
                return s.Facts.LastActivityOf(alert.Subject, s.Today) is not { } last || last <= alert.Since;
            case AlertType.SeatsLow:
                return s.SeatShare < rule.Below && s.Today - s.Facts.First >= rule.AfterDays;
            case AlertType.SeatsFull:
                return s.SeatShare >= rule.AtLeast;
            case AlertType.SentimentLow:
                return now.FreshNps < rule.Below;
            case AlertType.RenewalNear:
                return profile.Day("renewal_date") is { } renewal && renewal >= s.Today && renewal - s.Today <= rule.WithinDays;
            case AlertType.ContactDue:
                return s.Today - profile.Day("last_contact") >= rule.AfterDays;
            case AlertType.ExpansionReady:
                return s.ShownBand == Band.Green && s.MeasuredBand == Band.Green && s.Depth >= rule.AtLeast && !s.IsNpsLow && !slipIsLive && HasWhitespace(s);
            default:
                return s.Today - now.LastActivity >= rule.AfterDays;
        }
    }

    private static bool IsOver(AlertSituation s, ReferenceAlert alert) => alert.Type switch
    {
        AlertType.StageUp or AlertType.StageDown or AlertType.ProductAdopted or AlertType.ProductLapsed or AlertType.ChampionQuiet => !(s.Today - alert.Since < s.Rule(alert.Type).KeepDays),
        AlertType.RenewalNear => s.Facts.Profile.Day("renewal_date") < s.Today,
        _ => false,
    };

    private static bool IsSecondOverdue(AlertSituation s, AlertRule rule)
    {
        var order = s.Now.OrderOfAdoption();
        if (order.Count != 1 || !s.Now.Has(s.Now.Adopted, order[0].Product)) return false;
        var benchmark = s.Model.Segments.FirstOrDefault(x => x.Id == s.Facts.Profile.Segment(s.Model))?.Benchmark?.SecondProductDays;
        var days = rule.IsOfSegment ? rule.AfterDays : benchmark ?? rule.AfterDays;
        return s.Today - order[0].Day >= days;
    }

    private static bool IsQuietChampion(AlertSituation s, string user)
    {
        if (s.Facts.LastActivityOf(user, s.Today) is not { } last) return false;
        var quiet = s.Today - last;
        return quiet >= s.Rule(AlertType.ChampionQuiet).AfterDays && quiet < s.Model.Users.ActiveDays
            && BitOperations.PopCount(s.Facts.ProductsOf(user, last)) >= s.Model.Users.SuperAdopterProducts;
    }

    private static bool HasWhitespace(AlertSituation s)
    {
        for (var p = 0; p < s.Model.Products.Count; p++)
            if (s.Facts.Profile.Contract is null ? !s.Now.Has(s.Now.Adopted, p) : !s.Now.Has(s.Now.Entitled, p)) return true;
        return false;
    }
}
