namespace RealtimeAdoption.Scoring.Models;

/// <summary>
/// The model as its author wrote it: products, metrics, criteria, stages, segments, users, health.
/// Immutable and valid by construction of its reader (the model file's loader); the core only ever sees
/// it through its compiled form. Not the file: comments and layout are gone.
/// </summary>
public sealed record AdoptionModel
{
    /// <summary>The version its author gave it, shown in every answer.</summary>
    public required string Version { get; init; }

    /// <summary>How many days back an event still takes effect at once. 0 to 31, default 7.</summary>
    public int LateDays { get; init; } = 7;

    public required IReadOnlyList<Metric> Metrics { get; init; }

    /// <summary>In model order, which breaks ties. At most 64.</summary>
    public required IReadOnlyList<Product> Products { get; init; }

    /// <summary>In rising order, covering 0 and up without a gap.</summary>
    public required IReadOnlyList<Stage> Stages { get; init; }

    /// <summary>In the file's order; computed by the highest <see cref="Segment.EmployeesFrom"/> reached.</summary>
    public required IReadOnlyList<Segment> Segments { get; init; }

    public UserRules Users { get; init; } = new();

    /// <summary>Absent: the model has no health score.</summary>
    public HealthRules? Health { get; init; }

    /// <summary>Absent: the model has no alerts.</summary>
    public AlertRules? Alerts { get; init; }
}

public enum MetricKind { Count, Sum, Gauge, DistinctUsers, DistinctValues, ActiveDays }

/// <summary>A named measurement made from usage events.</summary>
public sealed record Metric
{
    public required string Id { get; init; }

    /// <summary>Index into <see cref="AdoptionModel.Products"/>; null: no product's users or criteria.</summary>
    public int? Product { get; init; }

    /// <summary>The event's name, or <c>*</c>: every usage event that names the metric's product.</summary>
    public required string Event { get; init; }

    public required MetricKind Kind { get; init; }

    /// <summary>The property that a sum adds (null: 1 an event), a gauge takes, or distinct_values tells apart.</summary>
    public string? Value { get; init; }

    /// <summary>All must hold for an event to feed the metric.</summary>
    public IReadOnlyList<WhereFilter> Where { get; init; } = [];

    public bool IsWildcard => Event == "*";
}

/// <summary>A property that must be there with exactly this value. Strings are equal to the byte, numbers by exact decimal value.</summary>
public sealed record WhereFilter(string Property, Scalar Equal);

/// <summary>Something the vendor sells separately.</summary>
public sealed record Product
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public bool Anchor { get; init; }

    /// <summary>Per year, in the vendor's currency; 0 or more.</summary>
    public decimal ListPrice { get; init; }

    /// <summary>How many times its threshold counts as full depth; above 0, default 3.</summary>
    public decimal DepthTarget { get; init; } = 3;

    /// <summary>Days a product may fail its criteria before it lapses. 0 to 31, default 0.</summary>
    public int GraceDays { get; init; }

    /// <summary>All must hold on one day. At least one.</summary>
    public required IReadOnlyList<Criterion> AdoptedWhen { get; init; }
}

/// <summary>Metric + threshold + measurement window, e.g. contacts_created >= 25 within 30 days.</summary>
/// <param name="Metric">Index into <see cref="AdoptionModel.Metrics"/>.</param>
/// <param name="AtLeast">Above 0, at most 1e12, at most 6 decimals.</param>
/// <param name="WithinDays">1 to 92.</param>
public sealed record Criterion(int Metric, decimal AtLeast, int WithinDays);

/// <summary>Where an account stands by its number of adopted entitled products.</summary>
public sealed record Stage
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required int From { get; init; }

    /// <summary>Inclusive; null: no upper end.</summary>
    public int? To { get; init; }
    public required string ChurnRisk { get; init; }
    public required string Priority { get; init; }
    public required string Action { get; init; }
}

public sealed record Segment
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required int EmployeesFrom { get; init; }
    public SegmentBenchmark? Benchmark { get; init; }
}

/// <summary>What the field publishes of the segment.</summary>
/// <param name="Products">Average number of adopted products.</param>
/// <param name="Expansion90d">Share of accounts that add a product within 90 days, 0..1.</param>
/// <param name="Nrr">Net revenue retention, 1 = 100 %.</param>
/// <param name="SecondProductDays">Days within which the second product is due.</param>
public sealed record SegmentBenchmark(decimal Products, decimal Expansion90d, decimal Nrr, int SecondProductDays);

public sealed record UserRules
{
    /// <summary>Days, today included, in which activity makes a user active. 1 to 92, default 30.</summary>
    public int ActiveDays { get; init; } = 30;

    /// <summary>Active in this many products or more: a super adopter. 1 or more, default 3.</summary>
    public int SuperAdopterProducts { get; init; } = 3;
}

public enum MeasureKind { Breadth, Depth, Trend, Recency, Seats, Sentiment, Gauge }

/// <summary>How the health score is made.</summary>
public sealed record HealthRules
{
    /// <summary>0..1, default 0.5.</summary>
    public decimal MinCoverage { get; init; } = 0.5m;
    public required IReadOnlyList<Measure> Measures { get; init; }
    public BandRules Bands { get; init; } = new();
    public SlipRules Slip { get; init; } = new();
}

public sealed record Measure
{
    public required string Id { get; init; }
    public required MeasureKind Kind { get; init; }

    /// <summary>Above 0.</summary>
    public required decimal Weight { get; init; }

    /// <summary>Points (input, value) with rising inputs; empty where the kind has none.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];
    public int RecentDays { get; init; } = 7;
    public int BeforeDays { get; init; } = 28;
    public int MinEvents { get; init; } = 20;
    public int StaleAfterDays { get; init; } = 180;

    /// <summary>For a gauge: index into <see cref="AdoptionModel.Metrics"/>.</summary>
    public int? Metric { get; init; }
    public int? WithinDays { get; init; }

    /// <summary>Segment id to weight, where it differs.</summary>
    public IReadOnlyDictionary<string, decimal> SegmentWeights { get; init; } = new Dictionary<string, decimal>();
}

public readonly record struct CurvePoint(decimal Input, decimal Value);

public sealed record BandRules
{
    public decimal YellowFrom { get; init; } = 50;
    public decimal GreenFrom { get; init; } = 75;
    public decimal Margin { get; init; } = 2;
}

public sealed record SlipRules
{
    public decimal Fall { get; init; } = 15;
    public int WithinDays { get; init; } = 7;
}
