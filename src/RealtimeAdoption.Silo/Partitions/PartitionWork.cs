using Orleans.Concurrency;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>A partition's part of a preview or a verification.</summary>
/// <param name="Records">Read so far.</param>
/// <param name="Form">What <see cref="Answers.PageForm"/> reads; null: it is not done.</param>
/// <param name="Failure">Why it cannot be done; null: nothing is wrong.</param>
/// <param name="IsCanceled">It has been ended: the partition changes its model.</param>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.PartitionWork")]
public sealed record PartitionWork([property: Id(0)] long Records, [property: Id(1)] byte[]? Form, [property: Id(2)] string? Failure, [property: Id(3)] bool IsCanceled);
