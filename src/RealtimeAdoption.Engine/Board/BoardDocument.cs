using System.Text.Json.Serialization;

namespace RealtimeAdoption.Engine.Board;

/// <summary>
/// What the wall shows of the fleet, in the wire's shape (names turn to snake_case there; docs/board-wire.md has the JSON). Immutable; two documents are compared
/// section by section to make a <see cref="BoardDelta"/>. It holds no clock: data age and rates are the heartbeat's.
/// </summary>
public sealed record BoardDocument
{
    public required BoardModel Model { get; init; }
    public required BoardFleet Fleet { get; init; }

    /// <summary>In the model's order.</summary>
    public required IReadOnlyList<BoardStage> Stages { get; init; }

    /// <summary>In the model's order.</summary>
    public required IReadOnlyList<BoardProduct> Products { get; init; }

    /// <summary>In the model's order; the last one is <c>unknown</c>.</summary>
    public required IReadOnlyList<BoardSegment> Segments { get; init; }

    public BoardBands Bands { get; init; } = BoardBands.None;
    public BoardAlertCounts AlertCounts { get; init; } = BoardAlertCounts.None;

    /// <summary>Most severe first, then open ones, then newest first, at most <see cref="AlertsLength"/>.</summary>
    public IReadOnlyList<BoardAlert> Alerts { get; init; } = [];

    /// <summary>Newest first, at most <see cref="SlipsLength"/>.</summary>
    public IReadOnlyList<BoardSlip> Slips { get; init; } = [];
    public BoardMovers Movers { get; init; } = BoardMovers.None;

    /// <summary>Newest first, at most <see cref="FeedLength"/>.</summary>
    public required IReadOnlyList<BoardChange> Feed { get; init; }

    /// <summary>Changes that the board keeps.</summary>
    public const int FeedLength = 50;

    public const int SlipsLength = 20;

    /// <summary>Alerts that the board shows; a storm is one.</summary>
    public const int AlertsLength = 12;

    /// <summary>Accounts that a stage shows.</summary>
    public const int MoversLength = 8;
}

/// <summary>The words that the board needs of the model, and whether it has a health score and alerts.</summary>
public sealed record BoardModel(
    string Version,
    IReadOnlyList<BoardModelStage> Stages,
    IReadOnlyList<BoardModelProduct> Products,
    IReadOnlyList<BoardModelSegment> Segments,
    bool Health,
    bool Alerts)
{
    /// <summary>The same words.</summary>
    public bool IsAs(BoardModel other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(this, other) || (Version == other.Version && Health == other.Health && Alerts == other.Alerts
            && Stages.SequenceEqual(other.Stages) && Products.SequenceEqual(other.Products) && Segments.SequenceEqual(other.Segments));
    }
}

public sealed record BoardModelStage(string Id, string Name, string ChurnRisk, string Priority, string Action);

public sealed record BoardModelProduct(string Id, string Name);

/// <param name="Id">Of the segment, or <c>unknown</c>.</param>
/// <param name="Name">For people.</param>
/// <param name="BenchmarkProducts">Average adopted products that the field publishes; null: none published.</param>
public sealed record BoardModelSegment(string Id, string Name, decimal? BenchmarkProducts);

/// <summary>The fleet in numbers. Churned accounts are in <see cref="Churned"/> and nowhere else.</summary>
public sealed record BoardFleet
{
    /// <summary>The latest day that any partition is on.</summary>
    public required DateOnly Day { get; init; }
    public required int Accounts { get; init; }
    public required int Churned { get; init; }

    /// <summary>Accounts whose rebuild is pending.</summary>
    public required int Rebuilding { get; init; }

    /// <summary>Usage events accepted since the store began.</summary>
    public required long Events { get; init; }

    /// <summary>Adopted entitled products, over all accounts.</summary>
    public required int AdoptedProducts { get; init; }
    public required int EntitledProducts { get; init; }

    /// <summary>Adopted products an account, to 6 decimals; null without accounts.</summary>
    public required double? AverageProducts { get; init; }

    /// <summary>Adopted / entitled products, 0..1, to 4 decimals; null where nothing is entitled.</summary>
    public required double? AdoptionRate { get; init; }

    /// <summary>Null: no model is being activated.</summary>
    public BoardActivation? Activation { get; init; }
}

public sealed record BoardStage
{
    public required string Id { get; init; }

    /// <summary>Accounts in it.</summary>
    public required int Count { get; init; }

    /// <summary>Those that came into it most recently, latest first.</summary>
    public required IReadOnlyList<BoardMover> Accounts { get; init; }
}

/// <summary>An account in a stage, and the first day of its present run there.</summary>
public sealed record BoardMover(string Id, string Name, string Segment, DateOnly Since);

/// <param name="Id">Of the product.</param>
/// <param name="Adopted">Accounts that have adopted it and are entitled to it.</param>
/// <param name="Entitled">Accounts entitled to it.</param>
public sealed record BoardProduct(string Id, int Adopted, int Entitled);

/// <param name="Id">Of the segment, or <c>unknown</c>.</param>
/// <param name="Accounts">In it, without churned ones.</param>
/// <param name="AverageProducts">To 6 decimals; null without accounts.</param>
public sealed record BoardSegment(string Id, int Accounts, double? AverageProducts);

/// <summary>A line of the live feed. Corrections are not on the board.</summary>
public sealed record BoardChange
{
    /// <summary>Unique and stable: partition and sequence in its feed.</summary>
    public required string Id { get; init; }

    /// <summary>Receipt of the causing record; for a tick its day's start.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The account's day.</summary>
    public required DateOnly Day { get; init; }
    public required string Account { get; init; }
    public required string Name { get; init; }

    /// <summary>Segment id, or <c>unknown</c>.</summary>
    public required string Segment { get; init; }

    /// <summary><c>stage_changed</c>, <c>product_adopted</c>, <c>product_lapsed</c>, <c>band_changed</c> or <c>alert_opened</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Product id; for a stage change the product whose adoption or lapse moved it, where that is known.</summary>
    public string? Product { get; init; }

    /// <summary>Stage ids, or bands.</summary>
    public string? From { get; init; }
    public string? To { get; init; }

    /// <summary>The type of the alert that was opened, and its severity; left out of the wire otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Alert { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Severity { get; init; }

    /// <summary><c>event</c>, <c>tick</c>, <c>profile</c>, <c>rebuild</c>, <c>model</c> or <c>person</c>.</summary>
    public required string CauseKind { get; init; }

    /// <summary>One plain sentence without a full stop; of an alert its reason.</summary>
    public required string Cause { get; init; }
}
