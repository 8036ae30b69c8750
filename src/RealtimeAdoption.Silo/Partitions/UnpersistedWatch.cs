using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>How much of this silo's memory waits for checkpoints, why it does, and whether so much that nothing more may be taken: the journal goes on without checkpoints, memory does not. Thread-safe.</summary>
/// <param name="bytesMax">Beyond it nothing more is taken.</param>
/// <param name="logger">Is told when that begins and ends.</param>
public sealed class UnpersistedWatch(long bytesMax, ILogger logger)
{
    public const long DefaultBytes = 1L << 30;

    private readonly ConcurrentDictionary<int, long> waiting = [];
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<int, string> troubles = [];
    private volatile string? refusal;

    /// <summary>Why nothing more is taken; null: it is.</summary>
    public string? Refusal => refusal;

    /// <summary>Some times a second, by the partition's owner.</summary>
    public void Look(int partition, long bytes)
    {
        waiting[partition] = bytes;
        Judge();
    }

    /// <summary>The partition's owner is over.</summary>
    public void Forget(int partition)
    {
        troubles.TryRemove(partition, out _);
        if (waiting.TryRemove(partition, out _)) Judge();
    }

    public void Stored(int partition) => troubles.TryRemove(partition, out _);

    public void Failed(int partition, string reason) => troubles[partition] = reason;

    private void Judge()
    {
        lock (gate)
        {
            var all = waiting.Sum(one => one.Value);
            var isTaken = refusal is null;
            refusal = all < bytesMax ? null : string.Create(
                CultureInfo.InvariantCulture, $"{all >> 20} MiB of a silo's memory wait for checkpoints, the most is {bytesMax >> 20} (Host:UnpersistedBytesMax). {troubles.OrderBy(trouble => trouble.Key).Select(trouble => trouble.Value).FirstOrDefault("They do not keep up.")}");
            if (isTaken && refusal is not null) logger.LogError("Nothing more is taken until checkpoints are stored: {Reason}", refusal);
            if (!isTaken && refusal is null) logger.LogInformation("Everything is taken again: {MiB} MiB wait for checkpoints", all >> 20);
        }
    }
}
