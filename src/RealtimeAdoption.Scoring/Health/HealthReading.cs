using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Overrides;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>The answer's part on health, from a state that has been brought to its day.</summary>
internal static class HealthReading
{
    private const int Decimals = 6;

    /// <summary>Null: the model has no health score. The forecast is <see cref="Forecast"/>'s.</summary>
    public static HealthView? View(in AccountBlock block, bool explain)
    {
        if (block.Model.Health is not { } rules) return null;
        var state = new HealthState(block);
        var parts = new double[rules.Measures.Length];
        HealthScore.Contributions(block, parts);
        var measures = new List<MeasureView>(parts.Length);
        foreach (var measure in rules.Measures)
        {
            var input = Measures.Input(block, measure, out var presence);
            measures.Add(new MeasureView
            {
                Measure = measure.Definition.Id,
                State = presence,
                Input = OrNull(input),
                Value = OrNull(state.Values[measure.Index]),
                Weight = rules.Weights[state.Head.Segment + 1][measure.Index],
                Contribution = Round(parts[measure.Index]),
                Lift = explain ? Lifts.Of(block, measure) : null,
            });
        }

        return new HealthView
        {
            Score = Points(HealthFacts.ScoreTenths(block)),
            Band = Pins.Of(block).ShownBand(block),
            Coverage = Round((double)rules.CoverageOf(state.Head.Segment, state.Values)),
            Change1d = Points(Closes.Change(block, block.Day, 1)),
            Change7d = Points(Closes.Change(block, block.Day, Models.CompiledModel.ChangeDays)),
            Measures = measures,
            Override = Pins.View(block, OverrideKind.Band),
        };
    }

    public static decimal? Points(int? tenths) => tenths is { } known ? (decimal)known / CompiledHealth.Tenths : null;

    public static double Round(double value) => Math.Round(value, Decimals);

    private static double? OrNull(double value) => double.IsNaN(value) ? null : Round(value);
}
