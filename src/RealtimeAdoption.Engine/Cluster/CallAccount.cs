using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>Deliver the call to its account's actor, beside the others that are out. Answer: <see cref="ClusterPartition.Answered"/>, or <see cref="ClusterPartition.CallFailed"/> where there is none, or none in time.</summary>
public sealed record CallAccount(AccountCall Call) : Output;
