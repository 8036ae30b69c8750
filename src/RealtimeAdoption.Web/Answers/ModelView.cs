using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Web.Answers;

/// <summary>What clients need of the model: its version, ids, names and definitions, with ids in place of indices.</summary>
public sealed record ModelView(
    string Version,
    int LateDays,
    IReadOnlyList<ModelProduct> Products,
    IReadOnlyList<ModelMetric> Metrics,
    IReadOnlyList<Stage> Stages,
    IReadOnlyList<Segment> Segments,
    UserRules Users)
{
    internal static ModelView Of(AdoptionModel model) => new(
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
        model.Users);
}

public sealed record ModelProduct(string Id, string Name, bool Anchor, decimal ListPrice, decimal DepthTarget, int GraceDays, IReadOnlyList<ModelCriterion> AdoptedWhen);

public sealed record ModelCriterion(string Metric, decimal AtLeast, int WithinDays);

public sealed record ModelMetric(string Id, string? Product, string Event, MetricKind Kind, string? Value);
