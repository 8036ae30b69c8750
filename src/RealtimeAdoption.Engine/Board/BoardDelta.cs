namespace RealtimeAdoption.Engine.Board;

/// <summary>
/// What differs between two documents: sections that did not change are null. Lists hold only the entries that changed, to be replaced by their id;
/// <see cref="FeedAdded"/> goes in front of the feed, which is then cut to <see cref="BoardDocument.FeedLength"/>.
/// A changed model replaces everything: then all sections are whole.
/// </summary>
public sealed record BoardDelta
{
    public BoardModel? Model { get; init; }
    public BoardFleet? Fleet { get; init; }
    public IReadOnlyList<BoardStage>? Stages { get; init; }
    public IReadOnlyList<BoardProduct>? Products { get; init; }
    public IReadOnlyList<BoardSegment>? Segments { get; init; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<BoardChange>? FeedAdded { get; init; }

    public bool IsEmpty => Model is null && Fleet is null && Stages is null && Products is null && Segments is null && FeedAdded is null;

    /// <summary>What leads from one document to a later one of the same builder (or of the builder that took its feed over).</summary>
    public static BoardDelta Between(BoardDocument from, BoardDocument to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var added = Added(from.Feed, to.Feed);
        if (!ReferenceEquals(from.Model, to.Model))
        {
            return new BoardDelta { Model = to.Model, Fleet = to.Fleet, Stages = to.Stages, Products = to.Products, Segments = to.Segments, FeedAdded = added };
        }

        return new BoardDelta
        {
            Fleet = from.Fleet == to.Fleet ? null : to.Fleet,
            Stages = Differing(from.Stages, to.Stages, static (left, right) => left.Count == right.Count && left.Accounts.SequenceEqual(right.Accounts)),
            Products = Differing(from.Products, to.Products, static (left, right) => left == right),
            Segments = Differing(from.Segments, to.Segments, static (left, right) => left == right),
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

    private static List<BoardChange>? Added(IReadOnlyList<BoardChange> from, IReadOnlyList<BoardChange> to)
    {
        if (ReferenceEquals(from, to)) return null;
        var known = from.Count == 0 ? null : from[0].Id;
        var added = to.TakeWhile(change => change.Id != known).ToList();
        return added.Count == 0 ? null : added;
    }
}
