namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// The compact row of one account that the fleet keeps: what lists and the board need, and nothing else.
/// Indices point into the model's stages, segments and products.
/// </summary>
public sealed record AccountSummary
{
    public required string Account { get; init; }
    public required string Name { get; init; }

    /// <summary>-1: unknown.</summary>
    public required int Segment { get; init; }
    public string? Owner { get; init; }
    public required bool Churned { get; init; }

    /// <summary>As shown: a pinned one counts.</summary>
    public required int Stage { get; init; }
    public required DateOnly StageSince { get; init; }

    /// <summary>Bit i: product i is adopted (entitled or not).</summary>
    public required ulong Adopted { get; init; }

    /// <summary>Bit i: product i is covered today.</summary>
    public required ulong Entitled { get; init; }
    public required bool Rebuilding { get; init; }
    public DateOnly? LastActivityOn { get; init; }

    /// <summary>As shown: a pinned one counts. Unknown too where the model has no health.</summary>
    public Band Band { get; init; }

    /// <summary>Contract value a year of the lines that cover today; null: no contract known.</summary>
    public decimal? Arr { get; init; }

    /// <summary>All that the state holds: live ones, and those resolved not long ago, in the order of their types and subjects. Reason and figures are as of <see cref="Position"/>.</summary>
    public IReadOnlyList<AlertView> Alerts { get; init; } = [];

    /// <summary>Of the last record that changed the row.</summary>
    public required long Position { get; init; }

    public int ProductsAdopted => System.Numerics.BitOperations.PopCount(Adopted & Entitled);

    public int ProductsEntitled => System.Numerics.BitOperations.PopCount(Entitled);
}
