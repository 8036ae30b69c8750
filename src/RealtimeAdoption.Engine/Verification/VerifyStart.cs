using RealtimeAdoption.Engine.ModelChange;

namespace RealtimeAdoption.Engine.Verification;

/// <summary>The answer to the wish for a verification.</summary>
/// <param name="Outcome"><see cref="ModelChangeOutcome.Begun"/>, <see cref="ModelChangeOutcome.Busy"/> or <see cref="ModelChangeOutcome.Unavailable"/>.</param>
/// <param name="Detail">One sentence.</param>
public sealed record VerifyStart(ModelChangeOutcome Outcome, string Detail)
{
    /// <summary>Null unless begun. Ends canceled when the given token is, when a model's activation begins, or when the host stops; fails where the store does not answer.</summary>
    public Task<VerifyReport>? Verification { get; init; }
}
