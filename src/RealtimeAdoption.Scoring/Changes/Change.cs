namespace RealtimeAdoption.Scoring.Changes;

public enum ChangeType { ProductAdopted, ProductLapsed, StageChanged, Correction }

public enum CauseKind { Event, Tick, Profile, Rebuild, Model }

/// <summary>
/// Something that happened to an account, with its reason. Its identity is (partition, <see cref="Position"/>, account,
/// <see cref="Ordinal"/>): applying one twice is the same as once.
/// </summary>
public sealed record Change
{
    public required string Account { get; init; }

    /// <summary>Of the journal record that caused it.</summary>
    public required long Position { get; init; }

    /// <summary>0, 1, ... among the changes of one record and account.</summary>
    public required int Ordinal { get; init; }
    public required ChangeType Type { get; init; }

    /// <summary>The account's day.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>Receipt of the causing record; for a tick its day's start.</summary>
    public required DateTimeOffset At { get; init; }
    public string? Product { get; init; }

    /// <summary>Stage ids, or the dates that a correction moved.</summary>
    public string? From { get; init; }
    public string? To { get; init; }

    /// <summary>For a correction, which date: first_adopted_on, adopted_on, lapsed_on.</summary>
    public string? Field { get; init; }
    public required Cause Cause { get; init; }
}

/// <summary>Why a change happened.</summary>
public sealed record Cause
{
    public required CauseKind Kind { get; init; }
    public required long Position { get; init; }
    public string? MessageId { get; init; }

    /// <summary>The event's name.</summary>
    public string? Event { get; init; }
    public string? User { get; init; }
    public DateTimeOffset? Time { get; init; }

    /// <summary>For a tick: the day that it opened.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>What expired with the closed day, e.g. <c>contacts_created 24 of 25 within 30 days</c>.</summary>
    public IReadOnlyList<string>? Expired { get; init; }

    /// <summary>Products that a contract, or a day on which a line starts, has come to cover.</summary>
    public IReadOnlyList<string>? Covered { get; init; }

    /// <summary>Products that are no longer covered.</summary>
    public IReadOnlyList<string>? Uncovered { get; init; }
}
