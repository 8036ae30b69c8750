using Orleans.Streams;

namespace RealtimeAdoption.Silo.Streams;

/// <summary>A consumer's place in a partition's queue: a position, and nothing that could be evicted.</summary>
/// <param name="queue">Whose.</param>
/// <param name="after">The batch that holds the next position comes first.</param>
/// <param name="before">What comes before that; null: nothing.</param>
internal sealed class PartitionCursor(PartitionQueue queue, long after, JournalBatch? before) : IQueueCacheCursor
{
    private JournalBatch? before = before;
    private JournalBatch? current;

    /// <summary>Everything up to here has been delivered: what <see cref="GetCurrent"/> gives now has not.</summary>
    public long Delivered { get; private set; } = after;

    public IBatchContainer? GetCurrent(out Exception? exception)
    {
        exception = null;
        return current;
    }

    public bool MoveNext()
    {
        if (current is not null) Delivered = current.LastPosition;
        (current, before) = (before ?? queue.Next(Delivered), null);
        return current is not null;
    }

    /// <summary>Its place does not depend on what has come.</summary>
    public void Refresh(StreamSequenceToken token)
    {
    }

    /// <summary>It comes again.</summary>
    public void RecordDeliveryFailure() => current = null;

    public void Dispose() => queue.Forget(this);
}
