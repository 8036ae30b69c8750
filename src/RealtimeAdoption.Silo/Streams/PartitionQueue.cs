using Orleans.Runtime;
using Orleans.Streams;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Silo.Streams;

/// <summary>
/// One partition's journal as a queue: receiver and cache in one. What it has read and not delivered is kept, up to a bound; where its consumer wants what it has no more, it reads the journal again from there. So nothing can be
/// missed: there is only the journal, and a place in it. Waits inside of a read until the journal goes on. Called by one pulling agent, whose turns may interleave.
/// <para>Tried by others and seen to lose: a cache beside the receiver, which drops what a slow consumer has not had.</para>
/// </summary>
public sealed class PartitionQueue : IQueueAdapterReceiver, IQueueCache
{
    private readonly Lock gate = new();
    private readonly ISharedJournal journal;
    private readonly StreamBounds bounds;
    private readonly int partition;
    private readonly LinkedList<JournalBatch> kept = new();
    private readonly HashSet<PartitionCursor> cursors = [];
    private TaskCompletionSource wentBack = NewSignal();
    private long keptBytes;
    // What is kept ends here; what is read next begins behind it.
    private long through;
    // One more with each going back: what was being read meanwhile is of no use any more.
    private int reading;
    private bool isBegun;
    // Environment.TickCount64 from which on the next read may be.
    private long nextReadMs;

    public PartitionQueue(int partition, ISharedJournal journal, StreamBounds bounds)
    {
        this.partition = partition;
        this.journal = journal;
        this.bounds = bounds;
    }

    /// <summary>Begins with the journal's last segment, so that the partition's owner is called at once and says where it wants to go on.</summary>
    public async Task Initialize(TimeSpan timeout)
    {
        var heads = await journal.HeadsAsync(CancellationToken.None);
        lock (gate)
        {
            if (!isBegun) through = Math.Max(0, heads[partition] - 1);
            isBegun = true;
        }
    }

    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount, CancellationToken cancellationToken)
    {
        if (!isBegun) await Initialize(Timeout.InfiniteTimeSpan);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(bounds.WaitMs);
        while (!patience.IsCancellationRequested)
        {
            var (from, reader, dueMs, goneBack) = Place();
            var beyond = journal.BeyondAsync(partition, from, patience.Token);
            await Task.WhenAny(beyond, goneBack);
            if (!beyond.IsCompletedSuccessfully) continue;
            var waitMs = dueMs - Environment.TickCount64;
            if (waitMs > 0) await Task.WhenAny(Task.Delay((int)waitMs, patience.Token), goneBack);
            if (cancellationToken.IsCancellationRequested || !IsOf(reader)) continue;
            try
            {
                var (batches, isAll) = await ReadAsync(from, cancellationToken);
                if (Paced(reader, isAll && batches.Count > 0)) return batches;
            }
            catch (JournalDamagedException)
            {
                // Its owner tells what is damaged; here there is nothing to be brought.
                await Task.Delay(Timeout.Infinite, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }

        return [];
    }

    [Obsolete("The agent calls the one with a token.")]
    public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount) => GetQueueMessagesAsync(maxCount, CancellationToken.None);

    /// <summary>The journal keeps everything.</summary>
    [Obsolete("The agent calls the one with a token.")]
    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task Shutdown(TimeSpan timeout)
    {
        lock (gate)
        {
            kept.Clear();
            keptBytes = 0;
        }

        return Task.CompletedTask;
    }

    // The cache.

    public int GetMaxAddCount() => bounds.SegmentsAtOnce;

    public void AddToCache(IList<IBatchContainer> messages)
    {
        lock (gate)
        {
            foreach (var batch in messages.OfType<JournalBatch>())
            {
                // Read before the consumer went back.
                if (batch.FirstPosition > through + 1 || batch.LastPosition <= through) continue;
                kept.AddLast(batch);
                keptBytes += batch.Records.Length;
                through = batch.LastPosition;
            }
        }
    }

    public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        purgedItems = [];
        lock (gate)
        {
            var needed = Needed();
            while (kept.First is { } first && first.Value.LastPosition <= needed) Drop(first);
        }

        return false;
    }

    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token)
    {
        lock (gate)
        {
            // The batch of the token comes once more: it may have been asked for and not been taken. Or it was, and is passed over; so where the token is in the middle of a batch, one without records comes first.
            var after = token is null ? (kept.First?.Value.FirstPosition ?? through + 1) - 1 : token.SequenceNumber - 1;
            var isInside = token is not null && kept.Any(batch => batch.FirstPosition <= token.SequenceNumber && batch.LastPosition > token.SequenceNumber);
            var cursor = new PartitionCursor(this, after, isInside ? JournalBatch.At(partition, token!.SequenceNumber) : null);
            cursors.Add(cursor);
            return cursor;
        }
    }

    public bool IsUnderPressure()
    {
        lock (gate) return keptBytes > bounds.KeptBytesMax;
    }

    // For cursors.

    /// <summary>The batch that holds the position behind this one; null: it is not read yet. Where it is not kept, the journal is read again from there.</summary>
    internal JournalBatch? Next(long after)
    {
        lock (gate)
        {
            if (after < 0) return JournalBatch.At(partition, 0);
            if (after >= through) return null;
            if (kept.First is null || kept.First.Value.FirstPosition > after + 1)
            {
                GoBack(after);
                return null;
            }

            for (var node = kept.First; node is not null; node = node.Next)
                if (node.Value.LastPosition > after) return node.Value;
            return null;
        }
    }

    internal void Forget(PartitionCursor cursor)
    {
        lock (gate) cursors.Remove(cursor);
    }

    private void GoBack(long after)
    {
        kept.Clear();
        keptBytes = 0;
        through = after;
        reading++;
        // Not held by the pace of what was read before.
        nextReadMs = 0;
        wentBack.SetResult();
        wentBack = NewSignal();
    }

    private (long From, int Reader, long DueMs, Task GoneBack) Place()
    {
        lock (gate) return (through, reading, nextReadMs, wentBack.Task);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool IsOf(int reader)
    {
        lock (gate) return reader == reading;
    }

    // After a read: false where it is of no use any more. Where there is more in the journal, there is nothing to wait for.
    private bool Paced(int reader, bool isThroughForNow)
    {
        lock (gate)
        {
            if (reader != reading) return false;
            nextReadMs = isThroughForNow ? Environment.TickCount64 + bounds.PaceMs : 0;
            return true;
        }
    }

    // All of it as one batch: what the partition has to do for each is more than for the records in it.
    private async Task<(IList<IBatchContainer> Batches, bool IsAll)> ReadAsync(long after, CancellationToken cancellationToken)
    {
        using var records = new RecordBuffer();
        var (segments, first, count) = (0, 0L, 0);
        var isAll = true;
        await foreach (var segment in journal.ReadOnAsync(partition, after, cancellationToken))
        {
            if (segments++ == 0) first = segment.FirstPosition;
            records.Copy(segment.Records.Span);
            count += segment.Count;
            isAll = segments < bounds.SegmentsAtOnce && records.Length < bounds.BytesAtOnce;
            if (!isAll) break;
        }

        return (count == 0 ? [] : [new JournalBatch(partition, first, count, records.Written.ToArray())], isAll);
    }

    // Without a cursor all of it: the consumer is about to be asked where it wants to begin.
    private long Needed() => cursors.Count == 0 ? long.MinValue : cursors.Min(cursor => cursor.Delivered);

    private void Drop(LinkedListNode<JournalBatch> node)
    {
        keptBytes -= node.Value.Records.Length;
        kept.Remove(node);
    }
}
