using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>
/// The changes that one record or one tick is due to cause, told from the answers before and after it. Only for histories without historic records: there every
/// change has one cause, at once.
/// </summary>
public sealed class ReferenceFeed(AdoptionModel model)
{
    private readonly ReferenceScorer scorer = new(model);

    /// <summary>Of the last record in the list.</summary>
    public IReadOnlyList<string> OfRecord(IReadOnlyList<Judged> records, string account, int today)
    {
        var before = scorer.Reckon(account, [.. records.Take(records.Count - 1)], -1, today);
        var after = scorer.Reckon(account, records, -1, today);
        return after is null ? [] : Between(before, after, today);
    }

    /// <summary>Of the tick that opens this day.</summary>
    public IReadOnlyList<string> OfTick(IReadOnlyList<Judged> records, string account, int day)
    {
        var before = scorer.Reckon(account, records, -1, day - 1);
        return before is null ? [] : Between(before, scorer.Reckon(account, records, -1, day)!, day);
    }

    /// <summary>A reported change in the same words.</summary>
    public static string Words(Change change) =>
        change.Type == ChangeType.StageChanged ? $"{change.Day:yyyy-MM-dd} stage {change.From} to {change.To}" : $"{change.Day:yyyy-MM-dd} {change.Type} {change.Product} {change.Field} {change.From} {change.To}";

    private List<string> Between(Reckoning? before, Reckoning after, int day)
    {
        var date = $"{Days.ToDate(day):yyyy-MM-dd}";
        var words = new List<string>();
        for (var p = 0; p < model.Products.Count; p++)
        {
            var (was, stands) = (before?.IsAdoptedNow(p) ?? false, after.IsAdoptedNow(p));
            if (was != stands) words.Add($"{date} {(stands ? ChangeType.ProductAdopted : ChangeType.ProductLapsed)} {model.Products[p].Id}   ");
            else if (before is not null) Corrections(words, date, p, before, after);
        }

        var stage = before?.StageNow ?? model.Stages.Single(s => s.From == 0).Id;
        if (stage != after.StageNow) words.Add($"{date} stage {stage} to {after.StageNow}");
        words.Sort(StringComparer.Ordinal);
        return words;
    }

    private void Corrections(List<string> words, string date, int product, Reckoning before, Reckoning after)
    {
        foreach (var ((field, was), (_, stands)) in before.Dates(product).Zip(after.Dates(product)))
            if (was != stands) words.Add($"{date} {ChangeType.Correction} {model.Products[product].Id} {field} {was:yyyy-MM-dd} {stands:yyyy-MM-dd}");
    }
}
