namespace RealtimeAdoption.Server.Demo;

/// <summary>How a customer's usage goes over the history.</summary>
public enum Character
{
    /// <summary>Settled from the start, well above the thresholds.</summary>
    Steady,

    /// <summary>Takes up one product after another, the next one within reach.</summary>
    Rising,

    /// <summary>Settled, and stuck short of the next product.</summary>
    Stalled,

    /// <summary>Has lost a product or two in the last weeks.</summary>
    Decaying,

    /// <summary>Swings over the weeks.</summary>
    Seasonal,

    /// <summary>Signed up within the last weeks.</summary>
    New,

    /// <summary>Used everything well, and has been silent for some two weeks.</summary>
    Silent,

    /// <summary>Was well a week ago; then work stopped, and its people say why when they are asked.</summary>
    Slipping,

    /// <summary>Gone.</summary>
    Churned,
}

public sealed record Person(string Id, string Name, string Email);

/// <summary>A product in a customer's hands: how much it is used, in multiples of the adoption thresholds, over the days of the history.</summary>
/// <param name="Product">Id in the sample model.</param>
/// <param name="From">Day of the history (0 is the oldest) on which its use starts.</param>
/// <param name="Ramp">Days until the full level.</param>
/// <param name="Level">1 is just the threshold.</param>
/// <param name="FallsFrom">Day on which its use starts to fall; null: never.</param>
/// <param name="FallsTo">The level it falls to, within two weeks.</param>
/// <param name="Swing">0..1: a wave of four weeks on top.</param>
/// <param name="Stops">Day from which there is none; null: never.</param>
public sealed record ProductUse(string Product, int From, int Ramp, double Level, int? FallsFrom = null, double FallsTo = 0, double Swing = 0, int? Stops = null)
{
    private const int FallDays = 14;

    public double LevelOn(int day)
    {
        if (day < From || day >= Stops) return 0;
        var level = Level * Math.Min(1, (day - From + 1) / (double)Ramp);
        if (day >= FallsFrom) level += (FallsTo - level) * Math.Min(1, (day - FallsFrom.Value + 1) / (double)FallDays);
        return level * (1 + (Swing * Math.Sin(2 * Math.PI * day / 28)));
    }
}

/// <param name="Start">The first day it covers.</param>
/// <param name="End">The first day it no longer covers; null: open.</param>
public sealed record ContractLine(string Product, DateOnly Start, DateOnly? End, int Arr, int ListPrice, bool Bundled);

/// <summary>One synthetic customer company: who they are, what they bought and how they use it. Immutable.</summary>
public sealed record Customer
{
    /// <summary>Its place in the customer base, from 0.</summary>
    public required int Index { get; init; }
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Industry { get; init; }
    public required string Owner { get; init; }
    public required string Segment { get; init; }
    public required int Employees { get; init; }
    public required Relationship Relationship { get; init; }
    public required Character Character { get; init; }

    /// <summary>Products adopted at the end of the history.</summary>
    public required int Target { get; init; }

    /// <summary>All products, in the order in which this customer takes them up.</summary>
    public required IReadOnlyList<string> Order { get; init; }
    public required IReadOnlyList<Person> People { get; init; }
    public required IReadOnlyList<ProductUse> Uses { get; init; }
    public required IReadOnlyList<ContractLine> Contract { get; init; }

    /// <summary>The people who work with a product: about a third of all, another set for each product, always the first. The portal is for all.</summary>
    public IReadOnlyList<Person> PeopleOf(string product)
    {
        if (product == "portal") return People;
        var team = Catalogue.IndexOf(product) % 3;
        return [.. People.Where((_, i) => i == 0 || i % 3 == team)];
    }

    /// <summary>Those of them who still do anything on a day of the history.</summary>
    public IReadOnlyList<Person> Remaining(IReadOnlyList<Person> people, int day) => day >= Relationship.ChampionLeaves && people.Count > 1 ? [.. people.Skip(1)] : people;
}
