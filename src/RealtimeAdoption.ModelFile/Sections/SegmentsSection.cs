using RealtimeAdoption.ModelFile.Reading;
using RealtimeAdoption.ModelFile.Yaml;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Sections;

internal static class SegmentsSection
{
    public static IReadOnlyList<Segment> Read(IReadOnlyList<(Node Node, string Path)> items, Findings findings)
    {
        var segments = new List<Segment>();
        var taken = new Dictionary<int, string>();
        foreach (var item in items)
        {
            if (Fields.Of(item.Node, item.Path, findings, "id", "name", "employees_from", "benchmark") is not { } fields) continue;
            var segment = new Segment
            {
                Id = fields.Id("id"),
                Name = fields.Text("name", maxLength: 128),
                EmployeesFrom = fields.Whole("employees_from", NumberRange.WholeBetween(0, 1_000_000_000, "employees")),
                Benchmark = Benchmark(fields),
            };
            if (segment.Id == "unknown")
                fields.Report(fields.AtOf("id"), "id", "'unknown' is the segment of accounts of which nothing is known", "another id");
            if (fields.Sound("employees_from") && !taken.TryAdd(segment.EmployeesFrom, segment.Id))
                fields.Report(fields.AtOf("employees_from"), "employees_from", $"starts where '{taken[segment.EmployeesFrom]}' starts", "a number of its own for each segment");
            segments.Add(segment);
        }

        return segments;
    }

    private static SegmentBenchmark? Benchmark(Fields segment)
    {
        if (segment.Map("benchmark", "products", "expansion_90d", "nrr", "second_product_days") is not { } fields) return null;
        return new SegmentBenchmark(
            fields.Number("products", NumberRange.Between(0, 64)),
            fields.Number("expansion_90d", NumberRange.Between(0, 1)),
            fields.Number("nrr", NumberRange.Between(0, 100)),
            fields.Whole("second_product_days", NumberRange.WholeBetween(1, 3660, "days")));
    }
}
