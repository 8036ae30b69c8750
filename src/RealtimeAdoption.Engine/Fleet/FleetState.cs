using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>
/// Counts over a set of accounts; adding two gives the counts over both. One per partition, kept up to date row by row; the whole fleet is their sum.
/// Churned accounts are in <see cref="Churned"/> and nowhere else.
/// </summary>
public sealed class FleetCounts(int stages, int products, int segments)
{
    public int Accounts { get; set; }
    public int Churned { get; set; }
    public int Rebuilding { get; set; }
    public int[] ByStage { get; } = new int[stages];

    /// <summary>Accounts that have adopted the (entitled) product.</summary>
    public int[] Adopted { get; } = new int[products];

    /// <summary>Accounts entitled to the product.</summary>
    public int[] Entitled { get; } = new int[products];

    /// <summary>By segment; the last one is 'unknown'.</summary>
    public int[] BySegment { get; } = new int[segments + 1];

    /// <summary>Adopted entitled products of the segment's accounts, summed; the last one is 'unknown'.</summary>
    public int[] AdoptedBySegment { get; } = new int[segments + 1];

    /// <summary>Accounts by <see cref="Band"/> as shown, by its number.</summary>
    public int[] ByBand { get; } = new int[Enum.GetValues<Band>().Length];

    /// <summary>Open alerts by <see cref="AlertSeverity"/>, by its number.</summary>
    public int[] OpenAlerts { get; } = new int[Enum.GetValues<AlertSeverity>().Length];

    /// <summary>Likewise, of those that somebody has acknowledged.</summary>
    public int[] AcknowledgedAlerts { get; } = new int[Enum.GetValues<AlertSeverity>().Length];

    /// <summary>Likewise, of those that are snoozed.</summary>
    public int[] SnoozedAlerts { get; } = new int[Enum.GetValues<AlertSeverity>().Length];

    /// <summary>Usage events accepted since the store began.</summary>
    public long Events { get; set; }

    public void Add(FleetCounts other)
    {
        Accounts += other.Accounts;
        Churned += other.Churned;
        Rebuilding += other.Rebuilding;
        Events += other.Events;
        Add(ByStage, other.ByStage);
        Add(Adopted, other.Adopted);
        Add(Entitled, other.Entitled);
        Add(BySegment, other.BySegment);
        Add(AdoptedBySegment, other.AdoptedBySegment);
        Add(ByBand, other.ByBand);
        Add(OpenAlerts, other.OpenAlerts);
        Add(AcknowledgedAlerts, other.AcknowledgedAlerts);
        Add(SnoozedAlerts, other.SnoozedAlerts);
    }

    private static void Add(int[] to, int[] from)
    {
        for (var i = 0; i < to.Length; i++) to[i] += from[i];
    }
}

/// <summary>A change as board and feed show it: with the account's name and its place in its partition's feed.</summary>
public sealed record FleetChange(int Partition, long Sequence, string AccountName, int Segment, Change Change)
{
    /// <summary>Of the account's row right after the change: a late event or a rebuild moves an account into a stage as of an earlier day. Null: as of the change's day.</summary>
    public DateOnly? StageSince { get; init; }

    /// <summary>Of the account, right after the change.</summary>
    public string? Owner { get; init; }

    /// <summary>The account is churned: the change is recorded, and not for the board.</summary>
    public bool Churned { get; init; }
}

/// <summary>The fleet at one moment.</summary>
/// <param name="Version">Rises with every change of the fleet, in this process.</param>
/// <param name="Counts">Over all partitions.</param>
/// <param name="Latest">The latest changes, newest first, at most 100.</param>
/// <param name="LastReceivedAtMs">Receipt of the last applied record that was not a tick; null: none yet.</param>
/// <param name="Day">The latest day that any partition is on.</param>
public sealed record FleetState(long Version, FleetCounts Counts, IReadOnlyList<FleetChange> Latest, long? LastReceivedAtMs, DateOnly Day)
{
    /// <summary>Of the latest changes what a wall tells.</summary>
    public FleetNews News { get; init; } = FleetNews.None;
}
