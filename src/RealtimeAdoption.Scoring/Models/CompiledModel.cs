namespace RealtimeAdoption.Scoring.Models;

/// <summary>A model in the form that the core runs: names hashed, windows laid out, thresholds in fixed point. Immutable, thread-safe.</summary>
public sealed partial class CompiledModel
{
    public CompiledModel(AdoptionModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Definition = model;
    }

    public AdoptionModel Definition { get; }
}
