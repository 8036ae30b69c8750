using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>
/// What a wall tells of the latest changes. At the opening of a day each account may record its score, and a few stage changes among them would be lost, so those are left aside. Immutable.
/// </summary>
/// <param name="Latest">Newest first, at most <see cref="LatestMax"/>: those of <see cref="Tells"/>.</param>
/// <param name="Slips">Newest first, at most <see cref="SlipsMax"/>.</param>
/// <param name="Count">All that <see cref="Tells"/> told since the process began; its difference between two states is how many came between them.</param>
/// <param name="AlertMoves">All changes of alerts since the process began.</param>
public sealed record FleetNews(IReadOnlyList<FleetChange> Latest, IReadOnlyList<FleetChange> Slips, long Count, long AlertMoves)
{
    public const int LatestMax = 100;

    public const int SlipsMax = 20;

    public static FleetNews None { get; } = new([], [], 0, 0);

    /// <summary>
    /// Adoption, stages, bands, and alerts from <see cref="AlertSeverity.Warning"/> up whose reason none of these tells. Corrections too: they say when an account came into its stage.
    /// </summary>
    public static bool Tells(Change change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return change.Type switch
        {
            ChangeType.ProductAdopted or ChangeType.ProductLapsed or ChangeType.StageChanged or ChangeType.Correction => true,
            ChangeType.BandChanged => IsKnown(change.From) && IsKnown(change.To),
            ChangeType.AlertOpened => change.Alert is
            {
                Severity: >= AlertSeverity.Warning,
                Type: not (AlertType.HealthSlip or AlertType.StageUp or AlertType.StageDown or AlertType.ProductAdopted or AlertType.ProductLapsed),
            },
            _ => false,
        };
    }

    /// <summary>Some part of the news may hang on changes of this type; of others, which come by the million, no object is made.</summary>
    public static bool IsNews(ChangeType type) => type is not (ChangeType.ScoreChanged or ChangeType.OverrideSet or ChangeType.OverrideEnded);

    public static bool IsOfAlert(Change change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return change.Type is >= ChangeType.AlertOpened and <= ChangeType.AlertResolved;
    }

    /// <summary>Of all parts together.</summary>
    public static FleetNews Merge(IReadOnlyCollection<FleetNews> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new FleetNews(
            Newest(parts.SelectMany(part => part.Latest), LatestMax),
            Newest(parts.SelectMany(part => part.Slips), SlipsMax),
            parts.Sum(part => part.Count),
            parts.Sum(part => part.AlertMoves));
    }

    /// <summary>Of one partition: what was known, and what came since, or is told again. The counters are those of the later one.</summary>
    public static FleetNews Join(FleetNews before, FleetNews later)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(later);
        return later with { Latest = Joined(before.Latest, later.Latest, LatestMax), Slips = Joined(before.Slips, later.Slips, SlipsMax) };
    }

    // A number says the same, whoever tells it. Both are newest first.
    private static IReadOnlyList<FleetChange> Joined(IReadOnlyList<FleetChange> before, IReadOnlyList<FleetChange> later, int count)
    {
        if (later.Count == 0) return before;
        var joined = new List<FleetChange>(Math.Min(count, before.Count + later.Count));
        var known = 0;
        foreach (var change in later)
        {
            TakeKnown(change.Sequence);
            if (known < before.Count && before[known].Sequence == change.Sequence) known++;
            if (joined.Count < count) joined.Add(change);
        }

        TakeKnown(long.MinValue);
        return joined;

        void TakeKnown(long untilSequence)
        {
            for (; known < before.Count && joined.Count < count && before[known].Sequence > untilSequence; known++) joined.Add(before[known]);
        }
    }

    private static FleetChange[] Newest(IEnumerable<FleetChange> changes, int count) =>
        [.. changes.OrderByDescending(change => change.Change.At).ThenBy(change => change.Partition).ThenByDescending(change => change.Sequence).Take(count)];

    // A band that comes out of the unknown, or goes into it, is no move of the account's health.
    private static bool IsKnown(string? band) => band is not null && !band.Equals(nameof(Band.Unknown), StringComparison.OrdinalIgnoreCase);
}

/// <summary>Collects the news of some partitions, change by change in the order of their feeds. Memory by the limits of <see cref="FleetNews"/>. One thread.</summary>
public sealed class NewsRing
{
    private readonly Queue<FleetChange> latest = new();
    private readonly LinkedList<FleetChange> slips = new();
    private long count;
    private long alertMoves;

    public void Found(FleetChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (FleetNews.IsOfAlert(change.Change)) alertMoves++;
        if (change.Change.Type == ChangeType.HealthSlipped) AddSlip(change);
        if (change.Change.Alert is { Type: AlertType.HealthSlip } alert) GiveReason(change, alert.Reason);
        if (!FleetNews.Tells(change.Change)) return;
        count++;
        if (latest.Count == FleetNews.LatestMax) latest.Dequeue();
        latest.Enqueue(change);
    }

    public FleetNews Read() => new([.. latest.Reverse()], [.. slips.Reverse()], count, alertMoves);

    private void AddSlip(FleetChange change)
    {
        if (slips.Count == FleetNews.SlipsMax) slips.RemoveFirst();
        slips.AddLast(change);
    }

    // A record's slip comes before the alert that it opens, and nothing of another account between them.
    private void GiveReason(FleetChange alert, string reason)
    {
        if (slips.Last is { Value: var slip } last && slip.Partition == alert.Partition && slip.Change.Position == alert.Change.Position && slip.Change.Account == alert.Change.Account)
            last.Value = slip with { Reason = reason };
    }
}
