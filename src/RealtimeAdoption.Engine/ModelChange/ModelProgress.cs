namespace RealtimeAdoption.Engine.ModelChange;

/// <summary>How far a preview, an activation or a verification has come. Only ever forward, but for <see cref="RecordsInAll"/>, which grows where a partition's history must be read in more than one pass.</summary>
/// <param name="Partitions">Partitions that are done: compared, or swapped.</param>
/// <param name="PartitionsInAll">Of the store.</param>
/// <param name="Records">Journal records read so far.</param>
/// <param name="RecordsInAll">Journal records to read, as far as is known.</param>
public readonly record struct ModelProgress(int Partitions, int PartitionsInAll, long Records, long RecordsInAll);
