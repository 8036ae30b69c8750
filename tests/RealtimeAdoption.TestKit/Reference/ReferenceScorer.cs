using System.Numerics;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>
/// Section 5, told again from nothing but its text: takes the set of accepted records and a day, loops over all events for every day, and keeps no state. Slow and
/// obviously right, so that the core has something to be compared with.
/// </summary>
public sealed class ReferenceScorer
{
    private readonly AdoptionModel model;
    private readonly Dictionary<Judged, ReferenceEvent> seen = new(ReferenceEqualityComparer.Instance);

    public ReferenceScorer(AdoptionModel model) => this.model = model;

    /// <param name="account">Its id.</param>
    /// <param name="records">All sends judged so far, of any account, in order.</param>
    /// <param name="rebuiltThrough">Historic records up to this order have taken effect by a rebuild; -1: none.</param>
    /// <param name="today">T.</param>
    /// <returns>Null: there is no such account.</returns>
    public ReferenceAnswer? Score(string account, IReadOnlyList<Judged> records, int rebuiltThrough, int today) =>
        Reckon(account, records, rebuiltThrough, today)?.Answer();

    internal Reckoning? Reckon(string account, IReadOnlyList<Judged> records, int rebuiltThrough, int today)
    {
        var own = records.Where(r => r.Verdict == Verdict.New && r.Send.Account == account).ToList();
        if (own.Count == 0) return null;
        var effective = own.Where(r => !r.Historic || r.Order <= rebuiltThrough).OrderBy(r => r.Order).ToList();
        var events = effective.Where(r => r.Send.Kind == RecordKind.Usage).Select(Event).ToList();
        var firstDay = own.Min(r => r.ReceiptDay);
        if (events.Count > 0) firstDay = Math.Min(firstDay, events.Min(e => e.Day));
        return new(model, account, new ReferenceProfile(effective), events, firstDay, today);
    }

    private ReferenceEvent Event(Judged record)
    {
        if (!seen.TryGetValue(record, out var found)) seen[record] = found = new ReferenceEvent(model, record);
        return found;
    }
}

/// <summary>One account on one day.</summary>
internal sealed class Reckoning
{
    private readonly AdoptionModel model;
    private readonly string account;
    private readonly ReferenceProfile profile;
    private readonly List<ReferenceEvent> events;
    private readonly int first;
    private readonly int today;

    // [product][day - first]
    private readonly bool[][] adopted;

    public Reckoning(AdoptionModel model, string account, ReferenceProfile profile, List<ReferenceEvent> events, int first, int today)
    {
        this.model = model;
        this.account = account;
        this.profile = profile;
        this.events = events;
        this.first = first;
        this.today = today;
        adopted = [.. model.Products.Select(AdoptedDays)];
    }

    /// <summary>Days on which a product stood adopted only by its grace.</summary>
    public int GraceDays { get; private set; }

    public bool IsAdopted(int product, int day) => day >= first && adopted[product][day - first];

    public int Length => today - first + 1;

    public bool EverAdopted(int product) => FirstAdopted(product) is not null;

    public bool EverLapsed(int product)
    {
        for (var day = first + 1; day <= today; day++)
            if (IsAdopted(product, day - 1) && !IsAdopted(product, day)) return true;
        return false;
    }

    public bool IsAdoptedNow(int product) => IsAdopted(product, today);

    public string StageNow => StageOn(today);

    public IReadOnlyList<(string Field, DateOnly? Day)> Dates(int p) =>
    [
        ("first_adopted_on", Date(FirstAdopted(p))),
        ("adopted_on", IsAdopted(p, today) ? Date(RunStart(today, day => IsAdopted(p, day))) : null),
        ("lapsed_on", IsAdopted(p, today) ? null : Date(LastAdopted(p) + 1)),
    ];

    public string StageOn(int day)
    {
        var count = 0;
        for (var p = 0; p < model.Products.Count; p++)
            if (IsAdopted(p, day) && profile.Entitled(model.Products[p].Id, day)) count++;
        return model.Stages.Single(s => s.From <= count && (s.To is null || count <= s.To)).Id;
    }

    public bool AnyMissingGauge() =>
        model.Products.SelectMany(p => p.AdoptedWhen).Any(c => model.Metrics[c.Metric].Kind == MetricKind.Gauge && Value(c, today, out _) is null);

    public ReferenceAnswer Answer()
    {
        var answer = new ReferenceAnswer();
        answer.Add("account", account);
        answer.Add("name", profile.Text("name") ?? account);
        answer.Add("segment", profile.Segment(model));
        answer.Add("owner", profile.Text("owner"));
        answer.Add("employees", profile.Whole("employees"));
        answer.Add("seats", profile.Whole("seats"));
        answer.Add("status", profile.Text("status") ?? "active");
        answer.Add("as_of", Days.ToDate(today));
        answer.Add("entitlements", profile.Contract is null ? "assumed" : "contract");
        for (var p = 0; p < model.Products.Count; p++) AddProduct(answer, p);
        AddStage(answer);
        AddOrder(answer);
        AddUsers(answer);
        AddRow(answer);
        return answer;
    }

    // adopted(D) = hold(D), or adopted(D-1) and hold was true on at least one of D-grace .. D-1; for the current day hold(T) or adopted(T-1).
    private bool[] AdoptedDays(Product product)
    {
        var length = today - first + 1;
        var hold = new bool[length];
        for (var i = 0; i < length; i++) hold[i] = product.AdoptedWhen.All(criterion => Holds(criterion, first + i));
        var days = new bool[length];
        for (var i = 0; i < length; i++)
        {
            var before = i > 0 && days[i - 1];
            var current = first + i == today;
            var graced = false;
            for (var g = 1; g <= product.GraceDays; g++) graced |= i - g >= 0 && hold[i - g];
            days[i] = hold[i] || (before && (current || graced));
            if (days[i] && !hold[i] && !current) GraceDays++;
        }

        return days;
    }

    private bool Holds(Criterion criterion, int day)
    {
        var atLeast = ExactNumber.Parse(criterion.AtLeast).Millionths()!.Value;
        if (model.Metrics[criterion.Metric].Kind != MetricKind.Gauge) return Value(criterion, day, out _) >= atLeast;
        foreach (var e in events)
            if (e.Day == day && e.Feeds(criterion.Metric, out var feed) && feed.Millionths >= atLeast) return true;
        return GaugeUpTo(criterion.Metric, day - 1) is { } carried && carried.Day > day - criterion.WithinDays && carried.Millionths >= atLeast;
    }

    /// <summary>In millionths, over day - N + 1 .. day; null: a gauge without a value.</summary>
    private BigInteger? Value(Criterion criterion, int day, out int gaugeDay)
    {
        gaugeDay = 0;
        var from = day - criterion.WithinDays + 1;
        var kind = model.Metrics[criterion.Metric].Kind;
        if (kind == MetricKind.Gauge)
        {
            if (GaugeUpTo(criterion.Metric, day) is not { } shown || shown.Day < from) return null;
            gaugeDay = shown.Day;
            return shown.Millionths;
        }

        var count = 0;
        var sum = BigInteger.Zero;
        HashSet<string>? distinct = null;
        HashSet<int>? days = null;
        foreach (var e in events)
        {
            if (e.Day < from || e.Day > day || !e.Feeds(criterion.Metric, out var feed)) continue;
            count++;
            sum += feed.Millionths;
            if (feed.Distinct is not null) (distinct ??= new(StringComparer.Ordinal)).Add(feed.Distinct);
            if (kind == MetricKind.ActiveDays) (days ??= []).Add(e.Day);
        }

        return kind switch
        {
            MetricKind.Count => Whole(count),
            MetricKind.Sum => sum,
            MetricKind.ActiveDays => Whole(days?.Count ?? 0),
            _ => Whole(distinct?.Count ?? 0),
        };
    }

    private static BigInteger Whole(int count) => new BigInteger(count) * 1_000_000;

    private (int Day, BigInteger Millionths)? GaugeUpTo(int metric, int day)
    {
        ReferenceEvent? latest = null;
        BigInteger value = 0;
        foreach (var e in events)
        {
            if (e.Day > day || !e.Feeds(metric, out var feed)) continue;
            if (latest is not null && (e.TimeMs < latest.TimeMs || (e.TimeMs == latest.TimeMs && feed.Millionths <= value))) continue;
            latest = e;
            value = feed.Millionths;
        }

        return latest is null ? null : (latest.Day, value);
    }

    private void AddProduct(ReferenceAnswer answer, int p)
    {
        var product = model.Products[p];
        var at = $"products[{product.Id}]";
        var depth = 0m;
        for (var c = 0; c < product.AdoptedWhen.Count; c++)
        {
            var criterion = product.AdoptedWhen[c];
            var value = AddCriterion(answer, $"{at}.criteria[{c}]", criterion);
            depth += Math.Clamp((value ?? 0) / (criterion.AtLeast * product.DepthTarget), 0m, 1m);
        }

        answer.Add($"{at}.entitled", profile.Entitled(product.Id, today));
        answer.Add($"{at}.adopted", IsAdopted(p, today));
        foreach (var (field, day) in Dates(p)) answer.Add($"{at}.{field}", day);
        answer.Add($"{at}.depth", (double)(depth / product.AdoptedWhen.Count));
    }

    private decimal? AddCriterion(ReferenceAnswer answer, string at, Criterion criterion)
    {
        var metric = model.Metrics[criterion.Metric];
        var millionths = Value(criterion, today, out var gaugeDay);
        decimal? value = millionths is { } m ? (decimal)m / 1_000_000m : null;
        var met = value >= criterion.AtLeast;
        answer.Add($"{at}.metric", metric.Id);
        answer.Add($"{at}.value", value);
        answer.Add($"{at}.at_least", criterion.AtLeast);
        answer.Add($"{at}.within_days", criterion.WithinDays);
        answer.Add($"{at}.met", met);
        answer.Add($"{at}.missing", met ? null : (decimal?)(criterion.AtLeast - (value ?? 0)));
        int? falls = null;
        if (met) falls = metric.Kind == MetricKind.Gauge ? gaugeDay + criterion.WithinDays : FallsBelow(criterion);
        answer.Add($"{at}.falls_below_on", Date(falls));
        return value;
    }

    // Day after day without another event, until the window no longer reaches the threshold.
    private int FallsBelow(Criterion criterion)
    {
        var atLeast = ExactNumber.Parse(criterion.AtLeast).Millionths()!.Value;
        var day = today + 1;
        while (Value(criterion, day, out _) >= atLeast) day++;
        return day;
    }

    private void AddStage(ReferenceAnswer answer)
    {
        var entitled = model.Products.Count(p => profile.Entitled(p.Id, today));
        var count = 0;
        for (var p = 0; p < model.Products.Count; p++)
            if (IsAdopted(p, today) && profile.Entitled(model.Products[p].Id, today)) count++;
        var stage = StageOn(today);
        answer.Add("products_available", entitled);
        answer.Add("products_adopted", count);
        answer.Add("adoption_rate", entitled == 0 ? null : (double)count / entitled);
        answer.Add("stage", stage);
        answer.Add("stage_since", Date(RunStart(today, day => StageOn(day) == stage)));
    }

    private void AddOrder(ReferenceAnswer answer)
    {
        var order = Enumerable.Range(0, model.Products.Count).Where(p => FirstAdopted(p) is not null).OrderBy(p => FirstAdopted(p)).ThenBy(p => p).ToList();
        answer.Add("primary_product", order.Count > 0 ? model.Products[order[0]].Id : null);
        answer.Add("second_product", order.Count > 1 ? model.Products[order[1]].Id : null);
        answer.Add("time_to_second_product_days", order.Count > 1 ? FirstAdopted(order[1]) - FirstAdopted(order[0]) : null);
        var activity = events.Where(e => e.IsActivity).ToList();
        answer.Add("last_activity_on", activity.Count == 0 ? null : Date(activity.Max(e => e.Day)));
    }

    private void AddUsers(ReferenceAnswer answer)
    {
        var recent = events.Where(e => e.IsActivity && e.User is not null && e.Day > today - model.Users.ActiveDays && e.Day <= today).ToList();
        var users = recent.GroupBy(e => e.User!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (User: g.Key, Last: g.Max(e => e.Day), Products: g.SelectMany(e => e.Products).Distinct().Order().ToList())).ToList();
        answer.Add("users.active", users.Count);
        answer.Add("users.super_adopters", users.Count(u => u.Products.Count >= model.Users.SuperAdopterProducts));
        answer.Add("users.by_products", ReferenceAnswer.Counts(users.Where(u => u.Products.Count > 0).GroupBy(u => u.Products.Count).Select(g => (g.Key, g.Count()))));
        foreach (var (user, last, products) in users)
            answer.AddUser(user, Days.ToDate(last), products.Select(p => model.Products[p].Id), products.Count >= model.Users.SuperAdopterProducts);
    }

    // The row that lists and the board see must say the same without being asked for.
    private void AddRow(ReferenceAnswer answer)
    {
        var activity = events.Where(e => e.IsActivity).Select(e => (int?)e.Day).Max();
        var stage = StageNow;
        answer.Add("row.account", account);
        answer.Add("row.name", profile.Text("name") ?? account);
        answer.Add("row.segment", profile.Segment(model));
        answer.Add("row.owner", profile.Text("owner"));
        answer.Add("row.churned", profile.Text("status") == "churned");
        answer.Add("row.stage", stage);
        answer.Add("row.stage_since", Date(RunStart(today, day => StageOn(day) == stage)));
        answer.Add("row.adopted", Bits(IsAdoptedNow));
        answer.Add("row.entitled", Bits(p => profile.Entitled(model.Products[p].Id, today)));
        answer.Add("row.last_activity_on", Date(activity));
    }

    private ulong Bits(Func<int, bool> holds)
    {
        var bits = 0UL;
        for (var p = 0; p < model.Products.Count; p++)
            if (holds(p)) bits |= 1UL << p;
        return bits;
    }

    private int? FirstAdopted(int product)
    {
        for (var day = first; day <= today; day++)
            if (IsAdopted(product, day)) return day;
        return null;
    }

    private int? LastAdopted(int product)
    {
        for (var day = today; day >= first; day--)
            if (IsAdopted(product, day)) return day;
        return null;
    }

    private int RunStart(int day, Func<int, bool> same)
    {
        while (day > first && same(day - 1)) day--;
        return day;
    }

    private static DateOnly? Date(int? day) => day is { } d ? Days.ToDate(d) : null;
}
