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
    public required int Stage { get; init; }
    public required DateOnly StageSince { get; init; }

    /// <summary>Bit i: product i is adopted (entitled or not).</summary>
    public required ulong Adopted { get; init; }

    /// <summary>Bit i: product i is covered today.</summary>
    public required ulong Entitled { get; init; }
    public required bool Rebuilding { get; init; }
    public DateOnly? LastActivityOn { get; init; }

    /// <summary>Of the last record that changed the row.</summary>
    public required long Position { get; init; }

    public int ProductsAdopted => System.Numerics.BitOperations.PopCount(Adopted & Entitled);

    public int ProductsEntitled => System.Numerics.BitOperations.PopCount(Entitled);
}
