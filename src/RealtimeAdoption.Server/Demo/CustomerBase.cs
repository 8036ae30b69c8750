namespace RealtimeAdoption.Server.Demo;

/// <summary>
/// A believable set of customers as a function of a seed: segments, product counts and sequences as the field publishes them (design, section 4).
/// Counts are dealt out in shares rather than thrown, so that four hundred accounts show the published averages and not a sample of them.
/// </summary>
public sealed class CustomerBase
{
    public const int HistoryDays = 90;

    private static readonly (string Segment, double Share, (int Low, int High) Employees, (int Low, int High) People, double[] ByProducts)[] Segments =
    [
        ("enterprise", 0.15, (1000, 9000), (18, 48), [0, 0.03, 0.12, 0.22, 0.28, 0.35]),
        ("mid_market", 0.35, (200, 999), (9, 22), [0.05, 0.2, 0.29, 0.26, 0.15, 0.05]),
        ("smb", 0.5, (8, 199), (6, 10), [0.12, 0.42, 0.26, 0.15, 0.04, 0.01]),
    ];

    private static readonly (double Share, string[] Order)[] Sequences =
    [
        (0.40, ["crm", "marketing", "analytics"]),
        (0.25, ["crm", "sales_engagement", "analytics"]),
        (0.20, ["crm", "portal", "marketing"]),
        (0.15, ["crm"]),
    ];

    private static readonly (double Share, Character Character)[] Characters =
    [
        (0.36, Character.Steady), (0.19, Character.Rising), (0.12, Character.Stalled), (0.10, Character.Decaying), (0.08, Character.Seasonal),
        (0.07, Character.New), (0.055, Character.Silent), (0.025, Character.Slipping),
    ];

    /// <summary>Some are gone; they come on top, since the published averages are over those that are there.</summary>
    private const double ChurnedShare = 0.04;

    private readonly int seed;
    private readonly DateOnly today;

    /// <param name="seed">The same seed and day make the same customers.</param>
    /// <param name="accounts">1 to 2,000.</param>
    /// <param name="today">The day after the last complete day of the history.</param>
    public CustomerBase(int seed, int accounts, DateOnly today)
    {
        this.seed = seed;
        this.today = today;
        var churned = (int)Math.Round(accounts * ChurnedShare);
        var deal = Dice.For(seed, 1, 0);
        var slots = new List<(int Segment, int Target, bool Churned)>();
        for (var s = 0; s < Segments.Length; s++)
        {
            var live = Dealt(Segments[s].Share, s, accounts - churned);
            for (var i = 0; i < live; i++) slots.Add((s, Quantile(Segments[s].ByProducts, (i + 0.5) / live), false));
        }

        for (var i = 0; i < churned; i++) slots.Add((i % Segments.Length, 1 + (i % 2), true));
        deal.Shuffle(slots);
        Customers = [.. slots.Select((slot, index) => Make(index, slot.Segment, slot.Target, slot.Churned ? Character.Churned : null))];
    }

    public IReadOnlyList<Customer> Customers { get; }

    /// <summary>A company that signs up while the demo runs: nothing used yet, one product bought.</summary>
    public Customer SignUp(int index)
    {
        var dice = Dice.For(seed, 2, index);
        var segment = dice.Share() switch { < 0.1 => 0, < 0.4 => 1, _ => 2 };
        var made = Make(index, segment, 0, Character.New);
        var target = Quantile(Segments[segment].ByProducts, dice.Share());
        return made with { Target = Math.Max(1, target), Uses = [], Contract = [Line(made.Order[0], today, segment, bundled: false)], Relationship = made.Relationship with { Seats = null, Nps = null, NpsAt = null, ChampionLeaves = null, LastContact = today } };
    }

    public static ContractLine Line(string product, DateOnly start, int segment, bool bundled)
    {
        // The list's price is for the large; the others pay by their size.
        var price = Catalogue.Of(product).ListPrice * (segment switch { 0 => 10, 1 => 6, _ => 3 }) / 10;
        return new ContractLine(product, start, null, bundled ? price / 20 : price * 9 / 10, price, bundled);
    }

    private Customer Make(int index, int segment, int target, Character? given)
    {
        var dice = Dice.For(seed, 3, index);
        var (name, _, employees, people, _) = Segments[segment];
        var company = Names.Company(seed, index);
        var id = Names.Slug(company);
        var character = given ?? Fitting(Characters[Weighted(dice, Characters, c => c.Share)].Character, target);
        var order = Order(dice);
        var users = Names.People(dice, id, dice.Between(people.Low, people.High));
        var uses = Uses(dice, character, index, target, order);
        return new Customer
        {
            Index = index,
            Id = id,
            Name = company,
            Industry = dice.Pick(Names.Industries),
            Owner = dice.Pick(Names.Owners),
            Segment = name,
            Employees = dice.Between(employees.Low, employees.High),
            Relationship = Relationship.Of(Dice.For(seed, 6, index), character, users.Count, target, today),
            Character = character,
            Target = target,
            Order = order,
            People = users,
            Uses = uses,
            Contract = Contract(dice, character, target, order, uses, segment),
        };
    }

    /// <summary>A character that the number of products allows.</summary>
    private static Character Fitting(Character character, int target) => (character, target) switch
    {
        (Character.New, > 2) => Character.Rising,
        (Character.Rising or Character.Seasonal or Character.Silent or Character.Slipping, 0) => Character.Stalled,
        // Where many work in many products, silence would be a dozen champions each.
        (Character.Silent, > 2) => Character.Seasonal,
        (Character.Decaying, 5) => Character.Steady,
        (Character.Stalled, 5) => Character.Steady,
        _ => character,
    };

    private static string[] Order(Dice dice)
    {
        var first = Sequences[Weighted(dice, Sequences, s => s.Share)].Order;
        var rest = Catalogue.Products.Select(p => p.Id).Except(first).ToList();
        dice.Shuffle(rest);
        return [.. first, .. rest];
    }

    private static List<ProductUse> Uses(Dice dice, Character character, int index, int target, string[] order)
    {
        var uses = new List<ProductUse>();
        for (var i = 0; i < target; i++) uses.Add(Adopted(dice, character, order[i], index, i, target));
        if (character == Character.Decaying)
        {
            var lost = Math.Min(order.Length - target, dice.Between(1, 2));
            for (var i = 0; i < lost; i++)
                uses.Add(new ProductUse(order[target + i], dice.Between(0, 8), 5, dice.Between(1.8, 2.6), dice.Between(38, 62), 0.05));
        }
        else if (target < order.Length && character is not (Character.Churned or Character.Silent or Character.Slipping) && dice.Chance(target == 0 ? 0.65 : 0.8))
        {
            // Tried, but short of the threshold: within reach of the rising, far for the others.
            var within = character is Character.Rising or Character.Steady or Character.New;
            uses.Add(new ProductUse(order[target], character == Character.New ? 60 : dice.Between(5, 45), 10, within ? dice.Between(0.6, 0.72) : dice.Between(0.15, 0.4)));
        }

        return uses;
    }

    private static ProductUse Adopted(Dice dice, Character character, string product, int index, int place, int target) => character switch
    {
        Character.Rising => new ProductUse(product, 2 + (place * 60 / Math.Max(target, 2)), dice.Between(4, 10), dice.Between(2.2, 4)),
        Character.Stalled => new ProductUse(product, dice.Between(0, 10), 4, dice.Between(1.7, 2.1)),
        Character.Decaying => new ProductUse(product, dice.Between(0, 6), 4, dice.Between(2.4, 3.2), dice.Between(50, 70), 1.7),
        Character.Seasonal => new ProductUse(product, dice.Between(0, 12), 6, dice.Between(2.7, 3.6), Swing: 0.3),
        Character.New => new ProductUse(product, dice.Between(52, 62), 4, dice.Between(2.6, 3.6)),
        Character.Silent => new ProductUse(product, dice.Between(0, 8), 4, dice.Between(3.1, 3.8), Stops: HistoryDays - 12 - (index % 4)),
        Character.Slipping => new ProductUse(product, dice.Between(0, 8), 4, dice.Between(2.6, 3.4), Stops: HistoryDays - 3 - (index % 4)),
        Character.Churned => new ProductUse(product, dice.Between(0, 4), 3, dice.Between(1.6, 2.4), dice.Between(20, 50), 0),
        _ => new ProductUse(product, dice.Between(0, 8) + (place * 4), dice.Between(2, 6), dice.Between(1.8, 3.4)),
    };

    private List<ContractLine> Contract(
        Dice dice, Character character, int target, string[] order, List<ProductUse> uses, int segment)
    {
        var bought = Math.Max(1, Math.Max(target, uses.Count));
        if (bought == target && target < order.Length && dice.Chance(0.3)) bought++;
        var lines = new List<ContractLine>();
        for (var i = 0; i < bought; i++)
        {
            // Bought before the history began, but for those that are new, and most of what is not adopted yet.
            var start = character == Character.New ? today.AddDays(-40) : today.AddDays(-dice.Between(120, 700) + (i * 10));
            // Whoever left had bought all of it long ago.
            if (i >= target && i > 0 && character != Character.Churned && dice.Chance(0.85)) start = today.AddDays(-dice.Between(8, 55));
            var line = Line(order[i], start, segment, bundled: i > 0 && dice.Chance(0.15));
            lines.Add(character == Character.Churned ? line with { End = today.AddDays(-dice.Between(1, 20)) } : line);
        }

        return lines;
    }

    private static int Dealt(double share, int segment, int accounts)
    {
        if (segment < Segments.Length - 1) return (int)Math.Round(share * accounts);
        return accounts - Segments.SkipLast(1).Sum(s => (int)Math.Round(s.Share * accounts));
    }

    private static int Quantile(double[] shares, double at)
    {
        var passed = 0.0;
        for (var i = 0; i < shares.Length; i++)
        {
            passed += shares[i];
            if (at < passed) return i;
        }

        return shares.Length - 1;
    }

    private static int Weighted<T>(Dice dice, IReadOnlyList<T> items, Func<T, double> share) => Quantile([.. items.Select(share)], dice.Share());
}
