using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>How far a partition has come with a model's activation.</summary>
/// <param name="Wish">The model.</param>
/// <param name="Model">Compiled.</param>
/// <param name="BegunAtMs">Receipt of the record that began it.</param>
/// <param name="RecordsRead">So far.</param>
/// <param name="RecordsInAll">To read, as far as is known.</param>
public sealed record PartitionActivation(ModelWish Wish, CompiledModel Model, long BegunAtMs, long RecordsRead, long RecordsInAll);
