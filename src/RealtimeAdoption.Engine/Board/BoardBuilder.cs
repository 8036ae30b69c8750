using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Board;

/// <summary>
/// Makes the wall's document from one state of the fleet after another. It remembers what a state alone does not tell: the feed and the accounts that moved last.
/// No I/O and no clock: where the latest changes do not reach back to the state before, or do not tell all, it says so (<see cref="WantsMovers"/>, <see cref="WantsAlerts"/>) and
/// its owner asks the fleet. One writer.
/// </summary>
public sealed class BoardBuilder
{
    private readonly CompiledModel model;
    private readonly Dictionary<string, int> stageIndex;
    private readonly Dictionary<int, long> sequences = [];
    private readonly Dictionary<int, long> slipSequences = [];
    private readonly StageMovers movers;
    private readonly BoardFeed feed;
    private readonly List<FleetChange> sinceMoversBegan = [];
    private FleetState? last;
    private IReadOnlyList<BoardAlert> alerts = [];
    private BoardMovers scoreMovers = BoardMovers.None;
    private bool areMoversAsked;

    public BoardBuilder(CompiledModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        var definition = model.Definition;
        stageIndex = definition.Stages.Select((stage, i) => (stage.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i);
        movers = new StageMovers(definition.Stages.Count);
        feed = new BoardFeed(definition);
        Words = WordsOf(definition);
    }

    /// <summary>The model that this builder is for; another model needs another builder.</summary>
    public CompiledModel Model => model;

    public BoardModel Words { get; }

    /// <summary>
    /// The movers shown may be wrong or too few: ask for the <see cref="MoversWanted"/> latest rows of every stage and give them to <see cref="SetMovers"/>. Where states are built meanwhile, say
    /// <see cref="BeginMovers"/> before and <see cref="EndMovers"/> behind it.
    /// </summary>
    public bool WantsMovers { get; private set; } = true;

    public static int MoversWanted => StageMovers.Kept;

    /// <summary>Alerts were opened, changed, taken up or resolved since they were read: say <see cref="BeginAlerts"/>, read them again and give them to <see cref="SetAlerts"/>.</summary>
    public bool WantsAlerts { get; private set; } = true;

    /// <summary>Time to ask for everything again: names, segments and contracts change without a change of adoption that would tell.</summary>
    public void Doubt() => WantsMovers = WantsAlerts = true;

    /// <summary>
    /// The feed of a builder for an earlier model lives on, with what it has told of the latest changes, and its alerts and movers until they are read again: empty lists would say that there are none.
    /// </summary>
    public void TakeOver(BoardBuilder earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        feed.Take(earlier.feed);
        foreach (var (partition, sequence) in earlier.sequences) sequences[partition] = sequence;
        foreach (var (partition, sequence) in earlier.slipSequences) slipSequences[partition] = sequence;
        alerts = earlier.alerts;
        scoreMovers = earlier.scoreMovers;
    }

    /// <summary>The document as of this state, which must not be older than the one before.</summary>
    public BoardDocument Build(FleetState fleet)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        if (fleet.Version != last?.Version) TakeChanges(fleet);
        last = fleet;
        var counts = fleet.Counts;
        for (var i = 0; i < counts.ByStage.Length && !areMoversAsked; i++) WantsMovers |= movers.IsShort(i, counts.ByStage[i]);
        return new BoardDocument
        {
            Model = Words,
            Fleet = FleetOf(fleet),
            Stages = [.. model.Definition.Stages.Select((stage, i) => new BoardStage { Id = stage.Id, Count = counts.ByStage[i], Accounts = movers.Shown(i) })],
            Products = [.. model.Definition.Products.Select((product, i) => new BoardProduct(product.Id, counts.Adopted[i], counts.Entitled[i]))],
            Segments = [.. Words.Segments.Select((segment, i) => new BoardSegment(segment.Id, counts.BySegment[i], Average(counts.AdoptedBySegment[i], counts.BySegment[i])))],
            Bands = BandsOf(counts),
            AlertCounts = AlertCountsOf(counts),
            Alerts = alerts,
            Slips = feed.Slips,
            Movers = scoreMovers,
            Feed = feed.Lines,
        };
    }

    /// <summary>The fleet is being asked for its alerts: what happens to alerts from the next state on is news again.</summary>
    public void BeginAlerts() => WantsAlerts = false;

    /// <summary>The fleet could not be asked for its alerts.</summary>
    public void DoubtAlerts() => WantsAlerts = true;

    /// <summary>The answer to <see cref="AlertLines.Query"/>.</summary>
    public void SetAlerts(AlertPage page) => alerts = AlertLines.Of(page);

    /// <summary>The greatest moves of the score.</summary>
    public void SetScoreMovers(ScoreMovers found)
    {
        ArgumentNullException.ThrowIfNull(found);
        scoreMovers = new BoardMovers(new BoardMoves(MovesOf(found.DayUp), MovesOf(found.DayDown)), new BoardMoves(MovesOf(found.WeekUp), MovesOf(found.WeekDown)));
    }

    /// <summary>Rows of one stage, latest stage change first, read after the last state was.</summary>
    /// <param name="stage">Index into the model's stages.</param>
    /// <param name="rows">At most <see cref="MoversWanted"/>.</param>
    /// <param name="complete">The stage has no more.</param>
    public void SetMovers(int stage, IReadOnlyList<AccountSummary> rows, bool complete)
    {
        ArgumentNullException.ThrowIfNull(rows);
        movers.Replace(stage, [.. rows.Select(row => (new BoardMover(row.Account, row.Name, row.SegmentId, row.StageSince), row.Position))], complete);
        if (!areMoversAsked) WantsMovers = false;
    }

    /// <summary>The fleet is being asked for its movers: what moves in the states from now on may be newer than the answer.</summary>
    public void BeginMovers()
    {
        WantsMovers = false;
        areMoversAsked = true;
        sinceMoversBegan.Clear();
    }

    /// <summary>The answer is set, and what moved meanwhile is told once more: rows know how new they are. False: there is no answer, the fleet could not be asked.</summary>
    public void EndMovers(bool isAnswered)
    {
        areMoversAsked = false;
        if (!isAnswered) WantsMovers = true;
        else foreach (var change in sinceMoversBegan) Apply(change);
        sinceMoversBegan.Clear();
    }

    private void TakeChanges(FleetState fleet)
    {
        var added = New(fleet.News.Latest, sequences);
        WantsMovers |= last is null || fleet.News.Count - last.News.Count != added.Count
            || fleet.Counts.Rebuilding < last.Counts.Rebuilding || !Explains(added, last, fleet);
        WantsAlerts |= last is null || fleet.News.AlertMoves != last.News.AlertMoves || fleet.Counts.Churned != last.Counts.Churned;
        for (var i = added.Count - 1; i >= 0; i--) Apply(added[i]);
        if (areMoversAsked) sinceMoversBegan.AddRange(Enumerable.Reverse(added));
        feed.Add(added, fleet.News.Latest);
        feed.AddSlips(New(fleet.News.Slips, slipSequences));
    }

    /// <summary>Those that were not seen before, newest first.</summary>
    private static List<FleetChange> New(IReadOnlyList<FleetChange> changes, Dictionary<int, long> seen)
    {
        var added = changes.Where(change => change.Sequence > seen.GetValueOrDefault(change.Partition)).ToList();
        foreach (var change in added) seen[change.Partition] = Math.Max(seen.GetValueOrDefault(change.Partition), change.Sequence);
        return added;
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
        var what = change.Change;
        if (what.Type == ChangeType.Correction && !change.Churned && change.StageSince is { } since) WantsMovers |= !movers.Restate(what.Account, since);
        if (what.Type != ChangeType.StageChanged || change.Churned || what.To is null || !stageIndex.TryGetValue(what.To, out var stage)) return;
        movers.Move(stage, new BoardMover(what.Account, change.AccountName, change.Segment, change.StageSince ?? what.Day), what.At, what.Position);
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
            Activation = fleet.Activation is { Progress: var progress } activation ? new BoardActivation(activation.Model, progress.Partitions, progress.PartitionsInAll, activation.Stuck) : null,
        };
    }

    private static BoardBands BandsOf(FleetCounts counts) =>
        new(counts.ByBand[(int)Band.Red], counts.ByBand[(int)Band.Yellow], counts.ByBand[(int)Band.Green], counts.ByBand[(int)Band.Unknown]);

    private static BoardAlertCounts AlertCountsOf(FleetCounts counts)
    {
        return new BoardAlertCounts(Of(AlertSeverity.Urgent), Of(AlertSeverity.Warning), Of(AlertSeverity.Notice), Of(AlertSeverity.Info));

        BoardAlertCount Of(AlertSeverity severity) => new(counts.OpenAlerts[(int)severity], counts.AcknowledgedAlerts[(int)severity]);
    }

    private static List<BoardMove> MovesOf(IReadOnlyList<FleetMove> moves) =>
    [
        .. moves.Select(move =>
            new BoardMove(move.Account.Account, move.Account.Name, move.Account.SegmentId, WireWord.Of(move.Account.Band), move.ScoreTenths / 10m, move.ChangeTenths / 10m)),
    ];

    private static BoardModel WordsOf(AdoptionModel definition) => new(
        definition.Version,
        [.. definition.Stages.Select(stage => new BoardModelStage(stage.Id, stage.Name, stage.ChurnRisk, stage.Priority, stage.Action))],
        [.. definition.Products.Select(product => new BoardModelProduct(product.Id, product.Name))],
        [.. definition.Segments.Select(segment => new BoardModelSegment(segment.Id, segment.Name, segment.Benchmark?.Products)), new BoardModelSegment("unknown", "Unknown", null)],
        definition.Health is not null,
        definition.Alerts is not null);

    // Finer than a wall shows: of 1.7347, rounded to 1.735 on its way, it would make 1.74.
    private static double? Average(int sum, int count) => count == 0 ? null : Math.Round((double)sum / count, 6);
}
