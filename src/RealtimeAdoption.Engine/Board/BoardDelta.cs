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
}
