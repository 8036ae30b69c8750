using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Generators;

/// <summary>
/// The model that comes after another one: the same with other thresholds, windows, weights, bands, stages or alerts, with products or measures more or less, or another model altogether.
/// Ids that stay are the same things, as docs/model.md says.
/// </summary>
public static class NextModel
{
    /// <param name="dice">Decides.</param>
    /// <param name="model">The one before.</param>
    /// <param name="number">Makes ids and version that no model before had.</param>
    public static AdoptionModel After(Dice dice, AdoptionModel model, int number)
    {
        ArgumentNullException.ThrowIfNull(dice);
        ArgumentNullException.ThrowIfNull(model);
        var version = $"after {number}";
        if (dice.Chance(0.1)) return ModelGenerator.Make(dice) with { Version = version };
        var next = model with { Version = version };
        // The same meaning in other words moves nobody.
        if (dice.Chance(0.06)) return next;
        if (dice.Chance(0.7)) next = Retuned(dice, next);
        if (dice.Chance(0.25) && next.Products.Count > 1) next = WithoutProduct(next, dice.Between(0, next.Products.Count - 1));
        if (dice.Chance(0.25)) next = WithProduct(dice, next, number);
        if (dice.Chance(0.25)) next = next with { Stages = Stages(dice, next.Stages, number) };
        if (dice.Chance(0.3)) next = next with { LateDays = dice.Of(0, 1, 3, 7, 14, 31) };
        if (dice.Chance(0.2)) next = next with { Users = new UserRules { ActiveDays = dice.Of(30, 2, 7, 92), SuperAdopterProducts = dice.Between(1, 4) } };
        if (dice.Chance(0.3)) next = next with { Segments = Segments(dice, next.Segments) };
        if (dice.Chance(0.6)) next = next with { Health = Health(dice, next, number) };
        if (dice.Chance(0.5)) next = next with { Alerts = Alerts(dice, next.Alerts) };
        return OfItsSegments(next);
    }

    // What is said of a segment that the model does not have would be an error of the file.
    private static AdoptionModel OfItsSegments(AdoptionModel model)
    {
        Dictionary<string, T> Own<T>(IReadOnlyDictionary<string, T> bySegment) =>
            bySegment.Where(entry => model.Segments.Any(s => s.Id == entry.Key)).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        return model with
        {
            Health = model.Health is { } health ? health with { Measures = [.. health.Measures.Select(m => m with { SegmentWeights = Own(m.SegmentWeights) })] } : null,
            Alerts = model.Alerts is { } alerts ? alerts with { SegmentRules = Own(alerts.SegmentRules) } : null,
        };
    }

    private static AdoptionModel Retuned(Dice dice, AdoptionModel model) => model with
    {
        Products = [.. model.Products.Select(product => product with
        {
            GraceDays = dice.Of(product.GraceDays, product.GraceDays, dice.Between(0, 10)),
            DepthTarget = dice.Of(product.DepthTarget, product.DepthTarget, 1m, 3m),
            AdoptedWhen = [.. product.AdoptedWhen.Select((criterion, place) => criterion with
            {
                AtLeast = dice.Of(criterion.AtLeast, criterion.AtLeast + 1, criterion.AtLeast * 2, Math.Max(1, Math.Floor(criterion.AtLeast / 2))),
                // Two criteria of one metric keep their windows: they must differ.
                WithinDays = product.AdoptedWhen.Count(other => other.Metric == criterion.Metric) > 1 ? criterion.WithinDays : dice.Of(criterion.WithinDays, criterion.WithinDays, dice.Between(1, 92)),
            })],
        })],
    };

    private static AdoptionModel WithoutProduct(AdoptionModel model, int gone)
    {
        var kept = Enumerable.Range(0, model.Metrics.Count).Where(m => model.Metrics[m].Product != gone).ToList();
        var health = model.Health is { } rules ? rules with { Measures = [.. rules.Measures.Where(m => m.Metric is not { } metric || kept.Contains(metric)).Select(m => m.Metric is { } metric ? m with { Metric = kept.IndexOf(metric) } : m)] } : null;
        return model with
        {
            Metrics = [.. kept.Select(m => model.Metrics[m]).Select(m => m with { Product = m.Product > gone ? m.Product - 1 : m.Product })],
            Products = [.. model.Products.Where((_, p) => p != gone).Select(p => p with { AdoptedWhen = [.. p.AdoptedWhen.Select(c => c with { Metric = kept.IndexOf(c.Metric) })] })],
            Health = health is { Measures.Count: 0 } ? null : health,
        };
    }

    // From events that there are: an old metric belongs to the new product as well.
    private static AdoptionModel WithProduct(Dice dice, AdoptionModel model, int number)
    {
        var metrics = model.Metrics.ToList();
        var criteria = new List<Criterion>();
        var place = dice.Chance(0.5) ? model.Products.Count : 0;
        if (place == 0) metrics = [.. metrics.Select(m => m with { Product = m.Product + 1 })];
        for (var n = dice.Between(1, 2); n > 0; n--)
        {
            var metric = dice.OneOf(model.Metrics);
            criteria.Add(new Criterion(metrics.Count, metric.Kind == MetricKind.Gauge ? 0.5m : dice.Between(1, 2), dice.Of(1, 7, 30, 92)));
            metrics.Add(metric with { Id = $"n{number}_{n}", Product = place });
        }

        var product = new Product { Id = $"new{number}", Name = $"New {number}", GraceDays = dice.Of(0, 2), AdoptedWhen = criteria };
        return model with { Metrics = metrics, Products = place == 0 ? [product, .. model.Products] : [.. model.Products, product] };
    }

    // Renamed, cut otherwise, or both.
    private static List<Stage> Stages(Dice dice, IReadOnlyList<Stage> stages, int number)
    {
        var renamed = stages.Select(s => dice.Chance(0.4) ? s with { Id = $"{s.Id}_{number}", Name = $"Renamed {number}" } : s).ToList();
        if (dice.Chance(0.4)) return renamed;
        var ids = dice.Chance(0.3) ? [.. renamed.AsEnumerable().Reverse()] : renamed;
        if (dice.Chance(0.5) && ids.Count > 2) ids.RemoveAt(dice.Between(0, ids.Count - 1));
        var from = 0;
        for (var i = 0; i < ids.Count; i++)
        {
            int? to = i == ids.Count - 1 ? null : from + dice.Of(0, 0, 1);
            ids[i] = ids[i] with { From = from, To = to };
            from = to + 1 ?? 0;
        }

        return ids;
    }

    private static List<Segment> Segments(Dice dice, IReadOnlyList<Segment> segments)
    {
        var kept = segments.Where(_ => dice.Chance(0.85)).ToList();
        var floor = dice.Of(0, 4, 200, 1000);
        return [.. kept.Select((s, i) => i == kept.Count - 1 && dice.Chance(0.5) && kept.TrueForAll(other => other.EmployeesFrom != floor)
            ? s with { EmployeesFrom = floor, Benchmark = dice.Chance(0.5) ? new SegmentBenchmark(2, 0.3m, 1, dice.Of(5, 20, 90)) : null }
            : s)];
    }

    private static HealthRules? Health(Dice dice, AdoptionModel model, int number)
    {
        if (model.Health is not { } rules || dice.Chance(0.15)) return dice.Chance(0.75) ? HealthGenerator.Make(dice, model.Metrics) : null;
        var measures = rules.Measures.Where(_ => dice.Chance(0.85)).DefaultIfEmpty(rules.Measures[0]).Select(m => Reweighed(dice, m, number)).ToList();
        if (dice.Chance(0.3)) measures.Add(HealthGenerator.MakeMeasure(dice, dice.Of(MeasureKind.Recency, MeasureKind.Breadth, MeasureKind.Trend), 100 + number, []));
        if (dice.Chance(0.3)) measures.Reverse();
        return rules with
        {
            MinCoverage = dice.Of(rules.MinCoverage, rules.MinCoverage, 0.25m, 0.9m),
            Measures = measures,
            Bands = dice.Chance(0.5) ? rules.Bands : new BandRules { YellowFrom = dice.Of(30m, 50m), GreenFrom = dice.Of(60m, 75m, 90m), Margin = dice.Of(2m, 0m, 5m) },
            Slip = dice.Chance(0.5) ? rules.Slip : new SlipRules { Fall = dice.Of(15m, 5m, 1m), WithinDays = dice.Of(7, 1, 30, 92) },
        };
    }

    private static Measure Reweighed(Dice dice, Measure measure, int number) => dice.Between(0, 9) switch
    {
        < 4 => measure,
        < 6 => measure with { Weight = dice.Of(10m, 25m, 1m, 33.333333m) },
        < 8 => measure with { SegmentWeights = new Dictionary<string, decimal>(StringComparer.Ordinal) { [dice.Of("smb", "enterprise", "mid_market")] = dice.Of(1m, 50m) } },
        8 when measure.Kind == MeasureKind.Sentiment => measure with { StaleAfterDays = dice.Of(1, 7, 180) },
        _ => measure with { Id = $"{measure.Id}_{number}" },
    };

    private static AlertRules? Alerts(Dice dice, AlertRules? rules)
    {
        if (rules is null || dice.Chance(0.3)) return dice.Chance(0.85) ? AlertGenerator.Make(dice) : null;
        return rules with
        {
            LargeArr = dice.Of(rules.LargeArr, rules.LargeArr, 100m),
            Rules = [.. rules.Rules.Select(rule => dice.Chance(0.8) ? rule : rule with
            {
                Enabled = dice.Chance(0.6) != rule.Enabled,
                Severity = dice.Of(rule.Severity, AlertSeverity.Info, AlertSeverity.Urgent),
                CoolDownDays = dice.Of(rule.CoolDownDays, 0, 45),
                KeepDays = rule.KeepDays > 0 ? dice.Of(rule.KeepDays, 1, 60) : 0,
                AfterDays = rule.AfterDays > 0 ? dice.Of(rule.AfterDays, 1, 30) : 0,
            })],
        };
    }
}
