using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// The row of one account as lists and the board show it: made of what the fleet keeps of it when it is asked for. Indices point into the model's stages, segments and products.
/// </summary>
public sealed record AccountSummary
{
    /// <summary>Stands for a segment that is not known, where ids are told.</summary>
    public const string UnknownSegment = "unknown";

    /// <summary>The model whose stages, segments and products the numbers are of: while a model is being activated, rows of two models lie side by side.</summary>
    public required CompiledModel Model { get; init; }
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

    /// <summary>The live ones.</summary>
    public AlertTally Alerts { get; init; }

    /// <summary>Of the last record that changed the row.</summary>
    public required long Position { get; init; }

    public string StageId => Model.Definition.Stages[Stage].Id;

    /// <summary>Or <see cref="UnknownSegment"/>.</summary>
    public string SegmentId => Segment < 0 ? UnknownSegment : Model.Definition.Segments[Segment].Id;

    public int ProductsAdopted => System.Numerics.BitOperations.PopCount(Adopted & Entitled);

    public int ProductsEntitled => System.Numerics.BitOperations.PopCount(Entitled);

    public static AccountSummary Of(AccountCard card, in AccountMark mark, DateOnly? lastActivityOn)
    {
        ArgumentNullException.ThrowIfNull(card);
        return new AccountSummary
        {
            Model = card.Model,
            Account = card.Account,
            Name = card.Name,
            Segment = card.Segment,
            Owner = card.Owner,
            Churned = card.Churned,
            Stage = mark.Stage,
            StageSince = mark.StageSince,
            Band = mark.Band,
            Rebuilding = mark.Rebuilding,
            Adopted = mark.Adopted,
            Entitled = mark.Entitled,
            Arr = mark.Arr,
            Alerts = mark.Alerts,
            LastActivityOn = lastActivityOn,
            Position = mark.Position,
        };
    }
}
