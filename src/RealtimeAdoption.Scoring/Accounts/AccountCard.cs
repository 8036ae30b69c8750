using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>What the fleet keeps of an account that only its profile or a model changes. The rest of its row is the <see cref="AccountMark"/>.</summary>
public sealed record AccountCard
{
    /// <summary>The model that the segment's number is of.</summary>
    public required CompiledModel Model { get; init; }
    public required string Account { get; init; }
    public required string Name { get; init; }

    /// <summary>-1: unknown.</summary>
    public required int Segment { get; init; }
    public required string? Owner { get; init; }
    public required bool Churned { get; init; }

    /// <summary>Or <see cref="AccountSummary.UnknownSegment"/>.</summary>
    public string SegmentId => Segment < 0 ? AccountSummary.UnknownSegment : Model.Definition.Segments[Segment].Id;
}

/// <summary>
/// What the fleet keeps of an account that its events and days change: what is counted, filtered and ordered by. It has no references: a million of them, each renewed now and then, cost the collector nothing.
/// </summary>
public readonly record struct AccountMark
{
    /// <summary>As shown: a pinned one counts.</summary>
    public required int Stage { get; init; }
    public required DateOnly StageSince { get; init; }

    /// <summary>As shown: a pinned one counts. Unknown too where the model has no health.</summary>
    public required Band Band { get; init; }
    public required bool Rebuilding { get; init; }

    /// <summary>Bit i: product i is adopted (entitled or not).</summary>
    public required ulong Adopted { get; init; }

    /// <summary>Bit i: product i is covered today.</summary>
    public required ulong Entitled { get; init; }

    /// <summary>Contract value a year of the lines that cover today; null: no contract known.</summary>
    public required decimal? Arr { get; init; }
    public required AlertTally Alerts { get; init; }

    /// <summary>Of the last record that changed the row.</summary>
    public required long Position { get; init; }

    public int ProductsAdopted => System.Numerics.BitOperations.PopCount(Adopted & Entitled);

    public int ProductsEntitled => System.Numerics.BitOperations.PopCount(Entitled);
}
