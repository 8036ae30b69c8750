namespace RealtimeAdoption.Silo.Partitions;

/// <summary>When a partition's owner stores, rebuilds and waits.</summary>
public sealed class OwnerOptions
{
    /// <summary>A checkpoint is due after so many records. Default 100,000, range 1 to 100,000,000.</summary>
    public long CheckpointRecords { get; set; } = 100_000;

    /// <summary>Or after so long with any. Seconds, default 10, range 1 to 3,600.</summary>
    public int CheckpointSeconds { get; set; } = 10;

    /// <summary>Accounts are rebuilt once no historic record has come for so long. Milliseconds, default 500, range 0 to 600,000.</summary>
    public int RebuildQuietMs { get; set; } = 500;

    /// <summary>An account's grain that has not answered for so long is done without. Milliseconds, default 5,000, range 100 to 600,000.</summary>
    public int AnswerMsMax { get; set; } = 5_000;

    /// <summary>Bytes of records that wait for the batch before them, beyond which the stream waits too. Default 8 MiB, range 1 to 1 GiB.</summary>
    public long WaitingBytesMax { get; set; } = 8L << 20;

    /// <summary>How often it looks at the clock and at what is due. Milliseconds, default 200, range 10 to 60,000.</summary>
    public int PulseMs { get; set; } = 200;
}
