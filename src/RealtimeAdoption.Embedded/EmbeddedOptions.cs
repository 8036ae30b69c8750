using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Embedded;

/// <summary>Bounds and times of the embedded host. Checked at its start, all errors at once.</summary>
public sealed class EmbeddedOptions
{
    /// <summary>Partitions of a new store; an existing one keeps its own number. 1 to 4,096, default 64.</summary>
    public int Partitions { get; set; } = 64;

    /// <summary>Threads that own the partitions. 1 to 64, default: the number of processors. More than partitions make no difference.</summary>
    public int Lanes { get; set; } = Math.Clamp(Environment.ProcessorCount, 1, 64);

    /// <summary>Bytes of drafts that are taken and not answered yet; beyond it a batch is refused as overloaded. 1 MiB to 16 GiB, default 64 MiB.</summary>
    public long BytesInFlightMax { get; set; } = 64L << 20;

    /// <summary>Drafts that are taken and not answered yet; beyond it a batch is refused as overloaded. 1,000 to 100,000,000, default 1,000,000.</summary>
    public int EventsInFlightMax { get; set; } = 1_000_000;

    /// <summary>What an overloaded answer says, in seconds. 1 to 3,600, default 1.</summary>
    public int RetryAfterSeconds { get; set; } = 1;

    /// <summary>A partition is checkpointed when so many records have been applied since the last time. 1,000 to 100,000,000, default 200,000.</summary>
    public int CheckpointRecords { get; set; } = 200_000;

    /// <summary>A partition is checkpointed when its first record since the last time is so old, in seconds. 1 to 3,600, default 15.</summary>
    public int CheckpointSeconds { get; set; } = 15;

    /// <summary>Checkpoints on their way to the store at one time. 1 to 64, default 2.</summary>
    public int CheckpointsInFlightMax { get; set; } = 2;

    /// <summary>
    /// Bytes of memory that may wait for a checkpoint to take them (changes, ids) while none can be stored; beyond it a batch is refused as unavailable until one can be.
    /// 1 MiB to 1 TiB, default 1 GiB: a million active accounts make some 150 MiB at midnight, and ids of all 64 partitions some 200 MiB between two checkpoints.
    /// </summary>
    public long UnpersistedBytesMax { get; set; } = 1L << 30;

    /// <summary>A rebuild starts when a partition has seen no historic record for so long, in milliseconds. 0 to 60,000, default 250.</summary>
    public int RebuildQuietMs { get; set; } = 250;

    /// <summary>
    /// A rebuild starts at the latest so long after an account was marked, in milliseconds, or after four times as long as the last pass took: an endless
    /// import is not read from the start again and again. 0 to 3,600,000, default 2,000.
    /// </summary>
    public int RebuildAgeMsMax { get; set; } = 2_000;

    /// <summary>Threads that read history and rebuild accounts, and partitions that are brought to a new model at a time. 1 to 64, default: half the processors.</summary>
    public int RebuildWorkers { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 64);

    /// <summary>Accounts that a preview lists; of more the first in its order are listed, the others counted. 100 to 10,000,000, default 100,000.</summary>
    public int PreviewMovesMax { get; set; } = 100_000;

    /// <summary>Under load the fleet is published so often, in milliseconds. 1 to 1,000, default 5.</summary>
    public int PublishMs { get; set; } = 5;

    /// <summary>How long a stop waits for requests in flight, in seconds. 0 to 600, default 30.</summary>
    public int StopSecondsMax { get; set; } = 30;

    /// <summary>
    /// Memory for the ids of messages of the last days, over all partitions and however many there are; beyond it they lie in scratch. 1 MiB to 1 TiB, but at least 512 KiB for each partition; default 512 MiB.
    /// </summary>
    public long IdBytesMax { get; set; } = IdRoom.DefaultBytes;

    /// <summary>The folder for scratch, on a local disk. Empty (the default): the system's folder for large temporary files, <c>/var/tmp</c> where there is one.</summary>
    public string IdScratchPath { get; set; } = "";

    /// <summary>Bounds of each partition's work.</summary>
    public PartitionOptions Partition { get; set; } = new();

    /// <summary><see cref="IdScratchPath"/>, or what stands for it. Not <c>/tmp</c>, which is memory on many systems.</summary>
    public string ScratchFolder() => IdScratchPath.Length > 0 ? IdScratchPath : Directory.Exists("/var/tmp") ? "/var/tmp" : Path.GetTempPath();

    /// <summary>Every option that is out of its range, one sentence each.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        Check(nameof(Partitions), Partitions, 1, 4096);
        Check(nameof(Lanes), Lanes, 1, 64);
        Check(nameof(BytesInFlightMax), BytesInFlightMax, 1L << 20, 16L << 30);
        Check(nameof(EventsInFlightMax), EventsInFlightMax, 1_000, 100_000_000);
        Check(nameof(RetryAfterSeconds), RetryAfterSeconds, 1, 3_600);
        Check(nameof(CheckpointRecords), CheckpointRecords, 1_000, 100_000_000);
        Check(nameof(CheckpointSeconds), CheckpointSeconds, 1, 3_600);
        Check(nameof(CheckpointsInFlightMax), CheckpointsInFlightMax, 1, 64);
        Check(nameof(UnpersistedBytesMax), UnpersistedBytesMax, 1L << 20, 1L << 40);
        Check(nameof(RebuildQuietMs), RebuildQuietMs, 0, 60_000);
        Check(nameof(RebuildAgeMsMax), RebuildAgeMsMax, 0, 3_600_000);
        Check(nameof(RebuildWorkers), RebuildWorkers, 1, 64);
        Check(nameof(IdBytesMax), IdBytesMax, 1L << 20, 1L << 40);
        Check(nameof(PreviewMovesMax), PreviewMovesMax, 100, 10_000_000);
        Check(nameof(PublishMs), PublishMs, 1, 1_000);
        Check(nameof(StopSecondsMax), StopSecondsMax, 0, 600);
        errors.AddRange(Partition.Errors().Select(error => $"{nameof(Partition)}:{error}"));
        return errors;

        void Check(string name, long value, long least, long greatest)
        {
            if (value < least || value > greatest) errors.Add($"{name} is {value}; it must be {least} to {greatest}.");
        }
    }
}
