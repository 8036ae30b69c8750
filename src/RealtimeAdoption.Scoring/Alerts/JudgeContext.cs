using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Overrides;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>What happened in the very record, tick or swap after which alerts are judged. Bands, stage and pins stand as they are after it.</summary>
internal readonly ref struct JudgeContext
{
    /// <summary>Whose changes these are: makes and takes them, tells cause and instant.</summary>
    public required Occasion Occasion { get; init; }

    public required Pinned Pinned { get; init; }

    /// <summary>Products that were adopted, as changes tell it.</summary>
    public required ulong Rose { get; init; }

    /// <summary>Products that lapsed.</summary>
    public required ulong Lapsed { get; init; }

    /// <summary>The shown stage before, by its place in the model; the same as <see cref="StageAfter"/>: it did not change.</summary>
    public required int StageBefore { get; init; }

    public required int StageAfter { get; init; }

    /// <summary>A slip was recorded.</summary>
    public required bool Slipped { get; init; }

    /// <summary>The last known band before the slip; it is <see cref="Health.HealthFacts.LastKnownBand"/> where only the fall became true.</summary>
    public required Band SlippedFrom { get; init; }

    /// <summary>Of a slip: the score against the last recorded one.</summary>
    public Changes.ScoreMove? SlipMove { get; init; }
}
