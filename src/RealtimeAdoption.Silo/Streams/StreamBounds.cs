namespace RealtimeAdoption.Silo.Streams;

/// <summary>How much of a partition's journal is read at once and kept in memory on its way to the partition.</summary>
public sealed class StreamBounds
{
    /// <summary>Segments that one read gives at most. Default 64, range 1 to 10,000.</summary>
    public int SegmentsAtOnce { get; set; } = 64;

    /// <summary>Bytes of records after which a read ends. Default 2 MiB, range 1 to 1 GiB.</summary>
    public long BytesAtOnce { get; set; } = 2 << 20;

    /// <summary>Bytes of records read and not delivered, beyond which nothing more is read. Default 8 MiB, range 1 to 1 GiB.</summary>
    public long KeptBytesMax { get; set; } = 8 << 20;

    /// <summary>How long a read waits for the journal to go on. Default 10,000, range 1 to 600,000.</summary>
    public int WaitMs { get; set; } = 10_000;
}
