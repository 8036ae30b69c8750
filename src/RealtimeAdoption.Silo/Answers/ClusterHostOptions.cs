using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Answers;

/// <summary>Bounds of what one silo takes and answers.</summary>
public sealed class ClusterHostOptions
{
    /// <summary>Bytes of drafts that this silo has taken and not answered yet; beyond it a batch is refused as overloaded. 1 MiB to 16 GiB, default 64 MiB.</summary>
    public long BytesInFlightMax { get; set; } = 64L << 20;

    /// <summary>Drafts that this silo has taken and not answered yet; beyond it a batch is refused as overloaded. 1,000 to 100,000,000, default 1,000,000.</summary>
    public int EventsInFlightMax { get; set; } = 1_000_000;

    /// <summary>What an overloaded answer says, in seconds. 1 to 3,600, default 1.</summary>
    public int RetryAfterSeconds { get; set; } = 1;

    /// <summary>How long a group message waits for every silo to know its user, in seconds, before it is answered as unavailable. 1 to 600, default 20.</summary>
    public int DirectorySecondsMax { get; set; } = 20;

    /// <summary>Accounts that a preview lists; of more the first in its order are listed, the others counted. 100 to 10,000,000, default 100,000.</summary>
    public int PreviewMovesMax { get; set; } = 100_000;

    /// <summary>Memory of this silo that may wait for checkpoints (changes, ids); beyond it nothing more is taken. 1 MiB to 1 TiB, default 1 GiB.</summary>
    public long UnpersistedBytesMax { get; set; } = UnpersistedWatch.DefaultBytes;

    /// <summary>Every option that is out of its range, one sentence each.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        Check(nameof(BytesInFlightMax), BytesInFlightMax, 1L << 20, 16L << 30);
        Check(nameof(EventsInFlightMax), EventsInFlightMax, 1_000, 100_000_000);
        Check(nameof(RetryAfterSeconds), RetryAfterSeconds, 1, 3_600);
        Check(nameof(DirectorySecondsMax), DirectorySecondsMax, 1, 600);
        Check(nameof(PreviewMovesMax), PreviewMovesMax, 100, 10_000_000);
        Check(nameof(UnpersistedBytesMax), UnpersistedBytesMax, 1L << 20, 1L << 40);
        return errors;

        void Check(string name, long value, long least, long greatest)
        {
            if (value < least || value > greatest) errors.Add($"{name} is {value}; it must be {least} to {greatest}.");
        }
    }
}
