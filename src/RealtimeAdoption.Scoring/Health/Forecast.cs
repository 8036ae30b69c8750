using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>What silence does to an account: its own rules, run day by day on a copy.</summary>
internal static class Forecast
{
    private const int DaysAhead = 30;

    /// <param name="model">The state's.</param>
    /// <param name="copy">Is run on into the future: nobody else's.</param>
    public static List<ForecastView> Of(CompiledModel model, AccountState copy)
    {
        var forecast = new List<ForecastView>();
        var discarded = new ChangeList();
        var block = new AccountBlock(model, ref copy);
        var met = Met(block);
        var (band, stage) = Shown(block);
        for (var left = DaysAhead; left > 0; left--)
        {
            AccountActor.Tick(model, ref copy, block.Day + 1, block.Position, discarded);
            var now = Met(block);
            var falls = Falls(block, met, now);
            var (bandNow, stageNow) = Shown(block);
            if (falls.Count > 0 || bandNow != band || stageNow != stage)
            {
                var score = HealthReading.Points(HealthFacts.ScoreTenths(block));
                forecast.Add(new ForecastView(Days.ToDate(block.Day), score, bandNow, model.Definition.Stages[stageNow].Id, falls));
            }

            (met, band, stage) = (now, bandNow, stageNow);
            discarded.Clear();
        }

        return forecast;
    }

    private static (Band Band, int Stage) Shown(in AccountBlock block)
    {
        var pinned = Pins.Of(block);
        return (pinned.ShownBand(block), pinned.ShownStage(block));
    }

    private static List<bool> Met(in AccountBlock block)
    {
        var met = new List<bool>();
        foreach (var product in block.Model.Products)
        {
            foreach (var criterion in product.Criteria) met.Add(Adoption.ValueOn(block, criterion, block.Day) >= criterion.ThresholdUnits);
        }

        return met;
    }

    private static List<string> Falls(in AccountBlock block, List<bool> before, List<bool> now)
    {
        var falls = new List<string>();
        var i = 0;
        foreach (var product in block.Model.Products)
        {
            foreach (var criterion in product.Criteria)
            {
                if (before[i] && !now[i]) falls.Add($"{product.Definition.Id}: {CriterionText.Of(block, criterion, block.Day)}");
                i++;
            }
        }

        return falls;
    }
}
