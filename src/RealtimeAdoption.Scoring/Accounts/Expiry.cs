using System.Globalization;
using System.Numerics;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>What a tick ended, in the words of the model: criteria that no longer hold, measures that count no more.</summary>
internal static class Expiry
{
    /// <summary>Null: it ended nothing that the score looks at, whatever it wore down. Allocates only where it did.</summary>
    public static List<string>? Of(in AccountBlock block, scoped in ScoreStanding before)
    {
        List<string>? ended = null;
        var lapsed = before.Adopted & ~block.Adopted;
        for (var rest = (lapsed | (before.Held & ~block.Held)) & block.Entitled; rest != 0; rest &= rest - 1)
        {
            var product = block.Model.Products[BitOperations.TrailingZeroCount(rest)];
            (ended ??= []).AddRange((lapsed & product.Bit) != 0 ? OfLapse(block, product) : Unmet(block, product, block.Day));
        }

        if (block.Model.Health is not { } rules) return ended;
        var values = new HealthState(block).Values;
        foreach (var measure in rules.Measures)
        {
            if (before.IsPresent(measure.Index) && double.IsNaN(values[measure.Index]) && OfMeasure(block, measure) is { } words) (ended ??= []).Add(words);
        }

        return ended;
    }

    /// <summary>Which criteria did not hold on the day that has ended. A model without late days keeps no such day: then today.</summary>
    public static List<string> OfLapse(in AccountBlock block, CompiledProduct product) => Unmet(block, product, block.Model.LateDays > 0 ? block.Day - 1 : block.Day);

    private static List<string> Unmet(in AccountBlock block, CompiledProduct product, int day)
    {
        var unmet = new List<string>();
        foreach (var criterion in product.Criteria)
        {
            if (!Adoption.CriterionHolds(block, criterion, day)) unmet.Add(CriterionText.Of(block, criterion, day));
        }

        return unmet;
    }

    // Null: lapses and contracts, which are told as such, take breadth and depth away; a tick takes nothing else.
    private static string? OfMeasure(in AccountBlock block, CompiledMeasure measure)
    {
        var rule = measure.Definition;
        switch (measure.Kind)
        {
            case MeasureKind.Sentiment:
                var nps = Nps.Of(block, rule.StaleAfterDays);
                return nps.State == MeasureState.Stale
                    ? string.Create(CultureInfo.InvariantCulture, $"{rule.Id} NPS {CriterionText.Number((decimal)nps.Value)} of {Days.ToDate(nps.Day):yyyy-MM-dd} older than {rule.StaleAfterDays} days")
                    : string.Create(CultureInfo.InvariantCulture, $"{rule.Id} no NPS answer within {rule.StaleAfterDays} days");
            case MeasureKind.Trend:
                var (_, events) = Measures.Activity(block, rule);
                return string.Create(CultureInfo.InvariantCulture, $"{rule.Id} {events} of {Math.Max(1, rule.MinEvents)} events within {rule.BeforeDays} days");
            case MeasureKind.Gauge:
                return string.Create(CultureInfo.InvariantCulture, $"{rule.Id} no value within {measure.Within} days");
            default:
                return null;
        }
    }
}
