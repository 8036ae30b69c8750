using System.Runtime.CompilerServices;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Storage;

/// <summary>
/// A journal that one process has alone, for the many in it that append: a silo by itself on SQLite, say. Where the partitions end is known here and asked of nobody; epochs are told by <see cref="LocalSnapshots"/>.
/// </summary>
/// <param name="inner">Not open yet; disposed with this.</param>
public sealed class LocalSharedJournal(IJournal inner) : ISharedJournal
{
    private readonly SemaphoreSlim turn = new(1);
    private JournalEnds? ends;
    private OwnSegments? own;
    private long[] received = [];
    private long[] epochs = [];
    // A commit is under way, or its outcome is not known.
    private volatile bool isUnsure;

    private JournalEnds Ends => ends ?? throw new InvalidOperationException("The journal is not open: call OpenAsync first.");

    /// <inheritdoc/>
    public async ValueTask<StoreIdentity> OpenAsync(int partitionsIfNew, CancellationToken cancellationToken)
    {
        var identity = await inner.OpenAsync(partitionsIfNew, cancellationToken);
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (ends is not null) return identity;
            (received, epochs) = (new long[identity.Partitions], new long[identity.Partitions]);
            var known = new JournalEnds(identity.Partitions);
            await LookAsync(known, cancellationToken);
            (own, ends) = (new OwnSegments(identity.Partitions, OwnSegments.DefaultBytes), known);
            return identity;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long[]> HeadsAsync(CancellationToken cancellationToken)
    {
        var known = Ends;
        if (isUnsure)
        {
            await turn.WaitAsync(cancellationToken);
            try
            {
                if (isUnsure) await LookAsync(known, cancellationToken);
            }
            finally
            {
                turn.Release();
            }
        }

        // Not the inner journal's, which may hold a commit that is not known of here yet: a reading would end before it.
        return known.ToArray();
    }

    /// <inheritdoc/>
    public Task BeyondAsync(int partition, long position, CancellationToken cancellationToken) => Ends.BeyondAsync(partition, position).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public long KnownEnd(int partition) => Ends[partition];

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        if (segments.Count == 0) return;
        await AppendAsync([.. segments.Select(segment => segment.Partition).Distinct()], _ => segments, fence: null, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask AppendAsync(
        IReadOnlyList<int> partitions, Func<IReadOnlyList<JournalEnd>, IReadOnlyList<Segment>> write, AppendFence? fence, CancellationToken cancellationToken)
    {
        var known = Ends;
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (isUnsure) await LookAsync(known, cancellationToken);
            if (fence is { } asked && epochs[asked.Partition] != asked.Epoch)
                throw new FencedException($"Partition {asked.Partition} is at epoch {epochs[asked.Partition]}, this append comes from epoch {asked.Epoch}: it has another owner.");
            if (partitions.Any(partition => (uint)partition >= (uint)known.Partitions)) throw new JournalException($"The journal has partitions 0 to {known.Partitions - 1}; another one was asked for.");
            var segments = write([.. partitions.Order().Select(partition => new JournalEnd(partition, known[partition], received[partition]))]);
            if (segments.Count == 0) return;
            if (segments.FirstOrDefault(segment => !partitions.Contains(segment.Partition)) is { Count: > 0 } stray) throw new JournalException($"A segment is for partition {stray.Partition}, which was not asked for.");
            isUnsure = true;
            // It waits for the disk on the thread that calls it.
            await Task.Run(async () => await inner.CommitAsync(segments, CancellationToken.None), CancellationToken.None);
            own!.Add(segments);
            foreach (var segment in segments)
            {
                received[segment.Partition] = LastReceipt(segment);
                known.Reach(segment.Partition, segment.LastPosition);
            }

            isUnsure = false;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Segment> ReadAsync(int partition, long after, long through, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // As far as it reaches now, however long the reading takes.
        await foreach (var segment in inner.ReadAsync(partition, after, Math.Min(through, Ends[partition]), cancellationToken)) yield return segment;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Segment> ReadOnAsync(int partition, long after, CancellationToken cancellationToken) => own!.ReadOnAsync(this, partition, after, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        turn.Dispose();
    }

    /// <summary>A partition has a new owner: what the one before would still append is refused. Waits for an append of it that is under way.</summary>
    internal async ValueTask OwnAsync(int partition, long epoch)
    {
        await turn.WaitAsync();
        epochs[partition] = epoch;
        turn.Release();
    }

    // At the beginning, and where a commit's outcome is not known.
    private async ValueTask LookAsync(JournalEnds known, CancellationToken cancellationToken)
    {
        var heads = await inner.HeadsAsync(cancellationToken);
        for (var partition = 0; partition < heads.Length; partition++)
        {
            if (heads[partition] <= known[partition]) continue;
            await foreach (var segment in inner.ReadAsync(partition, heads[partition] - 1, heads[partition], cancellationToken)) received[partition] = LastReceipt(segment);
            known.Reach(partition, heads[partition]);
        }

        isUnsure = false;
    }

    private static long LastReceipt(in Segment segment)
    {
        var records = segment.Records.Span;
        var receipt = 0L;
        for (var at = 0; at < records.Length;)
        {
            var record = new Record(records[at..]);
            (receipt, at) = (record.ReceivedAtMs, at + record.Length);
        }

        return receipt;
    }
}
