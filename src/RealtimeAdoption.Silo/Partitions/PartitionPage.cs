using Orleans.Concurrency;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>A partition's part of an answer.</summary>
/// <param name="Partition">0 and up.</param>
/// <param name="Model">Hash of the text of the model that its rows are of; 0: it has none yet, and no row.</param>
/// <param name="Form">What <see cref="Answers.PageForm"/> reads.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.PartitionPage")]
public sealed record PartitionPage([property: Id(0)] int Partition, [property: Id(1)] ulong Model, [property: Id(2)] byte[] Form);
