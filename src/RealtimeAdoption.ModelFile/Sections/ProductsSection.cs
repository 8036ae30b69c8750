using RealtimeAdoption.ModelFile.Reading;
using RealtimeAdoption.ModelFile.Yaml;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Sections;

internal sealed class ProductsSection
{
    private readonly IReadOnlyList<Metric?> _metrics;
    private readonly DeclaredIds _metricIds;
    private readonly Findings _findings;

    private ProductsSection(IReadOnlyList<Metric?> metrics, DeclaredIds metricIds, Findings findings)
    {
        _metrics = metrics;
        _metricIds = metricIds;
        _findings = findings;
    }

    public static IReadOnlyList<Product> Read(
        IReadOnlyList<(Node Node, string Path)> items, IReadOnlyList<Metric?> metrics, DeclaredIds metricIds, Findings findings)
    {
        var section = new ProductsSection(metrics, metricIds, findings);
        var products = new List<Product>();
        for (var i = 0; i < items.Count; i++)
        {
            if (section.ReadOne(items[i].Node, items[i].Path, i) is { } product) products.Add(product);
        }

        return products;
    }

    private Product? ReadOne(Node node, string path, int index)
    {
        if (Fields.Of(node, path, _findings, "id", "name", "anchor", "list_price", "depth_target", "grace_days", "adopted_when") is not { } fields)
            return null;
        var criteria = new List<Criterion>();
        var seen = new HashSet<(int, int)>();
        foreach (var item in fields.Items("adopted_when", "a list of at least one criterion { metric, at_least, within_days }") ?? [])
        {
            if (Fields.Of(item.Node, item.Path, _findings, "metric", "at_least", "within_days") is not { } line) continue;
            if (ReadCriterion(line, index) is not { } criterion) continue;
            if (line.Sound("within_days") && !seen.Add((criterion.Metric, criterion.WithinDays)))
                line.Report(line.At, "metric", "this metric is asked for twice over the same days", "one criterion: the greater at_least is enough");
            criteria.Add(criterion);
        }

        return new Product
        {
            Id = fields.Id("id"),
            Name = fields.Text("name", maxLength: 128),
            Anchor = fields.Truth("anchor", fallback: false),
            ListPrice = fields.Number("list_price", NumberRange.Between(0, 1_000_000_000_000m), 0),
            DepthTarget = fields.Number("depth_target", NumberRange.Above(0), 3),
            GraceDays = fields.Whole("grace_days", NumberRange.WholeBetween(0, 31, "days"), 0),
            AdoptedWhen = criteria,
        };
    }

    private Criterion? ReadCriterion(Fields fields, int product)
    {
        var atLeast = fields.Number("at_least", NumberRange.Above(0));
        var withinDays = fields.Whole("within_days", NumberRange.WholeBetween(1, 92, "days"));
        if (_metricIds.Find(fields, "metric", "metrics") is not { } index) return null;
        if (_metrics[index] is not { } metric) return null;
        if (metric.Product is null)
            fields.Report(fields.AtOf("metric"), "metric", $"'{metric.Id}' is of no product, and such a metric feeds no product's criteria", "a metric of this product; give the metric a 'product'");
        else if (metric.Product != product)
            fields.Report(fields.AtOf("metric"), "metric", $"'{metric.Id}' is a metric of another product", "a metric of this product");
        if (metric.Kind == MetricKind.ActiveDays && fields.Sound("at_least", "within_days") && atLeast > withinDays)
            fields.Report(fields.AtOf("at_least"), "at_least", $"more active days than the {withinDays} that within_days has", "at most within_days, or it can never hold");
        return new Criterion(index, atLeast, withinDays);
    }
}
