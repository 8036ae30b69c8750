using RealtimeAdoption.ModelFile.Reading;
using RealtimeAdoption.ModelFile.Yaml;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Sections;

internal sealed class MeasuresSection(IReadOnlyList<Metric?> metrics, DeclaredIds metricIds, DeclaredIds segmentIds, Findings findings)
{
    private const int MaxPoints = 64;

    private static readonly Dictionary<string, MeasureKind> Kinds = new(StringComparer.Ordinal)
    {
        ["breadth"] = MeasureKind.Breadth,
        ["depth"] = MeasureKind.Depth,
        ["trend"] = MeasureKind.Trend,
        ["recency"] = MeasureKind.Recency,
        ["seats"] = MeasureKind.Seats,
        ["sentiment"] = MeasureKind.Sentiment,
        ["gauge"] = MeasureKind.Gauge,
    };

    private static readonly string[] AllKeys =
        ["id", "kind", "weight", "segment_weights", "curve", "recent_days", "before_days", "min_events", "stale_after_days", "metric", "within_days"];

    private static readonly string[] KeysOfEveryKind = ["id", "kind", "weight", "segment_weights"];

    public IReadOnlyList<Measure> Read(Fields health)
    {
        var items = health.Items("measures", "a list of at least one measure") ?? [];
        DeclaredIds.Of(items, findings);
        return [.. items.Select(item => ReadOne(item.Node, item.Path)).OfType<Measure>()];
    }

    private Measure? ReadOne(Node node, string path)
    {
        if (Fields.Of(node, path, findings, AllKeys) is not { } fields) return null;
        var measure = new Measure
        {
            Id = fields.Id("id"),
            Kind = MeasureKind.Breadth,
            Weight = fields.Number("weight", NumberRange.Above(0)),
            SegmentWeights = SegmentWeights(fields),
        };
        if (!fields.TryChoice("kind", Kinds, out var kind)) return null;
        RefuseForeignKeys(fields, kind);
        measure = measure with { Kind = kind };
        return kind switch
        {
            MeasureKind.Trend => Trend(fields, measure),
            MeasureKind.Recency or MeasureKind.Seats => measure with { Curve = Curve(fields) },
            MeasureKind.Sentiment => measure with { StaleAfterDays = fields.Whole("stale_after_days", NumberRange.WholeBetween(1, 3660, "days"), 180) },
            MeasureKind.Gauge => Gauge(fields, measure),
            _ => measure,
        };
    }

    private static string[] KeysOf(MeasureKind kind) => kind switch
    {
        MeasureKind.Trend => ["curve", "recent_days", "before_days", "min_events"],
        MeasureKind.Recency or MeasureKind.Seats => ["curve"],
        MeasureKind.Sentiment => ["stale_after_days"],
        MeasureKind.Gauge => ["curve", "metric", "within_days"],
        _ => [],
    };

    private static void RefuseForeignKeys(Fields fields, MeasureKind kind)
    {
        var own = KeysOf(kind);
        var name = Kinds.First(entry => entry.Value == kind).Key;
        foreach (var key in AllKeys.Except(KeysOfEveryKind).Except(own).Where(fields.Has))
        {
            fields.Report(fields.AtOf(key), key, $"the kind {name} has no '{key}'",
                own.Length == 0 ? "leave it out" : $"leave it out; {name} has {string.Join(", ", own)}");
        }
    }

    private static Measure Trend(Fields fields, Measure measure)
    {
        var days = NumberRange.WholeBetween(1, 91, "days");
        var trend = measure with
        {
            RecentDays = fields.Whole("recent_days", days, 7),
            BeforeDays = fields.Whole("before_days", days, 28),
            MinEvents = fields.Whole("min_events", NumberRange.WholeBetween(0, 1_000_000_000, "events"), 20),
            Curve = Curve(fields),
        };
        if (fields.Sound("recent_days", "before_days") && trend.RecentDays + trend.BeforeDays > 91)
            fields.Report(fields.AtOf("before_days"), "before_days", $"recent_days + before_days is {trend.RecentDays + trend.BeforeDays}", "at most 91 together: activity is kept for 92 days, today included");
        return trend;
    }

    private Measure Gauge(Fields fields, Measure measure)
    {
        var index = metricIds.Find(fields, "metric", "metrics");
        if (index is { } at && metrics[at] is { } metric && metric.Kind != MetricKind.Gauge)
            fields.Report(fields.AtOf("metric"), "metric", $"'{metric.Id}' is a {MetricsSection.KindName(metric.Kind)} metric", "a metric of the kind gauge");
        return measure with
        {
            Metric = index,
            WithinDays = fields.Whole("within_days", NumberRange.WholeBetween(1, 92, "days")),
            Curve = Curve(fields),
        };
    }

    private Dictionary<string, decimal> SegmentWeights(Fields measure)
    {
        var weights = new Dictionary<string, decimal>(StringComparer.Ordinal);
        var range = NumberRange.Above(0);
        foreach (var entry in measure.Entries("segment_weights", "a mapping of segment: weight"))
        {
            var key = Paths.Key("segment_weights", entry.Key.Text);
            if (!segmentIds.TryFind(entry.Key.Text, out _))
                measure.ReportAt(entry.Key.At, key, $"no segment has the id '{ScalarNode.Shown(entry.Key.Text)}'", segmentIds.Suggest(entry.Key.Text, "segments"));
            if (entry.Value is ScalarNode scalar && range.TryRead(scalar, out var weight))
                weights[entry.Key.Text] = weight;
            else if (entry.Value is not RefusedNode)
                measure.ReportAt(entry.Value.At, key, $"{entry.Value.Describe()} does not fit here", range.Describe());
        }

        return weights;
    }

    private static List<CurvePoint> Curve(Fields fields)
    {
        const string Expected = "a list of 2 to 64 points [input, value], such as [[0, 0], [1, 100]]";
        var points = new List<CurvePoint>();
        var items = fields.Items("curve", Expected, max: MaxPoints);
        if (items is null) return points;
        if (items.Count == 1) fields.Report(fields.AtOf("curve"), "curve", "a curve of one point", Expected);
        for (var i = 0; i < items.Count; i++)
        {
            var (node, _) = items[i];
            var key = Paths.Item("curve", i);
            if (node is RefusedNode) continue;
            if (node is not ListNode { Items: [ScalarNode input, ScalarNode value] }
                || !NumberRange.Any.TryRead(input, out var x) || !NumberRange.Between(0, 100).TryRead(value, out var y))
            {
                fields.ReportAt(node.At, key, $"{node.Describe()} that is no point", "[input, value] with numbers of at most 6 decimals, the value from 0 to 100");
                continue;
            }

            if (points.Count > 0 && x <= points[^1].Input)
                fields.ReportAt(node.At, key, $"the input {x} does not rise above {points[^1].Input}", "inputs that rise from point to point");
            points.Add(new CurvePoint(x, y));
        }

        return points;
    }
}
