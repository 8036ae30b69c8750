using System.Globalization;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Generators;

/// <summary>What a set of histories held: shows that the comparison lived where mistakes would show.</summary>
public sealed class HistoryStats
{
    private readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);

    public long Histories { get; set; }

    public long Rebuilds { get; set; }

    public long Crashes { get; set; }

    public long this[string what] => counts.GetValueOrDefault(what);

    public void Count(string what, long times = 1)
    {
        if (times > 0) counts[what] = counts.GetValueOrDefault(what) + times;
    }

    public void Count(Judged judged)
    {
        ArgumentNullException.ThrowIfNull(judged);
        Count("sends");
        if (judged.Verdict == Verdict.Future) Count("refused for their date");
        else if (judged.Verdict == Verdict.Repeat) Count(judged.SamePayload ? "duplicates" : "conflicts");
        else if (judged.Historic) Count("historic events");
        else if (judged.Day < judged.ReceiptDay) Count("late events");
    }

    /// <summary>A change that was due.</summary>
    public void Count(ExpectedChange change, ReferenceReactions account)
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentNullException.ThrowIfNull(account);
        Count(change.Alert is { } type ? $"{change.Type} {ReferenceAlerts.NameOf(type)}" : change.Type.ToString());
        if (change.Type == ChangeType.AlertResolved) Count($"resolved {change.Resolution}");
        if (change.Type == ChangeType.AlertReopened) Count("alerts open again");
        if (change.Type == ChangeType.ScoreChanged) Count($"score moves by {change.Cause}");
        if (change.Type == ChangeType.ScoreChanged && change.Expired.Count > 0) Count("score moves with what expired");
        if (change.Cause is CauseKind.Rebuild or CauseKind.Model) Count($"changes by {change.Cause}");
        if (change.Type != ChangeType.HealthSlipped) return;
        if (account.LastSlip.SlippedByBand) Count("slips by band");
        if (account.LastSlip.SlippedByFall) Count("slips by fall");
    }

    /// <summary>A model that was swapped in, with the kinds of changes that were due of it.</summary>
    public void CountActivation(AdoptionModel before, AdoptionModel after, IReadOnlySet<ChangeType> moved)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(moved);
        if (moved.Count == 0) Count("activations that moved nobody");
        if (moved.Contains(ChangeType.ProductAdopted) || moved.Contains(ChangeType.ProductLapsed)) Count("activations that moved a product");
        if (moved.Contains(ChangeType.StageChanged)) Count("activations that moved a stage");
        if (moved.Contains(ChangeType.BandChanged)) Count("activations that moved a band");
        if (moved.Contains(ChangeType.HealthSlipped)) Count("activations with a slip");
        if (moved.Contains(ChangeType.AlertOpened)) Count("activations that opened an alert");
        if (moved.Contains(ChangeType.AlertResolved)) Count("activations that resolved an alert");
        if (moved.Contains(ChangeType.OverrideEnded)) Count("activations that ended a pin");
        if (after.LateDays > before.LateDays) Count("activations that remember longer");
        if (after.LateDays < before.LateDays) Count("activations that remember shorter");
        if (before.Products.Any(p => after.Products.All(q => q.Id != p.Id))) Count("activations without a product");
        if (after.Products.Any(p => before.Products.All(q => q.Id != p.Id))) Count("activations with a new product");
        if (before.Stages.Any(p => after.Stages.All(q => q.Id != p.Id))) Count("activations without a stage");
        if (before.Health is not null && after.Health is null) Count("activations without health");
        if (before.Alerts is not null && after.Alerts is null) Count("activations without alerts");
    }

    /// <summary>An account that was asked and compared.</summary>
    public void Count(Standing now, ReferenceReactions account)
    {
        ArgumentNullException.ThrowIfNull(now);
        ArgumentNullException.ThrowIfNull(account);
        Count("comparisons");
        if (account.IsMarked) Count("comparisons while a rebuild is pending");
        if (account.Pins.Band is not null || account.Pins.Stage is not null) Count("comparisons with a pin");
        Count("comparisons of a live alert", account.Alerts.Live.Count());
        if (account.Facts.MissesGauge(now.Day)) Count("comparisons with a missing gauge");
        foreach (var measure in now.Health?.Measures ?? []) Count($"measures {measure.State}");
    }

    public void CountEnd(ReferenceReactions account)
    {
        ArgumentNullException.ThrowIfNull(account);
        var now = account.Now();
        Count("days of grace", account.Facts.GraceDays);
        Count("account-days", now.Day - account.Facts.First + 1);
        Count("openings kept back", account.Alerts.Suppressed);
        for (var p = 0; p < now.Model.Products.Count; p++)
        {
            if (now.FirstAdopted(p) is not null) Count("adoptions");
            if (now.EverLapsed(p)) Count("lapses");
        }
    }

    public void Add(HistoryStats other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Histories += other.Histories;
        Rebuilds += other.Rebuilds;
        Crashes += other.Crashes;
        foreach (var (what, times) in other.counts) Count(what, times);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"histories {Histories}, rebuilds {Rebuilds}, crashes {Crashes}\n") + string.Join("\n", counts.Select(c => string.Create(CultureInfo.InvariantCulture, $"  {c.Key} {c.Value}")));
}
