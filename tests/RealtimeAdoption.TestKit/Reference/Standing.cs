using System.Numerics;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>Where an account stands on one day: the measured values that reactions look at, by what has taken effect so far.</summary>
public sealed class Standing
{
    private readonly ReferenceFacts facts;

    public Standing(ReferenceFacts facts, int day)
    {
        ArgumentNullException.ThrowIfNull(facts);
        this.facts = facts;
        Day = day;
        Adopted = facts.AdoptedNow(day);
        for (var p = 0; p < Model.Products.Count; p++)
            if (facts.Profile.Entitled(Model.Products[p].Id, day)) Entitled |= 1UL << p;
        Stage = StageOf(Adopted & Entitled);
        LastActivity = facts.LastActivity(day);
        ActiveUsers = facts.Users.Count(user => facts.IsActive(user, day));
        MeanDepth = MeanOfDepths();
        Health = ReferenceHealth.Of(Model, Inputs());
        var days = Model.Health?.Measures.FirstOrDefault(m => m.Kind == MeasureKind.Sentiment)?.StaleAfterDays ?? 180;
        if (facts.Nps(days, day) is { } nps && day - nps.Day <= days) FreshNps = nps.Value;
    }

    public AdoptionModel Model => facts.Model;

    public ReferenceProfile Profile => facts.Profile;

    public int Day { get; }

    /// <summary>Bit p: product p is adopted, entitled or not.</summary>
    public ulong Adopted { get; }

    public ulong Entitled { get; }

    public int AdoptedEntitled => BitOperations.PopCount(Adopted & Entitled);

    /// <summary>Index of the measured stage.</summary>
    public int Stage { get; }

    public int? LastActivity { get; }

    public int ActiveUsers { get; }

    /// <summary>Null: no product is adopted and entitled.</summary>
    public decimal? MeanDepth { get; }

    /// <summary>Null: not known, or too old.</summary>
    public decimal? FreshNps { get; }

    /// <summary>Null: the model has no health score.</summary>
    public ReferenceHealth? Health { get; }

    public bool Has(ulong products, int product) => (products & (1UL << product)) != 0;

    public int? FirstAdopted(int product) => facts.FirstAdopted(product, Day - 1) ?? (Has(Adopted, product) ? Day : null);

    /// <summary>Null while it is not adopted.</summary>
    public int? AdoptedOn(int product) => IsAdopted(product, Day) ? RunStart(day => IsAdopted(product, day)) : null;

    /// <summary>Null while it is adopted, or if it never was.</summary>
    public int? LapsedOn(int product)
    {
        if (IsAdopted(product, Day)) return null;
        for (var day = Day; day >= facts.First; day--)
            if (IsAdopted(product, day)) return day + 1;
        return null;
    }

    public bool EverLapsed(int product)
    {
        for (var day = facts.First + 1; day <= Day; day++)
            if (IsAdopted(product, day - 1) && !IsAdopted(product, day)) return true;
        return false;
    }

    public int StageSince() => RunStart(day => StageOf(AdoptedOnDay(day) & EntitledOn(day)) == Stage);

    /// <summary>The three dates of a product, by name.</summary>
    public IReadOnlyList<(string Field, int? Day)> Dates(int product) =>
        [("first_adopted_on", FirstAdopted(product)), ("adopted_on", AdoptedOn(product)), ("lapsed_on", LapsedOn(product))];

    /// <summary>Products in the order in which they were first adopted.</summary>
    public IReadOnlyList<(int Product, int Day)> OrderOfAdoption() =>
        [.. Enumerable.Range(0, Model.Products.Count).Select(p => (Product: p, Day: FirstAdopted(p))).Where(x => x.Day is not null).OrderBy(x => x.Day).ThenBy(x => x.Product).Select(x => (x.Product, x.Day!.Value))];

    /// <summary>Mean over the criteria of value / (at_least * depth_target), clamped to 0..1.</summary>
    public decimal Depth(int product)
    {
        var definition = Model.Products[product];
        var sum = 0m;
        foreach (var criterion in definition.AdoptedWhen)
            sum += Math.Clamp((facts.Value(criterion.Metric, criterion.WithinDays, Day, out _) ?? 0) / (criterion.AtLeast * definition.DepthTarget), 0m, 1m);
        return sum / definition.AdoptedWhen.Count;
    }

    private bool IsAdopted(int product, int day) => Has(AdoptedOnDay(day), product);

    private ulong AdoptedOnDay(int day) => day == Day ? Adopted : facts.AdoptedAfter(day);

    private ulong EntitledOn(int day)
    {
        var bits = 0UL;
        for (var p = 0; p < Model.Products.Count; p++)
            if (Profile.Entitled(Model.Products[p].Id, day)) bits |= 1UL << p;
        return bits;
    }

    private int StageOf(ulong products)
    {
        var count = BitOperations.PopCount(products);
        for (var i = 0; i < Model.Stages.Count; i++)
            if (Model.Stages[i].From <= count && (Model.Stages[i].To is null || count <= Model.Stages[i].To)) return i;
        throw new InvalidOperationException($"No stage covers {count} products.");
    }

    private int RunStart(Func<int, bool> same)
    {
        var day = Day;
        while (day > facts.First && same(day - 1)) day--;
        return day;
    }

    private decimal? MeanOfDepths()
    {
        if (AdoptedEntitled == 0) return null;
        var sum = 0m;
        for (var p = 0; p < Model.Products.Count; p++)
            if (Has(Adopted & Entitled, p)) sum += Depth(p);
        return sum / AdoptedEntitled;
    }

    private HealthInputs Inputs() => new()
    {
        Day = Day,
        Segment = Profile.Segment(Model),
        AdoptionRate = Entitled == 0 ? null : (decimal)AdoptedEntitled / BitOperations.PopCount(Entitled),
        MeanDepth = MeanDepth,
        ActivityOn = facts.ActivityOn,
        LastActivity = LastActivity,
        ActiveUsers = ActiveUsers,
        Seats = Profile.Whole("seats"),
        Nps = days => facts.Nps(days, Day),
        Gauge = (metric, within) => facts.Value(metric, within, Day, out _),
    };
}
