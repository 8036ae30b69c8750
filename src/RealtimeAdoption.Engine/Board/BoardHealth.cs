using RealtimeAdoption.Engine.ModelChange;

namespace RealtimeAdoption.Engine.Board;

/// <summary>Accounts by the band that is shown, without churned ones.</summary>
public sealed record BoardBands(int Red, int Yellow, int Green, int Unknown)
{
    public static BoardBands None { get; } = new(0, 0, 0, 0);
}

/// <summary>A slip as the wall tells it.</summary>
public sealed record BoardSlip
{
    /// <summary>Unique and stable: partition and sequence in its feed.</summary>
    public required string Id { get; init; }

    /// <summary>Receipt of the causing record; for a tick its day's start.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The account's day.</summary>
    public required DateOnly Day { get; init; }
    public required string Account { get; init; }
    public required string Name { get; init; }

    /// <summary>Segment id, or <c>unknown</c>.</summary>
    public required string Segment { get; init; }
    public string? Owner { get; init; }

    /// <summary>Bands; equal where the score fell fast within one. Null: the change does not tell.</summary>
    public string? From { get; init; }
    public string? To { get; init; }

    /// <summary>0..100 to 1 decimal; null: none.</summary>
    public double? ScoreBefore { get; init; }
    public double? ScoreAfter { get; init; }

    /// <summary>What cost the points, in one sentence without a full stop.</summary>
    public required string Reason { get; init; }
    public required string CauseKind { get; init; }
    public required string Cause { get; init; }
}

/// <summary>The greatest moves of the score since yesterday's close, and since that of seven days ago.</summary>
public sealed record BoardMovers(BoardMoves Day, BoardMoves Week)
{
    public static BoardMovers None { get; } = new(BoardMoves.None, BoardMoves.None);

    /// <summary>Accounts shown each way.</summary>
    public const int Length = 5;
}

/// <param name="Up">Greatest rise first.</param>
/// <param name="Down">Greatest fall first.</param>
public sealed record BoardMoves(IReadOnlyList<BoardMove> Up, IReadOnlyList<BoardMove> Down)
{
    public static BoardMoves None { get; } = new([], []);

    public bool IsAs(BoardMoves other) => Up.SequenceEqual(other.Up) && Down.SequenceEqual(other.Down);
}

/// <param name="Id">Of the account.</param>
/// <param name="Name">Its name.</param>
/// <param name="Segment">Segment id, or <c>unknown</c>.</param>
/// <param name="Band">As shown.</param>
/// <param name="Score">0..100 to 1 decimal.</param>
/// <param name="Change">Points, not 0.</param>
public sealed record BoardMove(string Id, string Name, string Segment, string Band, decimal Score, decimal Change);

/// <summary>A model that is being activated.</summary>
/// <param name="Model">Its version.</param>
/// <param name="PartitionsDone">Partitions that live by it.</param>
/// <param name="Partitions">All.</param>
/// <param name="Stuck">Null: nothing holds it up.</param>
public sealed record BoardActivation(string Model, int PartitionsDone, int Partitions, HistoryTrouble? Stuck);
