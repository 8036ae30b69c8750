using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.ModelFile;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>The partitions that cannot begin in this silo, for what lies in the store: told once each, and tried again now and then. Thread-safe.</summary>
/// <param name="logger">Is told.</param>
public sealed class DamagedPartitions(ILogger logger)
{
    private readonly ConcurrentDictionary<int, string> reasons = new();

    /// <summary>It would be the same again: no owner can begin before somebody has mended the store, or brought another program.</summary>
    public static bool IsLasting(Exception error) => error is JournalDamagedException or SnapshotDamagedException or InvalidDataException or ModelFileException;

    /// <summary>For whoever asks for the partition.</summary>
    public JournalDamagedException Found(int partition, Exception error, TimeSpan again)
    {
        ArgumentNullException.ThrowIfNull(error);
        var isKnown = reasons.TryGetValue(partition, out var before) && before == error.Message;
        reasons[partition] = error.Message;
        if (!isKnown) logger.LogCritical("Partition {Partition} is damaged and has no owner; it is tried again every {Seconds} s: {Reason}", partition, again.TotalSeconds, error.Message);
        return new JournalDamagedException($"Partition {partition} is damaged and has no owner. {error.Message}");
    }

    public void Begun(int partition)
    {
        if (reasons.TryRemove(partition, out _)) logger.LogInformation("Partition {Partition}, which was damaged, has an owner again", partition);
    }
}
