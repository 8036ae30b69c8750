using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>Reading 32: what a tick names as expired, from how the account stood as the day ended and how it stands as the next one begins.</summary>
public sealed class ReferenceExpiry(ReferenceFacts facts, Standing ended, Standing begun)
{
    private AdoptionModel Model => facts.Model;

    /// <summary>A lapsed product's criteria that did not hold on the day that ended.</summary>
    public IReadOnlyList<string> OfLapse(int product) => Unmet(product, Model.LateDays > 0 ? ended.Day : begun.Day);

    /// <summary>All that the score looks at.</summary>
    public IReadOnlyList<string> OfScore()
    {
        var words = new List<string>();
        for (var p = 0; p < Model.Products.Count; p++)
        {
            if (!begun.Has(begun.Entitled, p)) continue;
            if (ended.Has(ended.Adopted, p) && !begun.Has(begun.Adopted, p)) words.AddRange(OfLapse(p));
            else if (ended.Has(facts.Holds(ended.Day), p) && !begun.Has(facts.Holds(begun.Day), p)) words.AddRange(Unmet(p, begun.Day));
        }

        if (Model.Health is not { } rules) return words;
        for (var m = 0; m < rules.Measures.Count; m++)
        {
            var (before, after) = (ended.Health!.Measures[m], begun.Health!.Measures[m]);
            if (before.State == MeasureState.Present && after.State != MeasureState.Present && Words(rules.Measures[m], after) is { } word) words.Add(word);
        }

        return words;
    }

    private List<string> Unmet(int product, int day) => [.. Model.Products[product].AdoptedWhen.Where(c => !facts.Holds(c, day)).Select(c =>
    {
        var value = facts.Value(c.Metric, c.WithinDays, day, out _) is { } shown ? Number(shown) : "no value";
        return $"{Model.Metrics[c.Metric].Id} {value} of {Number(c.AtLeast)} within {c.WithinDays} days";
    })];

    private string? Words(Measure rule, ReferenceMeasure now)
    {
        switch (rule.Kind)
        {
            case MeasureKind.Sentiment when now.State == MeasureState.Stale:
                var nps = facts.Nps(rule.StaleAfterDays, begun.Day)!.Value;
                return $"{rule.Id} NPS {Number(nps.Value)} of {Days.ToDate(nps.Day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} older than {rule.StaleAfterDays} days";
            case MeasureKind.Sentiment:
                return $"{rule.Id} no NPS answer within {rule.StaleAfterDays} days";
            case MeasureKind.Trend:
                var lastBefore = begun.Day - rule.RecentDays - 1;
                var events = Enumerable.Range(0, rule.BeforeDays).Sum(back => facts.ActivityOn(lastBefore - back));
                return $"{rule.Id} {events} of {Math.Max(1, rule.MinEvents)} events within {rule.BeforeDays} days";
            case MeasureKind.Gauge:
                return $"{rule.Id} no value within {rule.WithinDays} days";
            default:
                return null;
        }
    }

    private static string Number(decimal value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
