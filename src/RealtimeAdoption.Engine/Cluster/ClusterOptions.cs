namespace RealtimeAdoption.Engine.Cluster;

/// <summary>Bounds of a partition with remote accounts.</summary>
public sealed class ClusterOptions
{
    /// <summary>Records in one batch. 1 to 1,000,000, default 5,000.</summary>
    public int BatchRecordsMax { get; set; } = 5_000;

    /// <summary>An account with fewer records in a batch is not activated for them. 1 to 1,000,000, default 1.</summary>
    public int ActivateFrom { get; set; } = 1;

    /// <summary>
    /// Bytes of records that a partition keeps because an account elsewhere has them and nobody else; beyond it all accounts are flushed before the next batch. 0 to 1 GiB, default 4 MiB.
    /// </summary>
    public long UnflushedBytesMax { get; set; } = 4L << 20;

    /// <summary>Every bound that is out of its range, one sentence each.</summary>
    public IEnumerable<string> Errors()
    {
        if (BatchRecordsMax is < 1 or > 1_000_000) yield return $"BatchRecordsMax is {BatchRecordsMax}; it must be 1 to 1,000,000.";
        if (ActivateFrom is < 1 or > 1_000_000) yield return $"ActivateFrom is {ActivateFrom}; it must be 1 to 1,000,000.";
        if (UnflushedBytesMax is < 0 or > (1L << 30)) yield return $"UnflushedBytesMax is {UnflushedBytesMax}; it must be 0 to 1 GiB.";
    }
}
