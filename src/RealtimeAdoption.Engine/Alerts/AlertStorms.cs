using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Alerts;

/// <summary>What alerts of one storm have in common.</summary>
public readonly record struct StormKey(AlertType Type, DateOnly OpenedOn, CauseKind OpenedBy)
{
    public static StormKey Of(in AlertGlance alert) => new(alert.Type, alert.OpenedOn, alert.OpenedBy);
}

/// <summary>Many alerts of one type, day and kind of cause, shown and sent as one. Mutable while it is counted; counts can be added up.</summary>
public sealed class AlertStorm(StormKey key)
{
    /// <summary>What they have in common.</summary>
    public StormKey Key { get; } = key;

    /// <summary>How many, each of an account of its own or of another subject.</summary>
    public int Count { get; private set; }

    /// <summary>How many of each <see cref="AlertSeverity"/>, by its number.</summary>
    public int[] BySeverity { get; } = new int[Enum.GetValues<AlertSeverity>().Length];

    /// <summary>How many in each <see cref="AlertState"/>, by its number.</summary>
    public int[] ByState { get; } = new int[(int)Enum.GetValues<AlertState>().Max() + 1];

    /// <summary>Of the latest.</summary>
    public DateTimeOffset OpenedAt { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>The greatest that one of them has.</summary>
    public AlertSeverity Severity => (AlertSeverity)Math.Max(0, Array.FindLastIndex(BySeverity, count => count > 0));

    /// <summary>What was counted elsewhere.</summary>
    public static AlertStorm Of(StormKey key, int count, ReadOnlySpan<int> bySeverity, ReadOnlySpan<int> byState, DateTimeOffset openedAt)
    {
        var storm = new AlertStorm(key) { Count = count, OpenedAt = openedAt };
        bySeverity[..Math.Min(bySeverity.Length, storm.BySeverity.Length)].CopyTo(storm.BySeverity);
        byState[..Math.Min(byState.Length, storm.ByState.Length)].CopyTo(storm.ByState);
        return storm;
    }

    internal void Add(in AlertGlance alert)
    {
        Count++;
        BySeverity[(int)alert.Severity]++;
        ByState[(int)alert.State]++;
        var openedAt = DateTimeOffset.FromUnixTimeMilliseconds(alert.OpenedAtMs);
        if (openedAt > OpenedAt) OpenedAt = openedAt;
    }

    internal void Add(AlertStorm other)
    {
        Count += other.Count;
        for (var i = 0; i < BySeverity.Length; i++) BySeverity[i] += other.BySeverity[i];
        for (var i = 0; i < ByState.Length; i++) ByState[i] += other.ByState[i];
        if (other.OpenedAt > OpenedAt) OpenedAt = other.OpenedAt;
    }
}

/// <summary>
/// Finds the storms among alerts: those of one type that were opened on one day by the same kind of cause, where they are more than the model's <c>storm_from</c>.
/// Counts can be added up, so each partition counts its own. Not thread-safe.
/// </summary>
public sealed class AlertStorms
{
    private readonly Dictionary<StormKey, AlertStorm> groups = [];

    /// <summary>All of them, however small.</summary>
    public IReadOnlyCollection<AlertStorm> Groups => groups.Values;

    public static AlertStorms Of(IEnumerable<AlertGlance> alerts)
    {
        ArgumentNullException.ThrowIfNull(alerts);
        var storms = new AlertStorms();
        foreach (var alert in alerts) storms.Count(alert);
        return storms;
    }

    public void Count(in AlertGlance alert) => GroupOf(StormKey.Of(alert)).Add(alert);

    public void Add(AlertStorms other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (var (key, group) in other.groups) GroupOf(key).Add(group);
    }

    /// <summary>The groups with more alerts than <paramref name="stormFrom"/>: most severe first, then newest, then in order of type and cause.</summary>
    public IReadOnlyList<AlertStorm> Over(int stormFrom) =>
    [
        .. groups.Values.Where(storm => storm.Count > stormFrom)
            .OrderByDescending(storm => storm.Severity).ThenByDescending(storm => storm.Key.OpenedOn).ThenBy(storm => storm.Key.Type).ThenBy(storm => storm.Key.OpenedBy),
    ];

    /// <summary>A group that was counted elsewhere.</summary>
    public void Add(AlertStorm storm)
    {
        ArgumentNullException.ThrowIfNull(storm);
        GroupOf(storm.Key).Add(storm);
    }

    private AlertStorm GroupOf(StormKey key)
    {
        if (!groups.TryGetValue(key, out var group)) groups[key] = group = new AlertStorm(key);
        return group;
    }
}
