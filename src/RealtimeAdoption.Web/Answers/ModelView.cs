using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Web.Models;

namespace RealtimeAdoption.Web.Answers;

/// <summary>What clients need of the model: its version, ids, names and definitions, with ids in place of indices.</summary>
/// <param name="Version">Its author's.</param>
/// <param name="LateDays">How many days back an event still takes effect at once.</param>
/// <param name="Products">In the model's order.</param>
/// <param name="Metrics">In the model's order.</param>
/// <param name="Stages">Rising.</param>
/// <param name="Segments">In the model's order.</param>
/// <param name="Users">Who counts as active, and as super adopter.</param>
/// <param name="Health">Null: the model has no health score.</param>
/// <param name="Alerts">Null: the model has no alerts.</param>
/// <param name="Activation">Null: no other model is being activated.</param>
public sealed record ModelView(
    string Version,
    int LateDays,
    IReadOnlyList<ModelProduct> Products,
    IReadOnlyList<ModelMetric> Metrics,
    IReadOnlyList<Stage> Stages,
    IReadOnlyList<Segment> Segments,
    UserRules Users,
    ModelHealth? Health,
    ModelAlerts? Alerts,
    ActivationAnswer? Activation)
{
    internal static ModelView Of(AdoptionModel model, ActivationStatus? activation) => new(
        model.Version,
        model.LateDays,
        [.. model.Products.Select(product => new ModelProduct(
            product.Id,
            product.Name,
            product.Anchor,
            product.ListPrice,
            product.DepthTarget,
            product.GraceDays,
            [.. product.AdoptedWhen.Select(criterion => new ModelCriterion(model.Metrics[criterion.Metric].Id, criterion.AtLeast, criterion.WithinDays))]))],
        [.. model.Metrics.Select(metric => new ModelMetric(metric.Id, metric.Product is { } product ? model.Products[product].Id : null, metric.Event, metric.Kind, metric.Value))],
        model.Stages,
        model.Segments,
        model.Users,
        model.Health is { } health ? ModelHealth.Of(model, health) : null,
        model.Alerts is { } alerts ? ModelAlerts.Of(alerts) : null,
        ActivationAnswer.Of(activation));
}

public sealed record ModelProduct(string Id, string Name, bool Anchor, decimal ListPrice, decimal DepthTarget, int GraceDays, IReadOnlyList<ModelCriterion> AdoptedWhen);

public sealed record ModelCriterion(string Metric, decimal AtLeast, int WithinDays);

public sealed record ModelMetric(string Id, string? Product, string Event, MetricKind Kind, string? Value);

/// <summary>How the score is made: enough to draw its bands and to name its measures. The curves stand in the model file.</summary>
public sealed record ModelHealth(decimal MinCoverage, BandRules Bands, SlipRules Slip, IReadOnlyList<ModelMeasure> Measures)
{
    internal static ModelHealth Of(AdoptionModel model, HealthRules health) => new(
        health.MinCoverage,
        health.Bands,
        health.Slip,
        [.. health.Measures.Select(measure => new ModelMeasure(
            measure.Id, measure.Kind, measure.Weight, measure.SegmentWeights, measure.Metric is { } metric ? model.Metrics[metric].Id : null))]);
}

/// <param name="Measure">Its id.</param>
/// <param name="Kind">What it looks at.</param>
/// <param name="Weight">Where a segment sets no other.</param>
/// <param name="SegmentWeights">By segment's id.</param>
/// <param name="Metric">Of a gauge; null otherwise.</param>
public sealed record ModelMeasure(string Measure, MeasureKind Kind, decimal Weight, IReadOnlyDictionary<string, decimal> SegmentWeights, string? Metric);

/// <summary>Which alerts there are, and from how many of a kind they are told as a storm.</summary>
public sealed record ModelAlerts(int StormFrom, IReadOnlyList<ModelAlert> Types)
{
    internal static ModelAlerts Of(AlertRules alerts) => new(alerts.StormFrom, [.. alerts.Rules.Select(rule => new ModelAlert(rule.Type, rule.Enabled, rule.Severity))]);
}

/// <param name="Type">Which rule.</param>
/// <param name="Enabled">Unless a segment sets it otherwise.</param>
/// <param name="Severity">The base, which some types raise.</param>
public sealed record ModelAlert(AlertType Type, bool Enabled, AlertSeverity Severity);
