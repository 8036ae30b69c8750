namespace RealtimeAdoption.Engine.Cluster;

/// <summary>Bounds of a partition with remote accounts.</summary>
public sealed class ClusterOptions
{
    /// <summary>Records in one batch. 1 to 1,000,000, default 5,000.</summary>
    public int BatchRecordsMax { get; set; } = 5_000;

    /// <summary>An account with fewer records in a batch is not activated for them. 1 to 1,000,000, default 1.</summary>
    public int ActivateFrom { get; set; } = 1;

    /// <summary>
    /// Accounts that are called for one batch, those with the most records; the others are computed in place. Batches grow with the load, so that what calls cost does not: few events are each a call, and many are. 1 to 1,000,000, default 4.
    /// </summary>
    public int CallsMax { get; set; } = 4;

    /// <summary>
    /// Bytes of records that a partition keeps because an account elsewhere has them and nobody else; beyond it all accounts are flushed before the next batch. 0 to 1 GiB, default 4 MiB.
    /// </summary>
    public long UnflushedBytesMax { get; set; } = 4L << 20;

    /// <summary>
    /// An account whose state has no more bytes than this gives it back with every answer: nothing is kept for it, and it is asked for nothing when states are stored or looked at. 0 to 1 MiB, default 4 KiB.
    /// </summary>
    public int StateBytesWithAnswer { get; set; } = 4 << 10;

    /// <summary>Every bound that is out of its range, one sentence each.</summary>
    public IEnumerable<string> Errors()
    {
        if (BatchRecordsMax is < 1 or > 1_000_000) yield return $"BatchRecordsMax is {BatchRecordsMax}; it must be 1 to 1,000,000.";
        if (ActivateFrom is < 1 or > 1_000_000) yield return $"ActivateFrom is {ActivateFrom}; it must be 1 to 1,000,000.";
        if (CallsMax is < 1 or > 1_000_000) yield return $"CallsMax is {CallsMax}; it must be 1 to 1,000,000.";
        if (UnflushedBytesMax is < 0 or > (1L << 30)) yield return $"UnflushedBytesMax is {UnflushedBytesMax}; it must be 0 to 1 GiB.";
        if (StateBytesWithAnswer is < 0 or > (1 << 20)) yield return $"StateBytesWithAnswer is {StateBytesWithAnswer}; it must be 0 to 1 MiB.";
    }
}
