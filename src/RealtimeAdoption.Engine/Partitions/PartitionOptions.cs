namespace RealtimeAdoption.Engine.Partitions;

/// <summary>Bounds of one partition's work. The defaults suit 1 M accounts over 64 partitions.</summary>
public sealed class PartitionOptions
{
    /// <summary>Accounts in one rebuild pass; the rest wait for the next one. 1 to 1,000,000, default 20,000.</summary>
    public int RebuildAccountsMax { get; set; } = 20_000;

    /// <summary>
    /// Bytes of history that one pass holds; beyond it the pass gives accounts back to the next one, down to a single account, which is
    /// always rebuilt. 1 MiB to 16 GiB, default 256 MiB.
    /// </summary>
    public long RebuildBytesMax { get; set; } = 256L << 20;

    /// <summary>
    /// Bytes of records that may be waiting, in memory, when all accounts swap to a new model; with more of them another stretch of history is read first. 0 to 1 GiB, default 1 MiB.
    /// </summary>
    public long ActivationTailBytesMax { get; set; } = 1L << 20;

    /// <summary>
    /// Records that may be in quarantine. With more, an account that breaks stays stopped. 0 to 1,000,000, default 1,000.
    /// </summary>
    public int QuarantinedMax { get; set; } = 1_000;

    internal PlantedFault Planted { get; set; }

    /// <summary>Every bound that is out of its range, one sentence each.</summary>
    public IEnumerable<string> Errors()
    {
        if (RebuildAccountsMax is < 1 or > 1_000_000) yield return $"RebuildAccountsMax is {RebuildAccountsMax}; it must be 1 to 1,000,000.";
        if (RebuildBytesMax is < (1L << 20) or > (16L << 30)) yield return $"RebuildBytesMax is {RebuildBytesMax}; it must be 1 MiB to 16 GiB.";
        if (QuarantinedMax is < 0 or > 1_000_000) yield return $"QuarantinedMax is {QuarantinedMax}; it must be 0 to 1,000,000.";
        if (ActivationTailBytesMax is < 0 or > (1L << 30)) yield return $"ActivationTailBytesMax is {ActivationTailBytesMax}; it must be 0 to 1 GiB.";
    }
}
