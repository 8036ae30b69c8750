namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// A partition that keeps no ids (<see cref="IdRoom.Nowhere"/>) has met a record that only they can judge: it must be made again, with room for them.
/// </summary>
public sealed class IdsNeededException(int partition) : InvalidOperationException($"Partition {partition} keeps no ids, and its journal has records that doors of a cluster have appended.");
