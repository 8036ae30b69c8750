using Orleans.Concurrency;
using RealtimeAdoption.Engine.ModelChange;

namespace RealtimeAdoption.Silo.Models;

/// <summary>The model in force in the cluster, and what is being activated.</summary>
/// <param name="Epoch">Of whoever brings models about; compared for equality only.</param>
/// <param name="Number">Of this news, rising in an epoch.</param>
/// <param name="Generation">0 for the store's first model, one more with each activation.</param>
/// <param name="Text">Of the model file.</param>
/// <param name="Activation">What <see cref="Answers.PageForm"/> reads as an <see cref="ActivationStatus"/>; null: none is under way.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.ModelsNews")]
public sealed record ModelsNews([property: Id(0)] string Epoch, [property: Id(1)] long Number, [property: Id(2)] int Generation, [property: Id(3)] string Text, [property: Id(4)] byte[]? Activation);

/// <summary>What became of the wish for an activation.</summary>
/// <param name="Outcome">As the host answers it.</param>
/// <param name="Detail">One sentence.</param>
/// <param name="Generation">Of the model that is being activated; 0: none is.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.ActivationAnswer")]
public sealed record ActivationAnswer([property: Id(0)] ModelChangeOutcome Outcome, [property: Id(1)] string Detail, [property: Id(2)] int Generation);
