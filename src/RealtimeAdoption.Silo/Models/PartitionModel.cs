using Orleans.Concurrency;

namespace RealtimeAdoption.Silo.Models;

/// <summary>The model that a partition lives by, and how far it is with the next one.</summary>
/// <param name="Model">Hash of the text of its model; 0: it has none yet.</param>
/// <param name="Generation">Of its model.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="BegunAtMs">Receipt of the record that began it; 0: the store's first.</param>
/// <param name="Applied">Position of the last record applied.</param>
/// <param name="Next">Null: no activation has begun in it.</param>
/// <param name="Trouble">Null: its history can be read.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.PartitionModel")]
public sealed record PartitionModel(
    [property: Id(0)] ulong Model, [property: Id(1)] int Generation, [property: Id(2)] string By, [property: Id(3)] long BegunAtMs, [property: Id(4)] long Applied, [property: Id(5)] NextModel? Next,
    [property: Id(6)] UnreadHistory? Trouble);

/// <summary>A model whose activation has begun in a partition's journal, and is not swapped in yet.</summary>
/// <param name="Text">Of the model file.</param>
/// <param name="Generation">Of the model.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="BegunAtMs">Receipt of the record that began it.</param>
/// <param name="RecordsRead">So far.</param>
/// <param name="RecordsInAll">To read, as far as is known.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.NextModel")]
public sealed record NextModel(
    [property: Id(0)] string Text, [property: Id(1)] int Generation, [property: Id(2)] string By, [property: Id(3)] long BegunAtMs, [property: Id(4)] long RecordsRead, [property: Id(5)] long RecordsInAll);

/// <summary>The history of a partition cannot be read for an activation.</summary>
/// <param name="SinceMs">By the clock.</param>
/// <param name="Reason">What the last try found.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.UnreadHistory")]
public sealed record UnreadHistory([property: Id(0)] long SinceMs, [property: Id(1)] string Reason);
