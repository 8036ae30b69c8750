namespace RealtimeAdoption.Storage;

/// <summary>Where data lies and how much of it is kept. The section <c>Storage</c> of the configuration.</summary>
public sealed class StorageOptions
{
    /// <summary>The folder of the SQLite files; made where there is none. Default <c>./data</c>.</summary>
    public string Path { get; set; } = "./data";

    /// <summary>Once the journal's write-ahead log has grown by this many MiB it is copied into the journal's file, in the background. Default 16, range 1 to 1,024.</summary>
    public int CheckpointMiB { get; set; } = 16;

    /// <summary>How many rejections are kept; the oldest go first. Default 10,000, range 1 to 10,000,000.</summary>
    public int RejectionsKept { get; set; } = 10_000;

    /// <summary>How many rejections may wait to be written; beyond it they are counted, not kept. Default 10,000, range 1 to 1,000,000.</summary>
    public int RejectionsBuffered { get; set; } = 10_000;

    /// <summary>Everything that is wrong, each with what would be right; empty: nothing.</summary>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (string.IsNullOrWhiteSpace(Path)) errors.Add("Storage:Path is empty; it must name a folder.");
        Range(nameof(CheckpointMiB), CheckpointMiB, 1, 1_024);
        Range(nameof(RejectionsKept), RejectionsKept, 1, 10_000_000);
        Range(nameof(RejectionsBuffered), RejectionsBuffered, 1, 1_000_000);
        return errors;

        void Range(string name, int value, int least, int most)
        {
            if (value < least || value > most) errors.Add($"Storage:{name} is {value}; it must be between {least} and {most}.");
        }
    }
}
