namespace RealtimeAdoption.Scoring.Changes;

/// <summary>Where a change stands: what it has beside its type, its cause and what it tells.</summary>
/// <param name="Position">Of the journal record that caused it.</param>
/// <param name="Ordinal">0, 1, ... among the changes of one record and account.</param>
/// <param name="Day">The account's day.</param>
/// <param name="AtMs">Receipt of the causing record; for a tick its day's start.</param>
internal readonly record struct ChangePlace(long Position, int Ordinal, int Day, long AtMs);

/// <summary>A <see cref="Cause"/> whose texts are still those of the record, for what is written without an object.</summary>
internal readonly ref struct ScoreCause
{
    public required CauseKind Kind { get; init; }
    public required long Position { get; init; }

    /// <summary>For drift.</summary>
    public long? FromPosition { get; init; }

    /// <summary>Empty: it has none.</summary>
    public ReadOnlySpan<byte> MessageId { get; init; }

    /// <summary>Of an event, as <see cref="TimeMs"/>.</summary>
    public ReadOnlySpan<byte> Event { get; init; }
    public long TimeMs { get; init; }

    /// <summary>Empty: it has none.</summary>
    public ReadOnlySpan<byte> User { get; init; }

    /// <summary>For a tick.</summary>
    public IReadOnlyList<string>? Expired { get; init; }
    public IReadOnlyList<string>? Covered { get; init; }
    public IReadOnlyList<string>? Uncovered { get; init; }
}
