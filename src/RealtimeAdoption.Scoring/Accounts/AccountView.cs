using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// Everything that is known of one account on one day: the answer of GET /v1/accounts/{account}, in the wire's shape
/// (names turn to snake_case there). Computed from the state when it is asked for; not stored.
/// </summary>
public sealed record AccountView
{
    public required string Account { get; init; }
    public required string Name { get; init; }

    /// <summary>Segment id, or <c>unknown</c>.</summary>
    public required string Segment { get; init; }
    public string? Owner { get; init; }
    public string? Industry { get; init; }
    public int? Employees { get; init; }
    public int? Seats { get; init; }

    /// <summary><c>active</c> or <c>churned</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The account's day.</summary>
    public required DateOnly AsOf { get; init; }
    public int Partition { get; init; }

    /// <summary>Of the last record that touched the account.</summary>
    public required long Position { get; init; }
    public required string Model { get; init; }

    /// <summary>Null unless a rebuild is pending.</summary>
    public bool? Rebuilding { get; init; }

    /// <summary><c>contract</c> or <c>assumed</c>.</summary>
    public required string Entitlements { get; init; }
    public required int ProductsAvailable { get; init; }

    /// <summary>Adopted and entitled.</summary>
    public required int ProductsAdopted { get; init; }

    /// <summary>0..1; null where nothing is entitled.</summary>
    public required double? AdoptionRate { get; init; }
    public required string Stage { get; init; }
    public required DateOnly StageSince { get; init; }
    public string? PrimaryProduct { get; init; }
    public string? SecondProduct { get; init; }
    public int? TimeToSecondProductDays { get; init; }
    public DateOnly? LastActivityOn { get; init; }
    public required IReadOnlyList<ProductView> Products { get; init; }
    public required UsersView Users { get; init; }

    /// <summary>Null: the model has no health score.</summary>
    public HealthView? Health { get; init; }

    /// <summary>Null: the stage is not pinned.</summary>
    public OverrideView? StageOverride { get; init; }

    /// <summary>Live ones and those resolved not long ago. Null: the model has no alerts.</summary>
    public IReadOnlyList<AlertView>? Alerts { get; init; }
}

public sealed record ProductView
{
    public required string Product { get; init; }
    public required bool Entitled { get; init; }
    public required bool Adopted { get; init; }
    public DateOnly? FirstAdoptedOn { get; init; }
    public DateOnly? AdoptedOn { get; init; }
    public DateOnly? LapsedOn { get; init; }

    /// <summary>0..1.</summary>
    public required double Depth { get; init; }
    public required IReadOnlyList<CriterionView> Criteria { get; init; }
}

public sealed record CriterionView
{
    public required string Metric { get; init; }
    public required MetricKind Kind { get; init; }

    /// <summary>In the window that ends today; null: a gauge without a value.</summary>
    public required decimal? Value { get; init; }
    public required decimal AtLeast { get; init; }
    public required int WithinDays { get; init; }
    public required bool Met { get; init; }

    /// <summary>With explain: how much more is needed; null when met.</summary>
    public decimal? Missing { get; init; }
    public DateOnly? FallsBelowOn { get; init; }
}

public sealed record UsersView
{
    public required int Active { get; init; }
    public required int SuperAdopters { get; init; }

    /// <summary>Number of products (1 and up) to number of users.</summary>
    public required IReadOnlyDictionary<string, int> ByProducts { get; init; }
}

/// <summary>A user and the products they are active in.</summary>
public sealed record UserView(string User, DateOnly LastActivityOn, IReadOnlyList<string> Products, bool SuperAdopter);
