namespace RealtimeAdoption.Storage.Postgres;

/// <summary>Where a partition's journal ends: all that is needed to append to it.</summary>
/// <param name="Partition">0 and up.</param>
/// <param name="Position">Of its last record; 0: it is empty.</param>
/// <param name="ReceivedAtMs">Receipt of that record, Unix ms; 0: it is empty.</param>
public readonly record struct JournalEnd(int Partition, long Position, long ReceivedAtMs);

/// <summary>What is appended comes from a partition's owner, and is refused where the partition has a later one (<see cref="Engine.Snapshots.ISnapshots.AcquireAsync"/>).</summary>
public readonly record struct AppendFence(int Partition, long Epoch);
