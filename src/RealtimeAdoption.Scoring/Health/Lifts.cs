using System.Globalization;
using System.Numerics;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>The one step that would lift a measure most, and what the score would gain by it.</summary>
internal static class Lifts
{
    private readonly record struct Step(string How, double To);

    /// <summary>Null: there is none, or the score would not gain.</summary>
    public static LiftView? Of(in AccountBlock block, CompiledMeasure measure)
    {
        var found = measure.Kind switch
        {
            MeasureKind.Breadth => Breadth(block),
            MeasureKind.Depth => Depth(block),
            MeasureKind.Trend => Trend(block, measure),
            MeasureKind.Recency => Recency(block, measure),
            MeasureKind.Seats => Seats(block, measure),
            MeasureKind.Sentiment => Sentiment(block, measure),
            _ => Gauge(block, measure),
        };
        if (found is not { } step) return null;
        var points = ScoreWith(block, measure, step.To) - (HealthFacts.ScoreTenths(block) is null ? 0 : new HealthState(block).Head.Score);
        return points > 1e-9 ? new LiftView(step.How, HealthReading.Round(step.To), HealthReading.Round(points)) : null;
    }

    private static double ScoreWith(in AccountBlock block, CompiledMeasure measure, double value)
    {
        var state = new HealthState(block);
        var weights = block.Model.Health!.WeightsAsDouble[state.Head.Segment + 1];
        double weighted = 0, present = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            var counted = i == measure.Index ? value : state.Values[i];
            if (double.IsNaN(counted)) continue;
            weighted += weights[i] * counted;
            present += weights[i];
        }

        return present > 0 ? weighted / present : 0;
    }

    private static Step? Breadth(in AccountBlock block)
    {
        if (Nearest(block) is not { } product) return null;
        var adopted = BitOperations.PopCount(block.Adopted & block.Entitled);
        return new Step(Adopting(block, product), 100.0 * (adopted + 1) / BitOperations.PopCount(block.Entitled));
    }

    // The criterion farthest from full depth, in the unit of the whole measure; without an adopted product, the adoption of the nearest one.
    private static Step? Depth(in AccountBlock block)
    {
        var counted = block.Adopted & block.Entitled;
        if (counted == 0)
        {
            if (Nearest(block) is not { } product) return null;
            double fills = 0;
            foreach (var criterion in product.Criteria) fills += Math.Max(Measures.FillOf(block, criterion), Math.Min(1, 1 / (double)product.Definition.DepthTarget));
            return new Step(Adopting(block, product), 100 * fills / product.Criteria.Length);
        }

        CompiledCriterion? best = null;
        double gain = 0;
        for (var rest = counted; rest != 0; rest &= rest - 1)
        {
            var product = block.Model.Products[BitOperations.TrailingZeroCount(rest)];
            foreach (var criterion in product.Criteria)
            {
                var gains = (1 - Measures.FillOf(block, criterion)) / product.Criteria.Length;
                if (gains > gain) (best, gain) = (criterion, gains);
            }
        }

        if (best is null) return null;
        var target = best.Definition.AtLeast * best.Product.Definition.DepthTarget;
        var how = $"Deepen {best.Product.Definition.Id}: {CriterionText.To(block, best, target)}";
        return new Step(how, 100 * Math.Min(1, Measures.MeanDepth(block) + (gain / BitOperations.PopCount(counted))));
    }

    private static Step? Trend(in AccountBlock block, CompiledMeasure measure)
    {
        var trend = measure.Definition;
        var (recent, before) = Measures.Activity(block, trend);
        if (before == 0 || before < trend.MinEvents) return null;
        var scale = (double)(before * trend.RecentDays) / trend.BeforeDays;
        var needed = Math.Ceiling(Best(measure, recent / scale) * scale);
        return new Step(string.Create(CultureInfo.InvariantCulture, $"Bring the activity of {trend.RecentDays} days from {recent} to {needed} events"), measure.Map(needed / scale));
    }

    private static Step? Recency(in AccountBlock block, CompiledMeasure measure) =>
        block.LastActivityDay == block.Day ? null : new Step("See any activity today", measure.Map(0));

    private static Step? Seats(in AccountBlock block, CompiledMeasure measure)
    {
        if (HealthFacts.Seats(block) is not { } known || known == 0) return null;
        var active = HealthFacts.ActiveUsers(block);
        var needed = Math.Ceiling(Best(measure, (double)active / known) * known);
        return new Step(string.Create(CultureInfo.InvariantCulture, $"Bring the active users from {active} to {needed} on {known} seats"), measure.Map(needed / known));
    }

    private static Step? Sentiment(in AccountBlock block, CompiledMeasure measure)
    {
        var days = measure.Definition.StaleAfterDays;
        var nps = Nps.Of(block, days);
        var shown = CriterionText.Number((decimal)Math.Round(nps.Value, 6));
        if (nps.State == MeasureState.Missing) return null;
        if (nps.State == MeasureState.Stale) return new Step($"Ask again for the NPS: that of {shown} is too old to count", measure.Map(nps.Value));
        if (!nps.FromAnswers) return new Step($"Bring the NPS from {shown} to 100", 100);
        var answers = NpsAnswers.Count(block, days);
        var passives = answers.Total - answers.Promoters - answers.Detractors;
        if (answers.Detractors > 0) return new Step($"Make a promoter of one of {answers.Detractors} detractors", measure.Map(nps.Value + (200.0 / answers.Total)));
        return passives > 0 ? new Step($"Make a promoter of one of {passives} passives", measure.Map(nps.Value + (100.0 / answers.Total))) : null;
    }

    private static Step? Gauge(in AccountBlock block, CompiledMeasure measure)
    {
        var input = Measures.Input(block, measure, out var state);
        if (state != MeasureState.Present) return null;
        var best = Best(measure, input);
        return new Step(string.Create(CultureInfo.InvariantCulture, $"Bring {measure.Metric!.Definition.Id} from {input} to {best}"), measure.Map(best));
    }

    // The input nearest to the present one at which the curve is highest.
    private static double Best(CompiledMeasure measure, double input)
    {
        var highest = measure.CurveValues[0];
        foreach (var value in measure.CurveValues) highest = Math.Max(highest, value);
        var best = double.NaN;
        for (var i = 0; i < measure.CurveValues.Length; i++)
        {
            var at = measure.CurveInputs[i];
            if (measure.CurveValues[i] == highest && (double.IsNaN(best) || Math.Abs(at - input) < Math.Abs(best - input))) best = at;
        }

        return best;
    }

    // The entitled product that is not adopted and whose criteria are closest to their thresholds.
    private static CompiledProduct? Nearest(in AccountBlock block)
    {
        CompiledProduct? nearest = null;
        double progress = -1;
        for (var rest = block.Entitled & ~block.Adopted; rest != 0; rest &= rest - 1)
        {
            var product = block.Model.Products[BitOperations.TrailingZeroCount(rest)];
            double filled = 0;
            foreach (var criterion in product.Criteria) filled += Math.Min(1, Measures.FillOf(block, criterion) * (double)product.Definition.DepthTarget);
            filled /= product.Criteria.Length;
            if (filled > progress) (nearest, progress) = (product, filled);
        }

        return nearest;
    }

    private static string Adopting(in AccountBlock block, CompiledProduct product)
    {
        var steps = new List<string>();
        foreach (var criterion in product.Criteria)
        {
            if (Adoption.ValueOn(block, criterion, block.Day) is not { } units || units < criterion.ThresholdUnits)
                steps.Add(CriterionText.To(block, criterion, criterion.Definition.AtLeast));
        }

        return steps.Count == 0 ? $"Adopt {product.Definition.Id}" : $"Adopt {product.Definition.Id}: {string.Join(", ", steps)}";
    }
}
