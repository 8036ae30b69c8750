using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Embedded;

/// <summary>The model that all partitions live by, or that those live by which have not swapped yet.</summary>
/// <param name="Model">Compiled.</param>
/// <param name="Text">As the journal has it.</param>
/// <param name="Generation">0 for the store's first model, one more with each activation.</param>
internal sealed record ModelInForce(CompiledModel Model, string Text, int Generation);
