using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>
/// What has taken effect of one account: its events and its profile, and what the text makes of them on any day. Every window is a loop over the events in it. Whether
/// a day held a product's criteria is remembered until an event dated on that day or before it comes.
/// </summary>
public sealed class ReferenceFacts
{
    private readonly List<Fed>[] feeds;
    private readonly List<ReferenceEvent> answers = [];
    private readonly Dictionary<int, int> activity = [];
    private readonly List<int> activityDays = [];
    private readonly Dictionary<string, List<ReferenceEvent>> users = new(StringComparer.Ordinal);

    // [day - First]: bit p, the criteria of product p held on that day; the product was adopted when that day had passed.
    private readonly List<ulong> hold = [];
    private readonly List<ulong> adopted = [];

    // By product: the first of these days on which it was adopted.
    private readonly int?[] firstAdopted;

    public ReferenceFacts(AdoptionModel model, string account)
    {
        Model = model;
        Account = account;
        feeds = [.. model.Metrics.Select(_ => new List<Fed>())];
        firstAdopted = new int?[model.Products.Count];
    }

    public AdoptionModel Model { get; }

    public string Account { get; }

    public ReferenceProfile Profile { get; set; } = new([]);

    /// <summary>The account's first day (reading 10).</summary>
    public int First { get; private set; } = int.MaxValue;

    /// <summary>Product-days that stood by their grace alone.</summary>
    public int GraceDays { get; private set; }

    public IEnumerable<string> Users => users.Keys;

    /// <summary>A record was received on this day, or an event is dated on it.</summary>
    public void BeginsBy(int day)
    {
        if (day >= First) return;
        First = day;
        hold.Clear();
        adopted.Clear();
        Array.Clear(firstAdopted);
        GraceDays = 0;
    }

    public void Add(ReferenceEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        BeginsBy(e.Day);
        foreach (var metric in e.Metrics)
        {
            e.Feeds(metric, out var feed);
            Insert(feeds[metric], new Fed(e.Day, e.TimeMs, (decimal)feed.Millionths / 1_000_000m, feed.Distinct));
            Forget(e.Day);
        }

        if (e.NpsScore is not null) answers.Add(e);
        if (!e.IsActivity) return;
        if (!activity.TryAdd(e.Day, 1)) activity[e.Day]++;
        else activityDays.Insert(~activityDays.BinarySearch(e.Day), e.Day);
        if (e.User is null) return;
        if (!users.TryGetValue(e.User, out var own)) users[e.User] = own = [];
        own.Insert(own.FindLastIndex(x => x.Day <= e.Day) + 1, e);
    }

    public int ActivityOn(int day) => activity.GetValueOrDefault(day);

    public int? LastActivity(int day)
    {
        var at = activityDays.FindLastIndex(d => d <= day);
        return at < 0 ? null : activityDays[at];
    }

    /// <summary>Day of the user's last activity up to a day; null: none.</summary>
    public int? LastActivityOf(string user, int day) => users.TryGetValue(user, out var own) ? own.FindLast(e => e.Day <= day)?.Day : null;

    /// <summary>The products that the user is active in on a day.</summary>
    public ulong ProductsOf(string user, int day)
    {
        var products = 0UL;
        if (!users.TryGetValue(user, out var own)) return products;
        for (var i = own.Count - 1; i >= 0 && own[i].Day > day - Model.Users.ActiveDays; i--)
            if (own[i].Day <= day) products |= own[i].ProductBits;
        return products;
    }

    public bool IsActive(string user, int day) => LastActivityOf(user, day) is { } last && last > day - Model.Users.ActiveDays;

    public (decimal Value, int Day)? Nps(int staleAfterDays, int day) => ReferenceNps.On(answers, Profile.OwnNps, staleAfterDays, day);

    /// <summary>The products whose criteria hold on a day.</summary>
    public ulong Holds(int day)
    {
        if (day < First) return 0;
        for (var d = First + hold.Count; d <= day; d++)
        {
            var bits = 0UL;
            for (var p = 0; p < Model.Products.Count; p++)
                if (Model.Products[p].AdoptedWhen.All(criterion => Holds(criterion, d))) bits |= 1UL << p;
            hold.Add(bits);
        }

        return hold[day - First];
    }

    /// <summary>adopted(D) of a completed day: hold(D), or adopted(D-1) and hold was true on at least one of D-grace .. D-1.</summary>
    public ulong AdoptedAfter(int day)
    {
        if (day < First) return 0;
        for (var d = First + adopted.Count; d <= day; d++)
        {
            var bits = Holds(d);
            for (var p = 0; p < Model.Products.Count; p++)
            {
                var bit = 1UL << p;
                if ((bits & bit) == 0 && d > First && (adopted[d - 1 - First] & bit) != 0 && IsGraced(p, d))
                {
                    bits |= bit;
                    GraceDays++;
                }

                if ((bits & bit) != 0) firstAdopted[p] ??= d;
            }

            adopted.Add(bits);
        }

        return adopted[day - First];
    }

    /// <summary>The first completed day up to this one on which the product was adopted; null: none.</summary>
    public int? FirstAdopted(int product, int day)
    {
        AdoptedAfter(day);
        return firstAdopted[product] <= day ? firstAdopted[product] : null;
    }

    /// <summary>adopted(T) of the current day: hold(T), or adopted(T-1).</summary>
    public ulong AdoptedNow(int today) => Holds(today) | AdoptedAfter(today - 1);

    /// <summary>Over day - N + 1 .. day; null: a gauge without a value. Numbers have at most 6 decimals, so no sum is rounded.</summary>
    public decimal? Value(int metric, int within, int day, out int gaugeDay)
    {
        gaugeDay = 0;
        var kind = Model.Metrics[metric].Kind;
        if (kind == MetricKind.Gauge)
        {
            if (GaugeUpTo(metric, day) is not { } shown || shown.Day <= day - within) return null;
            gaugeDay = shown.Day;
            return shown.Number;
        }

        var count = 0;
        var sum = 0m;
        HashSet<string>? distinct = null;
        HashSet<int>? days = null;
        var list = feeds[metric];
        for (var i = list.Count - 1; i >= 0 && list[i].Day > day - within; i--)
        {
            var fed = list[i];
            if (fed.Day > day) continue;
            count++;
            sum += fed.Number;
            if (fed.Distinct is not null) (distinct ??= new(StringComparer.Ordinal)).Add(fed.Distinct);
            if (kind == MetricKind.ActiveDays) (days ??= []).Add(fed.Day);
        }

        return kind switch
        {
            MetricKind.Count => count,
            MetricKind.Sum => sum,
            MetricKind.ActiveDays => days?.Count ?? 0,
            _ => distinct?.Count ?? 0,
        };
    }

    /// <summary>A gauge criterion has no value.</summary>
    public bool MissesGauge(int day) =>
        Model.Products.SelectMany(p => p.AdoptedWhen).Any(c => Model.Metrics[c.Metric].Kind == MetricKind.Gauge && Value(c.Metric, c.WithinDays, day, out _) is null);

    private bool IsGraced(int product, int day)
    {
        for (var g = 1; g <= Model.Products[product].GraceDays; g++)
            if (day - g >= First && (Holds(day - g) & (1UL << product)) != 0) return true;
        return false;
    }

    /// <summary>A criterion holds on a day, by the rule that counts for adoption.</summary>
    public bool Holds(Criterion criterion, int day)
    {
        ArgumentNullException.ThrowIfNull(criterion);
        var atLeast = criterion.AtLeast;
        if (Model.Metrics[criterion.Metric].Kind != MetricKind.Gauge) return Value(criterion.Metric, criterion.WithinDays, day, out _) >= atLeast;
        foreach (var fed in feeds[criterion.Metric])
            if (fed.Day == day && fed.Number >= atLeast) return true;
        return GaugeUpTo(criterion.Metric, day - 1) is { } carried && carried.Day > day - criterion.WithinDays && carried.Number >= atLeast;
    }

    // The list is in order of time, and of value where the time is one.
    private Fed? GaugeUpTo(int metric, int day)
    {
        var list = feeds[metric];
        for (var i = list.Count - 1; i >= 0; i--)
            if (list[i].Day <= day) return list[i];
        return null;
    }

    private static void Insert(List<Fed> list, Fed fed)
    {
        var at = list.Count;
        while (at > 0 && (list[at - 1].TimeMs > fed.TimeMs || (list[at - 1].TimeMs == fed.TimeMs && list[at - 1].Number > fed.Number))) at--;
        list.Insert(at, fed);
    }

    private void Forget(int day)
    {
        var kept = day - First;
        if (hold.Count > kept) hold.RemoveRange(kept, hold.Count - kept);
        if (adopted.Count > kept) adopted.RemoveRange(kept, adopted.Count - kept);
        for (var p = 0; p < firstAdopted.Length; p++)
            if (firstAdopted[p] >= day) firstAdopted[p] = null;
    }

    private sealed record Fed(int Day, long TimeMs, decimal Number, string? Distinct);
}
