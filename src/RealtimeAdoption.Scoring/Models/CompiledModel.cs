using System.Collections.Frozen;
using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Models;

/// <summary>
/// A model in the form that the core runs: names hashed, windows laid out, thresholds in fixed point. Immutable, thread-safe.
/// </summary>
public sealed class CompiledModel
{
    /// <summary>Segment's name of a user's NPS answer: usage, but never activity.</summary>
    public const string NpsEvent = "NPS Submitted";

    /// <summary>How far back a change of the score is shown.</summary>
    internal const int ChangeDays = 7;

    private const int DefaultNpsDays = 180;

    /// <summary>More days than an account can have lived.</summary>
    private const int MotionDaysMax = 100_000;

    private readonly HashTable<EventType> typesByName;
    private readonly FrozenDictionary<ulong, int> productsByName;
    private readonly byte[][] productIds;
    private readonly EventType other = new([], isActivity: true);

    public CompiledModel(AdoptionModel model)
        : this(model, PlantedBug.None)
    {
    }

    internal CompiledModel(AdoptionModel model, PlantedBug planted)
    {
        ArgumentNullException.ThrowIfNull(model);
        Planted = planted;
        Definition = model;
        LateDays = model.LateDays;
        Metrics = [.. model.Metrics.Select((metric, index) => new CompiledMetric(model, metric, index))];
        Products = [.. model.Products.Select((product, index) => new CompiledProduct(this, product, index))];
        AllProducts = Products.Length == 64 ? ulong.MaxValue : (1UL << Products.Length) - 1;
        Wildcards = [.. Products.Select(product => Metrics.Where(metric => metric.Definition.IsWildcard && metric.Product == product.Index).ToArray())];
        WildcardGauges = Array.Exists(Metrics, metric => metric.Definition.IsWildcard && metric.Kind == MetricKind.Gauge);
        typesByName = new HashTable<EventType>(CompileNames(model), other);
        productsByName = model.Products.Select((product, index) => (product, index)).ToFrozenDictionary(item => StableHash.Of(item.product.Id), item => item.index);
        productIds = [.. model.Products.Select(product => Encoding.UTF8.GetBytes(product.Id))];
        StageOfCount = [.. Enumerable.Range(0, Products.Length + 1).Select(count => StageFor(model, count))];
        Health = model.Health is { } health ? new CompiledHealth(this, health) : null;
        SentimentDays = [.. SentimentDaysOf(model).Distinct()];
        CloseDays = model.Health is null ? 0 : Math.Max(ChangeDays, model.Health.Slip.WithinDays) + 1;
        MotionDays = MotionDaysOf(model);
        Alerts = new CompiledAlerts(model);
        Layout = new BlockLayout(this);
    }

    public AdoptionModel Definition { get; }

    public int LateDays { get; }

    internal CompiledMetric[] Metrics { get; }

    internal CompiledProduct[] Products { get; }

    internal ulong AllProducts { get; }

    /// <summary>By product: the metrics fed by every event that names it.</summary>
    internal CompiledMetric[][] Wildcards { get; }

    internal bool WildcardGauges { get; }

    internal int[] StageOfCount { get; }

    /// <summary>Null: the model has no health score.</summary>
    internal CompiledHealth? Health { get; }

    /// <summary>For how many days an NPS counts, by whoever asks: the first sentiment measure's stand first, and for alerts. Never empty.</summary>
    internal int[] SentimentDays { get; }

    internal int NpsDays => SentimentDays[0];

    internal int NpsDaysMax => SentimentDays.Max();

    /// <summary>Closes kept; 0 without health.</summary>
    internal int CloseDays { get; }

    /// <summary>
    /// So many days after the last usage event every window is empty and every curve over days is flat: nothing moves from day to day any more. 0: the model has neither health nor alerts,
    /// so that only adoption and entitlement move.
    /// </summary>
    internal int MotionDays { get; }

    internal CompiledAlerts Alerts { get; }

    internal BlockLayout Layout { get; }

    /// <summary>For tests that prove that the tests bite.</summary>
    internal PlantedBug Planted { get; }

    internal EventType TypeOf(ulong nameHash) => typesByName[nameHash];

    /// <summary>-1: the text is no product's id.</summary>
    internal int ProductOf(ReadOnlySpan<byte> id)
    {
        // Of a few short names, comparing finds one sooner than hashing.
        for (var index = 0; index < productIds.Length; index++)
        {
            if (id.SequenceEqual(productIds[index])) return index;
        }

        return -1;
    }

    internal int ProductOf(string id) => productsByName.TryGetValue(StableHash.Of(id), out var index) ? index : -1;

    /// <summary>Another model's products in this one, by id.</summary>
    internal ulong ProductsOf(CompiledModel other, ulong products)
    {
        ulong mine = 0;
        foreach (var product in other.Products)
        {
            if ((products & product.Bit) != 0 && ProductOf(product.Definition.Id) is >= 0 and var index) mine |= 1UL << index;
        }

        return mine;
    }

    /// <summary>Another model's stage in this one, by id, or else by the number of products from which it is reached.</summary>
    internal int StageOf(CompiledModel other, int stage)
    {
        if (Planted == PlantedBug.StageKeptByPlace) return Math.Min(stage, Definition.Stages.Count - 1);
        var theirs = other.Definition.Stages[stage];
        for (var i = 0; i < Definition.Stages.Count; i++)
        {
            if (Definition.Stages[i].Id == theirs.Id) return i;
        }

        return StageFor(Definition, theirs.From);
    }

    /// <summary>-1: unknown. An explicit segment stands where it is one of the model's.</summary>
    internal int SegmentOf(string? explicitId, int? employees)
    {
        var best = -1;
        for (var i = 0; i < Definition.Segments.Count; i++)
        {
            var segment = Definition.Segments[i];
            if (string.Equals(segment.Id, explicitId, StringComparison.Ordinal)) return i;
            if (employees >= segment.EmployeesFrom && (best < 0 || segment.EmployeesFrom > Definition.Segments[best].EmployeesFrom)) best = i;
        }

        return best;
    }

    private Dictionary<ulong, EventType> CompileNames(AdoptionModel model)
    {
        var types = new Dictionary<ulong, EventType> { [StableHash.Of(NpsEvent)] = new([], isActivity: false, isNps: true) };
        foreach (var group in Metrics.Where(metric => !metric.Definition.IsWildcard).GroupBy(metric => metric.Definition.Event, StringComparer.Ordinal))
        {
            CompiledMetric[] feeds = [.. group];
            var activity = group.Key != NpsEvent && feeds.Any(metric => metric.Kind != MetricKind.Gauge);
            types[StableHash.Of(group.Key)] = new EventType(feeds, activity, isNps: group.Key == NpsEvent);
        }

        return types;
    }

    private static IEnumerable<int> SentimentDaysOf(AdoptionModel model) =>
        model.Health?.Measures.Where(measure => measure.Kind == MeasureKind.Sentiment).Select(measure => measure.StaleAfterDays).DefaultIfEmpty(DefaultNpsDays) ?? [DefaultNpsDays];

    private static int MotionDaysOf(AdoptionModel model)
    {
        if (model.Health is null && model.Alerts is null) return 0;
        var days = Math.Max(model.Users.ActiveDays, model.Products.SelectMany(product => product.AdoptedWhen).Max(criterion => criterion.WithinDays));
        foreach (var measure in model.Health?.Measures ?? [])
        {
            var own = measure.Kind switch
            {
                MeasureKind.Trend => measure.RecentDays + measure.BeforeDays,
                MeasureKind.Recency => (int)Math.Clamp(decimal.Ceiling(measure.Curve[^1].Input), 0, MotionDaysMax),
                MeasureKind.Gauge => measure.WithinDays ?? 0,
                _ => 0,
            };
            days = Math.Max(days, own);
        }

        return days + model.LateDays + 1;
    }

    private static int StageFor(AdoptionModel model, int count)
    {
        for (var i = 0; i < model.Stages.Count; i++)
        {
            if (count >= model.Stages[i].From && (model.Stages[i].To is not { } to || count <= to)) return i;
        }

        throw new ArgumentException($"No stage covers {count} products.", nameof(model));
    }
}

/// <summary>What an event's name means: the metrics of that name, and whether it shows life.</summary>
internal sealed class EventType(CompiledMetric[] feeds, bool isActivity, bool isNps = false)
{
    public CompiledMetric[] Feeds { get; } = feeds;

    /// <summary>A user's answer: <see cref="CompiledModel.NpsEvent"/>.</summary>
    public bool IsNps { get; } = isNps;

    public bool IsActivity { get; } = isActivity;

    public bool HasGauge { get; } = Array.Exists(feeds, metric => metric.Kind == MetricKind.Gauge);

    /// <summary>Of an account with these products adopted: their depth may move, or a measure by itself.</summary>
    public bool MayMoveHealth(ulong adopted) => (adopted & products) != 0 || movesMeasure;

    private readonly ulong products = feeds.Where(metric => metric.Product >= 0).Aggregate(0UL, (mask, metric) => mask | (1UL << metric.Product));
    private readonly bool movesMeasure = isNps || Array.Exists(feeds, metric => metric.IsMeasured);
}

/// <summary>A metric with its windows: one total a window is kept, whoever asks for it.</summary>
internal sealed class CompiledMetric
{
    public CompiledMetric(AdoptionModel model, Metric metric, int index)
    {
        Definition = metric;
        Index = index;
        Kind = metric.Kind;
        Product = metric.Product ?? -1;
        Value = metric.Value is null ? [] : Encoding.UTF8.GetBytes(metric.Value);
        Where = [.. metric.Where.Select(filter => new CompiledFilter(filter))];
        var criteria = model.Products.SelectMany(product => product.AdoptedWhen).Where(criterion => criterion.Metric == index).Select(criterion => criterion.WithinDays);
        var measures = model.Health?.Measures.Where(measure => measure.Metric == index && measure.WithinDays is not null).Select(measure => measure.WithinDays!.Value) ?? [];
        Windows = [.. criteria.Concat(measures).Distinct().Order()];
        MaxWithin = Windows.Length == 0 ? 0 : Windows[^1];
        RingDays = MaxWithin + model.LateDays;
        IsMeasured = model.Health?.Measures.Any(measure => measure.Metric == index) == true;
        TotalsSize = Windows.Length * (Kind == MetricKind.Sum ? Counters.SumSize : Counters.CountSize);
    }

    public Metric Definition { get; }

    public int Index { get; }

    /// <summary>A measure of the health score takes it in.</summary>
    public bool IsMeasured { get; }

    public MetricKind Kind { get; }

    /// <summary>-1: none.</summary>
    public int Product { get; }

    /// <summary>Empty: a sum adds 1.</summary>
    public byte[] Value { get; }

    public CompiledFilter[] Where { get; }

    /// <summary>Distinct window lengths, rising. Empty: nobody asks, nothing is kept.</summary>
    public int[] Windows { get; }

    public int MaxWithin { get; }

    /// <summary>Days that the ring holds, so that every window of the late days can be summed again.</summary>
    public int RingDays { get; }

    /// <summary>Bytes of the totals, one a window, with which its section begins.</summary>
    public int TotalsSize { get; }

    /// <summary>The criteria on this metric of its own product, for the check when a total passes a threshold. Filled by the products.</summary>
    public CompiledCriterion[] Criteria { get; private set; } = [];

    public void Take(CompiledCriterion criterion)
    {
        if (criterion.Product.Index == Product) Criteria = [.. Criteria, criterion];
    }
}

internal sealed class CompiledFilter(WhereFilter filter)
{
    public byte[] Property { get; } = Encoding.UTF8.GetBytes(filter.Property);

    public Scalar Equal { get; } = filter.Equal;

    private readonly byte[] text = Encoding.UTF8.GetBytes(filter.Equal.Text);

    public bool Holds(in Record record) => record.TryProperty(Property, out var property) && property.Kind switch
    {
        PropertyKind.Text => Equal.Kind == ScalarKind.Text && property.Value.SequenceEqual(text),
        PropertyKind.Boolean => Equal.Kind == ScalarKind.Boolean && property.IsTrue == (Equal.Text == "true"),
        PropertyKind.Number => Equal.Kind == ScalarKind.Number
            && (property.Value.SequenceEqual(text) || DecimalText.Canonical(Encoding.UTF8.GetString(property.Value)) == Equal.Text),
        _ => false,
    };
}

internal sealed class CompiledProduct
{
    public CompiledProduct(CompiledModel model, Product product, int index)
    {
        Definition = product;
        Index = index;
        Bit = 1UL << index;
        GraceMask = product.GraceDays == 0 ? 0 : (1UL << product.GraceDays) - 1;
        Criteria = [.. product.AdoptedWhen.Select(criterion => new CompiledCriterion(model.Metrics[criterion.Metric], this, criterion))];
        foreach (var criterion in Criteria) criterion.Metric.Take(criterion);
        HasGauge = Array.Exists(Criteria, criterion => criterion.Metric.Kind == MetricKind.Gauge);
    }

    public Product Definition { get; }

    public int Index { get; }

    public ulong Bit { get; }

    /// <summary>As many low bits as there are days of grace.</summary>
    public ulong GraceMask { get; }

    public CompiledCriterion[] Criteria { get; }

    /// <summary>An event can lower a value that a criterion looks at.</summary>
    public bool HasGauge { get; }
}

internal sealed class CompiledCriterion
{
    public CompiledCriterion(CompiledMetric metric, CompiledProduct product, Criterion criterion)
    {
        Metric = metric;
        Product = product;
        Definition = criterion;
        Within = criterion.WithinDays;
        Window = Array.IndexOf(metric.Windows, criterion.WithinDays);
        ThresholdUnits = (Int128)(criterion.AtLeast * DecimalText.Unit);
        ThresholdCount = (long)decimal.Ceiling(criterion.AtLeast);
        FullDepth = (double)(criterion.AtLeast * product.Definition.DepthTarget);
    }

    public CompiledMetric Metric { get; }

    public CompiledProduct Product { get; }

    public Criterion Definition { get; }

    public int Within { get; }

    /// <summary>Index into <see cref="CompiledMetric.Windows"/>.</summary>
    public int Window { get; }

    public Int128 ThresholdUnits { get; }

    public long ThresholdCount { get; }

    /// <summary>The value at which more adds no depth.</summary>
    public double FullDepth { get; }
}
