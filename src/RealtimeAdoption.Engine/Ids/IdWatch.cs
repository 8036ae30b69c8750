using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>What is wrong with the scratch for ids of a process's partitions, for log and readiness, and whether anything more may be taken. Thread-safe.</summary>
/// <param name="logger">Is told what has changed.</param>
public sealed class IdWatch(ILogger logger)
{
    private readonly ConcurrentDictionary<int, (string Reason, bool IsFull)> troubles = [];

    /// <summary>For readiness; null: nothing is wrong.</summary>
    public string? Detail => First(_ => true) is { } reason ? $"Ready; message ids stay in memory beyond Host:IdBytesMax. {reason} It is tried again by itself." : null;

    /// <summary>Why nothing more is taken until scratch can be used; null: it is taken.</summary>
    public string? Refusal => troubles.IsEmpty ? null : First(trouble => trouble.IsFull) is { } reason ? $"There is no room for more message ids. {reason}" : null;

    /// <summary>Some times a second, by the partition's owner: tries again, and tells what has changed.</summary>
    public void Look(Partition partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        if (partition.IdTrouble is not null) partition.RetryIds();
        if (partition.IdTrouble is not { } reason)
        {
            if (!troubles.IsEmpty && troubles.TryRemove(partition.Index, out _)) logger.LogInformation("Message ids of partition {Partition} are in scratch again.", partition.Index);
            return;
        }

        var isKnown = troubles.TryGetValue(partition.Index, out var before);
        var isFull = partition.IsFullOfIds;
        troubles[partition.Index] = (reason, isFull);
        if (!isKnown) logger.LogError("Message ids of partition {Partition} stay in memory beyond their bound: {Reason}", partition.Index, reason);
        if (isFull && !before.IsFull) logger.LogCritical("Memory for the message ids of partition {Partition} is full: nothing more is taken until there is scratch. {Reason}", partition.Index, reason);
    }

    /// <summary>The partition has gone to another process.</summary>
    public void Forget(int partition) => troubles.TryRemove(partition, out _);

    /// <summary>A batch could not be judged.</summary>
    public string Unread(IOException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        logger.LogError(error, "Whether messages are known could not be found out; their batch is refused.");
        return error.Message;
    }

    private string? First(Func<(string Reason, bool IsFull), bool> isMeant)
    {
        foreach (var (_, trouble) in troubles)
        {
            if (isMeant(trouble)) return trouble.Reason;
        }

        return null;
    }
}
