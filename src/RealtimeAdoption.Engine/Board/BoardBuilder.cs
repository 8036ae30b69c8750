using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Board;

/// <summary>
/// Makes the wall's document from one state of the fleet after another. It remembers what a state alone does not tell: the feed and the accounts that moved last.
/// No I/O and no clock: where the latest changes do not reach back to the state before, it says so (<see cref="WantsMovers"/>) and its owner asks the fleet. One writer.
/// </summary>
public sealed class BoardBuilder
{
    private const int LatestLength = 100;
    private readonly CompiledModel model;
    private readonly Dictionary<string, int> stageIndex;
    private readonly Dictionary<int, long> sequences = [];
    private readonly StageMovers movers;
    private FleetState? last;
    private List<BoardChange> feed = [];

    public BoardBuilder(CompiledModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        var definition = model.Definition;
        stageIndex = definition.Stages.Select((stage, i) => (stage.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i);
        movers = new StageMovers(definition.Stages.Count);
        Words = WordsOf(definition);
    }

    /// <summary>The model that this builder is for; another model needs another builder.</summary>
    public CompiledModel Model => model;

    public BoardModel Words { get; }

    /// <summary>The movers shown may be wrong or too few: ask for the <see cref="MoversWanted"/> latest rows of every stage and give them to <see cref="SetMovers"/>.</summary>
    public bool WantsMovers { get; private set; } = true;

    public static int MoversWanted => StageMovers.Kept;

    /// <summary>Time to ask for the movers again: names, segments and contracts change without a change of adoption that would tell.</summary>
    public void DoubtMovers() => WantsMovers = true;

    /// <summary>The feed of a builder for an earlier model lives on.</summary>
    public void TakeFeed(BoardDocument earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        feed = [.. earlier.Feed];
    }

    /// <summary>The document as of this state, which must not be older than the one before.</summary>
    public BoardDocument Build(FleetState fleet)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        if (fleet.Version != last?.Version) TakeChanges(fleet);
        last = fleet;
        var counts = fleet.Counts;
        for (var i = 0; i < counts.ByStage.Length; i++) WantsMovers |= movers.IsShort(i, counts.ByStage[i]);
        return new BoardDocument
        {
            Model = Words,
            Fleet = FleetOf(fleet),
            Stages = [.. model.Definition.Stages.Select((stage, i) => new BoardStage { Id = stage.Id, Count = counts.ByStage[i], Accounts = movers.Shown(i) })],
            Products = [.. model.Definition.Products.Select((product, i) => new BoardProduct(product.Id, counts.Adopted[i], counts.Entitled[i]))],
            Segments = [.. Words.Segments.Select((segment, i) => new BoardSegment(segment.Id, counts.BySegment[i], Average(counts.AdoptedBySegment[i], counts.BySegment[i])))],
            Feed = feed,
        };
    }

    /// <summary>Rows of one stage, latest stage change first, read after the last state was.</summary>
    /// <param name="stage">Index into the model's stages.</param>
    /// <param name="rows">At most <see cref="MoversWanted"/>.</param>
    /// <param name="complete">The stage has no more.</param>
    public void SetMovers(int stage, IReadOnlyList<AccountSummary> rows, bool complete)
    {
        ArgumentNullException.ThrowIfNull(rows);
        movers.Replace(stage, [.. rows.Select(row => (new BoardMover(row.Account, row.Name, SegmentId(row.Segment), row.StageSince), row.Position))], complete);
        WantsMovers = false;
    }

    private void TakeChanges(FleetState fleet)
    {
        var added = new List<FleetChange>();
        foreach (var change in fleet.Latest)
        {
            if (change.Sequence > sequences.GetValueOrDefault(change.Partition)) added.Add(change);
        }

        WantsMovers |= last is null || (added.Count == fleet.Latest.Count && added.Count >= LatestLength)
            || fleet.Counts.Rebuilding < last.Counts.Rebuilding || !Explains(added, last, fleet);
        if (added.Count == 0) return;

        for (var i = added.Count - 1; i >= 0; i--) Apply(added[i]);
        var shown = added.Where(change => change.Change.Type != ChangeType.Correction && !change.Churned)
            .Take(BoardDocument.FeedLength)
            .Select(change => Line(change, fleet.Latest));
        feed = [.. shown.Concat(feed).Take(BoardDocument.FeedLength)];
    }

    /// <summary>The stage changes explain how the counts moved: no account is new, none churned or came back.</summary>
    private bool Explains(List<FleetChange> changes, FleetState before, FleetState after)
    {
        var counts = (int[])before.Counts.ByStage.Clone();
        foreach (var change in changes)
        {
            if (change.Churned || change.Change.Type != ChangeType.StageChanged) continue;
            if (change.Change.From is { } from && stageIndex.TryGetValue(from, out var left)) counts[left]--;
            if (change.Change.To is { } to && stageIndex.TryGetValue(to, out var entered)) counts[entered]++;
        }

        return counts.AsSpan().SequenceEqual(after.Counts.ByStage);
    }

    private void Apply(FleetChange change)
    {
        var before = sequences.GetValueOrDefault(change.Partition);
        WantsMovers |= change.Sequence > before + 1;
        sequences[change.Partition] = Math.Max(before, change.Sequence);
        var what = change.Change;
        if (what.Type == ChangeType.Correction && !change.Churned && change.StageSince is { } since) WantsMovers |= !movers.Restate(what.Account, since);
        if (what.Type != ChangeType.StageChanged || change.Churned || what.To is null || !stageIndex.TryGetValue(what.To, out var stage)) return;
        movers.Move(stage, new BoardMover(what.Account, change.AccountName, SegmentId(change.Segment), change.StageSince ?? what.Day), what.At, what.Position);
    }

    private BoardChange Line(FleetChange change, IReadOnlyList<FleetChange> latest)
    {
        var what = change.Change;
        return new BoardChange
        {
            Id = $"{change.Partition}-{change.Sequence}",
            At = what.At,
            Day = what.Day,
            Account = what.Account,
            Name = change.AccountName,
            Segment = SegmentId(change.Segment),
            Type = what.Type switch
            {
                ChangeType.StageChanged => "stage_changed",
                ChangeType.ProductAdopted => "product_adopted",
                _ => "product_lapsed",
            },
            Product = what.Product ?? ProductBehind(change, latest),
            From = what.From,
            To = what.To,
            CauseKind = what.Cause.Kind.ToString().ToLowerInvariant(),
            Cause = CauseSentence.Of(what),
        };
    }

    /// <summary>The one product that the same record made adopted or lapsed; null where there are several, or none (a contract changed).</summary>
    private static string? ProductBehind(FleetChange stage, IReadOnlyList<FleetChange> latest)
    {
        string? product = null;
        foreach (var other in latest)
        {
            if (other.Partition != stage.Partition || other.Change.Position != stage.Change.Position || other.Change.Account != stage.Change.Account
                || other.Change.Type is not (ChangeType.ProductAdopted or ChangeType.ProductLapsed)) continue;
            if (product is not null) return null;
            product = other.Change.Product;
        }

        return product;
    }

    private static BoardFleet FleetOf(FleetState fleet)
    {
        var counts = fleet.Counts;
        var adopted = counts.Adopted.Sum();
        var entitled = counts.Entitled.Sum();
        return new BoardFleet
        {
            Day = fleet.Day,
            Accounts = counts.Accounts,
            Churned = counts.Churned,
            Rebuilding = counts.Rebuilding,
            Events = counts.Events,
            AdoptedProducts = adopted,
            EntitledProducts = entitled,
            AverageProducts = Average(adopted, counts.Accounts),
            AdoptionRate = entitled == 0 ? null : Math.Round((double)adopted / entitled, 4),
        };
    }

    private static BoardModel WordsOf(AdoptionModel definition) => new(
        definition.Version,
        [.. definition.Stages.Select(stage => new BoardModelStage(stage.Id, stage.Name, stage.ChurnRisk, stage.Priority, stage.Action))],
        [.. definition.Products.Select(product => new BoardModelProduct(product.Id, product.Name))],
        [.. definition.Segments.Select(segment => new BoardModelSegment(segment.Id, segment.Name, segment.Benchmark?.Products)), new BoardModelSegment("unknown", "Unknown", null)]);

    private static double? Average(int sum, int count) => count == 0 ? null : Math.Round((double)sum / count, 3);

    private string SegmentId(int segment) => segment < 0 ? "unknown" : model.Definition.Segments[segment].Id;
}
