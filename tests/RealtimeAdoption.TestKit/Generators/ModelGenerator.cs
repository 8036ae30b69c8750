using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Generators;

/// <summary>
/// Models that the loader would accept, with every metric kind, windows of 1 to 92 days, grace, filters, several metrics per event and several windows per
/// metric, health and alerts. Thresholds are small, so that a short history passes them both ways.
/// </summary>
public static class ModelGenerator
{
    private static readonly string[] EventNames = ["Alpha Done", "Beta Done", "Gamma Reported", "Delta Seen", "Page", "NPS Submitted", "Ünïcode ✓"];

    public static AdoptionModel Make(Dice dice)
    {
        var products = dice.Chance(0.15) ? dice.Between(6, 8) : dice.Between(1, 4);
        var metrics = new List<Metric>();
        var list = new List<Product>();
        for (var p = 0; p < products; p++) list.Add(MakeProduct(dice, p, metrics));
        if (dice.Chance(0.4)) metrics.Add(MakeMetric(dice, metrics.Count, null));
        if (dice.Chance(0.3)) metrics.Add(MakeMetric(dice, metrics.Count, null) with { Kind = MetricKind.Gauge, Value = "level" });
        return new AdoptionModel
        {
            Version = "generated",
            LateDays = dice.Chance(0.6) ? 7 : dice.Of(0, 1, 2, 14, 30, 31),
            Metrics = metrics,
            Products = list,
            Stages = MakeStages(dice),
            Segments =
            [
                new Segment { Id = "enterprise", Name = "Enterprise", EmployeesFrom = 1000, Benchmark = new SegmentBenchmark(3.8m, 0.45m, 1.28m, dice.Of(90, 5, 20)) },
                new Segment { Id = "mid_market", Name = "Mid", EmployeesFrom = 200 },
                new Segment { Id = "smb", Name = "Small", EmployeesFrom = dice.Of(0, 5) },
            ],
            Users = new UserRules { ActiveDays = dice.Chance(0.5) ? 30 : dice.Of(1, 2, 7, 31, 92), SuperAdopterProducts = dice.Between(1, 4) },
            Health = dice.Chance(0.93) ? HealthGenerator.Make(dice, metrics) : null,
            Alerts = dice.Chance(0.93) ? AlertGenerator.Make(dice) : null,
        };
    }

    private static Product MakeProduct(Dice dice, int index, List<Metric> metrics)
    {
        var criteria = new List<Criterion>();
        var count = dice.Of(1, 1, 2, 2, 3);
        for (var c = 0; c < count; c++)
        {
            if (c > 0 && dice.Chance(0.3))
            {
                var shared = criteria[^1].Metric;
                var other = Window(dice);
                if (criteria.Exists(x => x.Metric == shared && x.WithinDays == other)) continue;
                criteria.Add(new Criterion(shared, AtLeast(dice, metrics[shared].Kind), other));
                continue;
            }

            var metric = MakeMetric(dice, metrics.Count, index);
            criteria.Add(new Criterion(metrics.Count, AtLeast(dice, metric.Kind), Window(dice)));
            metrics.Add(metric);
        }

        if (dice.Chance(0.2)) metrics.Add(MakeMetric(dice, metrics.Count, index));
        return new Product
        {
            Id = $"p{index}",
            Name = $"Product {index}",
            DepthTarget = dice.Of(3m, 1m, 2.5m, 0.5m),
            GraceDays = dice.Of(0, 0, 1, 2, 5, 31),
            AdoptedWhen = criteria,
        };
    }

    private static Metric MakeMetric(Dice dice, int index, int? product)
    {
        var kind = dice.OneOf(Enum.GetValues<MetricKind>());
        var value = kind switch
        {
            MetricKind.Sum => dice.Chance(0.15) ? null : "quantity",
            MetricKind.Gauge => dice.Of("level", "quantity"),
            MetricKind.DistinctValues => dice.Of("feature", "quantity"),
            _ => null,
        };
        return new Metric
        {
            Id = $"m{index}",
            Product = product,
            Event = product is not null && dice.Chance(0.12) ? "*" : dice.OneOf(EventNames),
            Kind = kind,
            Value = value,
            Where = dice.Chance(0.25) ? MakeWhere(dice) : [],
        };
    }

    private static List<WhereFilter> MakeWhere(Dice dice)
    {
        List<WhereFilter> filters =
            [new("tier", dice.Of(Scalar.OfText("gold"), Scalar.OfNumber("1"), Scalar.OfBoolean(true), Scalar.OfText("1"), Scalar.OfNumber("2.50")))];
        if (dice.Chance(0.2)) filters.Add(new("zone", Scalar.OfText("eu")));
        return filters;
    }

    private static int Window(Dice dice) => dice.Chance(0.7) ? dice.Of(1, 2, 3, 7, 14, 30, 31, 32, 33, 60, 64, 91, 92) : dice.Between(1, 92);

    private static decimal AtLeast(Dice dice, MetricKind kind) => kind switch
    {
        MetricKind.Count => dice.Between(1, 6),
        MetricKind.Sum => dice.Of(1m, 5m, 0.3m, 0.000001m, 2.5m, 1000m, 1_000_000_000_000m, 0.999999m),
        MetricKind.Gauge => dice.Of(1m, 100m, 0.5m, 3m, 0.000001m),
        MetricKind.DistinctUsers or MetricKind.DistinctValues => dice.Between(1, 4),
        _ => dice.Between(1, 4),
    };

    private static List<Stage> MakeStages(Dice dice)
    {
        var stages = new List<Stage>();
        var from = 0;
        for (var i = 0; i < 4; i++)
        {
            var to = from + dice.Of(0, 0, 0, 1);
            stages.Add(MakeStage($"stage{i}", from, to));
            from = to + 1;
        }

        stages.Add(MakeStage("last", from, null));
        return stages;
    }

    private static Stage MakeStage(string id, int from, int? to) =>
        new() { Id = id, Name = id, From = from, To = to, ChurnRisk = "low", Priority = "high", Action = $"next after {id}" };
}
