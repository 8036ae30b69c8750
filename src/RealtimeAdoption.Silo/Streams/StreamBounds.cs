namespace RealtimeAdoption.Silo.Streams;

/// <summary>How much of a partition's journal is read at once and kept in memory on its way to the partition.</summary>
public sealed class StreamBounds
{
    /// <summary>Segments that one read gives at most. Default 64, range 1 to 10,000.</summary>
    public int SegmentsAtOnce { get; set; } = 64;

    /// <summary>Bytes of records after which a read ends. Default 2 MiB, range 1 to 32 MiB: it is one message.</summary>
    public long BytesAtOnce { get; set; } = 2 << 20;

    /// <summary>Bytes of records read and not delivered, beyond which nothing more is read. Default 8 MiB, range 1 to 1 GiB.</summary>
    public long KeptBytesMax { get; set; } = 8 << 20;

    /// <summary>
    /// How soon one read follows another that came to the end: what is appended meanwhile comes in one batch. After quiet it comes at once. Milliseconds, default 50, range 0 to 1,000.
    /// </summary>
    public int PaceMs { get; set; } = 50;

    /// <summary>How long a read waits for the journal to go on. Default 10,000, range 1 to 600,000.</summary>
    public int WaitMs { get; set; } = 10_000;

    /// <summary>Every bound that is out of its range, one sentence each.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        Check(nameof(SegmentsAtOnce), SegmentsAtOnce, 1, 10_000);
        Check(nameof(BytesAtOnce), BytesAtOnce, 1, 32 << 20);
        Check(nameof(KeptBytesMax), KeptBytesMax, 1, 1L << 30);
        Check(nameof(PaceMs), PaceMs, 0, 1_000);
        Check(nameof(WaitMs), WaitMs, 1, 600_000);
        return errors;

        void Check(string name, long value, long least, long greatest)
        {
            if (value < least || value > greatest) errors.Add($"{name} is {value}; it must be {least} to {greatest}.");
        }
    }
}
