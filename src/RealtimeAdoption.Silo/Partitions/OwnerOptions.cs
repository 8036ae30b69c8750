namespace RealtimeAdoption.Silo.Partitions;

/// <summary>When a partition's owner stores, rebuilds and waits.</summary>
public sealed class OwnerOptions
{
    /// <summary>A checkpoint is due after so many records. Default 100,000, range 1 to 100,000,000.</summary>
    public long CheckpointRecords { get; set; } = 100_000;

    /// <summary>Or after so long with any. Seconds, default 15, range 1 to 3,600.</summary>
    public int CheckpointSeconds { get; set; } = 15;

    /// <summary>Accounts are rebuilt once no historic record has come for so long. Milliseconds, default 500, range 0 to 600,000.</summary>
    public int RebuildQuietMs { get; set; } = 500;

    /// <summary>
    /// Calls of account grains that all partitions of a silo make in a second; beyond it a batch is computed by its partition. Default 2,000, range 0 to 100,000,000.
    /// </summary>
    public int CallsPerSecondMax { get; set; } = 2_000;

    /// <summary>Accounts' grains of a batch that have not answered for so long are done without. Milliseconds, default 5,000, range 100 to 600,000.</summary>
    public int AnswerMsMax { get; set; } = 5_000;

    /// <summary>Bytes of records that wait for the batch before them, beyond which the stream waits too. Default 8 MiB, range 1 to 1 GiB.</summary>
    public long WaitingBytesMax { get; set; } = 8L << 20;

    /// <summary>How often it looks at the clock and at what is due. Milliseconds, default 200, range 10 to 60,000.</summary>
    public int PulseMs { get; set; } = 200;

    /// <summary>Partitions go to where they belong once the cluster's silos have been the same for so long. Seconds, default 15, range 0 to 86,400.</summary>
    public int MoveAfterSeconds { get; set; } = 15;

    /// <summary>Every option that is out of its range, one sentence each.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        Check(nameof(CheckpointRecords), CheckpointRecords, 1, 100_000_000);
        Check(nameof(CheckpointSeconds), CheckpointSeconds, 1, 3_600);
        Check(nameof(RebuildQuietMs), RebuildQuietMs, 0, 600_000);
        Check(nameof(CallsPerSecondMax), CallsPerSecondMax, 0, 100_000_000);
        Check(nameof(AnswerMsMax), AnswerMsMax, 100, 600_000);
        Check(nameof(WaitingBytesMax), WaitingBytesMax, 1, 1L << 30);
        Check(nameof(PulseMs), PulseMs, 10, 60_000);
        Check(nameof(MoveAfterSeconds), MoveAfterSeconds, 0, 86_400);
        return errors;

        void Check(string name, long value, long least, long greatest)
        {
            if (value < least || value > greatest) errors.Add($"{name} is {value}; it must be {least} to {greatest}.");
        }
    }
}
