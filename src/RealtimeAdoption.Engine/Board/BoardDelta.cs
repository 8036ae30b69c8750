namespace RealtimeAdoption.Engine.Board;

/// <summary>
/// What differs between two documents: sections that did not change are null. Lists hold only the entries that changed, to be replaced by their id;
/// <see cref="FeedAdded"/> goes in front of the feed, which is then cut to <see cref="BoardDocument.FeedLength"/>, and <see cref="SlipsAdded"/> in front of the slips.
/// A changed model replaces everything: then all sections are whole.
/// </summary>
public sealed record BoardDelta
{
    public BoardModel? Model { get; init; }
    public BoardFleet? Fleet { get; init; }
    public IReadOnlyList<BoardStage>? Stages { get; init; }
    public IReadOnlyList<BoardProduct>? Products { get; init; }
    public IReadOnlyList<BoardSegment>? Segments { get; init; }
    public BoardBands? Bands { get; init; }
    public BoardAlertCounts? AlertCounts { get; init; }

    /// <summary>Whole: its order is by more than what an entry says.</summary>
    public IReadOnlyList<BoardAlert>? Alerts { get; init; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<BoardSlip>? SlipsAdded { get; init; }
    public BoardMovers? Movers { get; init; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<BoardChange>? FeedAdded { get; init; }

    public bool IsEmpty => Model is null && Fleet is null && Stages is null && Products is null && Segments is null && Bands is null && AlertCounts is null && Alerts is null
        && SlipsAdded is null && Movers is null && FeedAdded is null;

    /// <summary>What leads from one document to a later one of the same builder (or of the builder that took its feed over).</summary>
    public static BoardDelta Between(BoardDocument from, BoardDocument to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var added = Added(from.Feed, to.Feed, static change => change.Id);
        var slips = Added(from.Slips, to.Slips, static slip => slip.Id);
        if (!from.Model.IsAs(to.Model))
        {
            return new BoardDelta
            {
                Model = to.Model,
                Fleet = to.Fleet,
                Stages = to.Stages,
                Products = to.Products,
                Segments = to.Segments,
                Bands = to.Bands,
                AlertCounts = to.AlertCounts,
                Alerts = to.Alerts,
                SlipsAdded = slips,
                Movers = to.Movers,
                FeedAdded = added,
            };
        }

        return new BoardDelta
        {
            Fleet = from.Fleet == to.Fleet ? null : to.Fleet,
            Stages = Differing(from.Stages, to.Stages, static (left, right) => left.Count == right.Count && left.Accounts.SequenceEqual(right.Accounts)),
            Products = Differing(from.Products, to.Products, static (left, right) => left == right),
            Segments = Differing(from.Segments, to.Segments, static (left, right) => left == right),
            Bands = from.Bands == to.Bands ? null : to.Bands,
            AlertCounts = from.AlertCounts == to.AlertCounts ? null : to.AlertCounts,
            Alerts = from.Alerts.SequenceEqual(to.Alerts) ? null : to.Alerts,
            SlipsAdded = slips,
            Movers = from.Movers.Day.IsAs(to.Movers.Day) && from.Movers.Week.IsAs(to.Movers.Week) ? null : to.Movers,
            FeedAdded = added,
        };
    }

    private static List<T>? Differing<T>(IReadOnlyList<T> from, IReadOnlyList<T> to, Func<T, T, bool> same)
    {
        List<T>? differing = null;
        for (var i = 0; i < to.Count; i++)
        {
            if (!same(from[i], to[i])) (differing ??= []).Add(to[i]);
        }

        return differing;
    }

    private static List<T>? Added<T>(IReadOnlyList<T> from, IReadOnlyList<T> to, Func<T, string> idOf)
    {
        if (ReferenceEquals(from, to)) return null;
        var known = from.Count == 0 ? null : idOf(from[0]);
        var added = to.TakeWhile(entry => idOf(entry) != known).ToList();
        return added.Count == 0 ? null : added;
    }
}
