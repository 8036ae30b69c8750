using RealtimeAdoption.Engine.ModelChange;

namespace RealtimeAdoption.Embedded;

// Preview and activation of models.
public sealed partial class EmbeddedHost
{
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public string ModelText => House.ModelText;

    public ActivationStatus? Activation => null;

    public PreviewStart PreviewModel(string text, IProgress<ModelProgress>? progress, CancellationToken cancellationToken) =>
        new(ModelChangeOutcome.Unavailable, "Models cannot be previewed yet.");

    public ValueTask<ActivationStart> ActivateModelAsync(string text, string by, CancellationToken cancellationToken) =>
        new(new ActivationStart(ModelChangeOutcome.Unavailable, "Models cannot be activated yet."));
}
