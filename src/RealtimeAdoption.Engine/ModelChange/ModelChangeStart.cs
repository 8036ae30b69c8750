using RealtimeAdoption.ModelFile;

namespace RealtimeAdoption.Engine.ModelChange;

/// <summary>What became of the wish for a preview or an activation.</summary>
public enum ModelChangeOutcome
{
    /// <summary>It is under way.</summary>
    Begun,

    /// <summary>The text is, to the letter, that of the model in force: there is nothing to do. Not of a preview.</summary>
    Unchanged,

    /// <summary>The text is not a valid model; every error is listed.</summary>
    Invalid,

    /// <summary>A preview or an activation is under way, and there is one at a time.</summary>
    Busy,

    /// <summary>The host is not ready, or the store did not take it. Nothing has begun.</summary>
    Unavailable,
}

/// <summary>The answer to the wish for a preview.</summary>
/// <param name="Outcome">Anything but <see cref="ModelChangeOutcome.Unchanged"/>.</param>
/// <param name="Detail">One sentence.</param>
public sealed record PreviewStart(ModelChangeOutcome Outcome, string Detail)
{
    public IReadOnlyList<ModelFileError> Errors { get; init; } = [];

    /// <summary>Version of the model that is previewed; null unless begun.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// Null unless begun. Ends canceled when the given token is, when an activation begins, or when the host stops; fails where the history cannot be read.
    /// </summary>
    public Task<ModelPreview>? Preview { get; init; }
}

/// <summary>The answer to the wish for an activation.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Detail">One sentence.</param>
public sealed record ActivationStart(ModelChangeOutcome Outcome, string Detail)
{
    public IReadOnlyList<ModelFileError> Errors { get; init; } = [];

    /// <summary>Version of the model that is activated; null unless begun.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// Completes when every partition has swapped; null unless begun. Ends canceled when the host stops before that: the next start goes on with it.
    /// </summary>
    public Task? Completion { get; init; }
}
