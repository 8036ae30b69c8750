using RealtimeAdoption.ModelFile.Reading;
using RealtimeAdoption.ModelFile.Yaml;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Sections;

internal static class MetricsSection
{
    private const int MaxNameLength = 256;

    private static readonly Dictionary<string, MetricKind> Kinds = new(StringComparer.Ordinal)
    {
        ["count"] = MetricKind.Count,
        ["sum"] = MetricKind.Sum,
        ["gauge"] = MetricKind.Gauge,
        ["distinct_users"] = MetricKind.DistinctUsers,
        ["distinct_values"] = MetricKind.DistinctValues,
        ["active_days"] = MetricKind.ActiveDays,
    };

    /// <summary>One for each item, in the file's order; null where the item has an error that what refers to it should not repeat.</summary>
    public static IReadOnlyList<Metric?> Read(IReadOnlyList<(Node Node, string Path)> items, DeclaredIds products, Findings findings) =>
        [.. items.Select(item => ReadOne(item.Node, item.Path, products, findings))];

    public static string KindName(MetricKind kind) => Kinds.First(entry => entry.Value == kind).Key;

    private static Metric? ReadOne(Node node, string path, DeclaredIds products, Findings findings)
    {
        if (Fields.Of(node, path, findings, "id", "product", "event", "kind", "value", "where") is not { } fields) return null;
        var id = fields.Id("id");
        var named = fields.Has("product");
        var product = named ? products.Find(fields, "product", "products") : null;
        var usageEvent = fields.Text("event", MaxNameLength);
        var value = fields.OptionalText("value", MaxNameLength);
        var where = Where(fields);
        if (usageEvent == "*" && !named)
            fields.Report(fields.AtOf("event"), "event", "'*' without a product", "a product: '*' is every usage event that names the metric's product");
        if (!fields.TryChoice("kind", Kinds, out var kind)) return null;
        CheckValue(fields, kind);
        if (named && product is null) return null;
        return new Metric { Id = id, Product = product, Event = usageEvent, Kind = kind, Value = value, Where = where };
    }

    private static void CheckValue(Fields fields, MetricKind kind)
    {
        var has = fields.Has("value");
        switch (kind)
        {
            case MetricKind.Gauge when !has:
                fields.Report(fields.At, "value", "a gauge without a value", "value: the property whose number the gauge takes");
                break;
            case MetricKind.DistinctValues when !has:
                fields.Report(fields.At, "value", "distinct_values without a value", "value: the property whose different values are counted");
                break;
            case MetricKind.Count or MetricKind.DistinctUsers or MetricKind.ActiveDays when has:
                fields.Report(fields.AtOf("value"), "value", $"{KindName(kind)} takes no value", "leave it out, or use the kind sum, gauge or distinct_values");
                break;
        }
    }

    private static List<WhereFilter> Where(Fields fields)
    {
        const string Expected = "a mapping of property: value";
        var filters = new List<WhereFilter>();
        foreach (var entry in fields.Entries("where", Expected))
        {
            var key = entry.Key.Text;
            if (key.Length is 0 or > MaxNameLength || !Fields.IsWellFormed(key))
                fields.Report(entry.Key.At, "where", "not a property's name", $"a text of 1 to {MaxNameLength} characters");
            if (FilterValue(entry.Value) is { } scalar)
                filters.Add(new WhereFilter(key, scalar));
            else if (entry.Value is not RefusedNode)
                fields.ReportAt(entry.Value.At, Paths.Key("where", key), $"{entry.Value.Describe()} does not fit here", "a text of at most 1024 characters, a finite number or a truth value; in quotes it is always a text");
        }

        return filters;
    }

    private static Scalar? FilterValue(Node node)
    {
        if (node is not ScalarNode { Text.Length: <= 1024 } scalar || !Fields.IsWellFormed(scalar.Text)) return null;
        switch (scalar.Type)
        {
            case ScalarType.Text:
                return Scalar.OfText(scalar.Text);
            case ScalarType.Boolean:
                return Scalar.OfBoolean(CoreSchema.IsTrue(scalar.Text));
            case ScalarType.Number:
                // An event with a number beyond a double is refused at the door, so such a filter could never hold.
                var json = CoreSchema.ToJsonNumber(scalar.Text);
                return double.TryParse(json, out var approximate) && double.IsFinite(approximate) ? Scalar.OfNumber(json) : null;
            default:
                return null;
        }
    }
}
