using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>
/// Counts over a set of accounts by the ids of one model; adding two gives the counts over both. One per partition, kept up to date row by row; the whole fleet is
/// their sum. Churned accounts are in <see cref="Churned"/> and nowhere else.
/// </summary>
/// <param name="model">Whose stages, products and segments the arrays are of.</param>
public sealed class FleetCounts(CompiledModel model)
{
    public CompiledModel Model => model;

    public int Accounts { get; set; }
    public int Churned { get; set; }
    public int Rebuilding { get; set; }
    public int[] ByStage { get; } = new int[model.Definition.Stages.Count];

    /// <summary>Accounts that have adopted the (entitled) product.</summary>
    public int[] Adopted { get; } = new int[model.Definition.Products.Count];

    /// <summary>Accounts entitled to the product.</summary>
    public int[] Entitled { get; } = new int[model.Definition.Products.Count];

    /// <summary>By segment; the last one is 'unknown'.</summary>
    public int[] BySegment { get; } = new int[model.Definition.Segments.Count + 1];

    /// <summary>Adopted entitled products of the segment's accounts, summed; the last one is 'unknown'.</summary>
    public int[] AdoptedBySegment { get; } = new int[model.Definition.Segments.Count + 1];

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

    /// <summary>Counts of another model are added by id; what this model has no such id for is in <see cref="Accounts"/> and no part of it.</summary>
    public void Add(FleetCounts other)
    {
        Accounts += other.Accounts;
        Churned += other.Churned;
        Rebuilding += other.Rebuilding;
        Events += other.Events;
        Add(ByBand, other.ByBand);
        Add(OpenAlerts, other.OpenAlerts);
        Add(AcknowledgedAlerts, other.AcknowledgedAlerts);
        Add(SnoozedAlerts, other.SnoozedAlerts);
        if (ReferenceEquals(model, other.Model))
        {
            Add(ByStage, other.ByStage);
            Add(Adopted, other.Adopted);
            Add(Entitled, other.Entitled);
            Add(BySegment, other.BySegment);
            Add(AdoptedBySegment, other.AdoptedBySegment);
            return;
        }

        var (to, from) = (model.Definition, other.Model.Definition);
        AddById(ByStage, [.. to.Stages.Select(stage => stage.Id)], other.ByStage, [.. from.Stages.Select(stage => stage.Id)]);
        string[] products = [.. to.Products.Select(product => product.Id)];
        string[] otherProducts = [.. from.Products.Select(product => product.Id)];
        AddById(Adopted, products, other.Adopted, otherProducts);
        AddById(Entitled, products, other.Entitled, otherProducts);
        string[] segments = [.. to.Segments.Select(segment => segment.Id), AccountSummary.UnknownSegment];
        string[] otherSegments = [.. from.Segments.Select(segment => segment.Id), AccountSummary.UnknownSegment];
        AddById(BySegment, segments, other.BySegment, otherSegments);
        AddById(AdoptedBySegment, segments, other.AdoptedBySegment, otherSegments);
    }

    private static void AddById(int[] to, string[] ids, int[] from, string[] otherIds)
    {
        for (var i = 0; i < from.Length; i++)
        {
            var place = Array.IndexOf(ids, otherIds[i]);
            if (place >= 0) to[place] += from[i];
        }
    }

    private static void Add(int[] to, int[] from)
    {
        for (var i = 0; i < to.Length; i++) to[i] += from[i];
    }
}

/// <summary>A change as board and feed show it: with the account's name and its place in its partition's feed.</summary>
/// <param name="Partition">0 and up.</param>
/// <param name="Sequence">In the partition's feed.</param>
/// <param name="AccountName">As of the change.</param>
/// <param name="Segment">Its id, or <c>unknown</c>: the change may be of another model than the one in force.</param>
/// <param name="Change">What happened.</param>
public sealed record FleetChange(int Partition, long Sequence, string AccountName, string Segment, Change Change)
{
    /// <summary>Of the account's row right after the change: a late event or a rebuild moves an account into a stage as of an earlier day. Null: as of the change's day.</summary>
    public DateOnly? StageSince { get; init; }

    /// <summary>Of the account, right after the change.</summary>
    public string? Owner { get; init; }

    /// <summary>Of a slip: what the alert says that it opened, or opened again; null: no alert did.</summary>
    public string? Reason { get; init; }

    /// <summary>The account is churned: the change is recorded, and not for the board.</summary>
    public bool Churned { get; init; }
}

/// <summary>The fleet at one moment.</summary>
/// <param name="Version">Rises with every change of the fleet, in this process.</param>
/// <param name="Counts">Over all partitions.</param>
/// <param name="FeedEnds">By partition: the number of the last change in its feed.</param>
/// <param name="LastReceivedAtMs">Receipt of the last applied record that was not a tick; null: none yet.</param>
/// <param name="Day">The latest day that any partition is on.</param>
public sealed record FleetState(long Version, FleetCounts Counts, IReadOnlyList<long> FeedEnds, long? LastReceivedAtMs, DateOnly Day)
{
    /// <summary>Every account has had its turn in the tick of this day: behind <see cref="Day"/> while a tick is worked through, and counts and changes with it.</summary>
    public DateOnly SettledDay { get; init; } = Day;

    /// <summary>Of the latest changes what a wall tells.</summary>
    public FleetNews News { get; init; } = FleetNews.None;

    /// <summary>Null: no model is being activated. While one is, <see cref="Counts"/> are in the ids of the model before.</summary>
    public ActivationStatus? Activation { get; init; }

    /// <summary>By partition: position of the last record that is in it; null where its owner does not tell. Empty in a host whose doors and partitions are one.</summary>
    public IReadOnlyList<long?> Applied { get; init; } = [];
}
