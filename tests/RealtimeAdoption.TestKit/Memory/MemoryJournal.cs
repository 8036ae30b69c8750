using System.Runtime.CompilerServices;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.TestKit.Memory;

/// <summary>
/// The journal port in memory: gone with the object. Its faults are asked for by a test: a commit that fails before or
/// after it took effect, and one that waits. Thread-safe.
/// </summary>
public sealed class MemoryJournal : IJournal
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim turn = new(1);
    private List<List<Segment>> partitions = [];
    private StoreIdentity? identity;

    /// <summary>The next commits fail: before they took effect (false) or after (true).</summary>
    public Queue<bool> Failures { get; } = new();

    public void FailNext(bool afterItTookEffect)
    {
        lock (gate) Failures.Enqueue(afterItTookEffect);
    }

    /// <summary>Where set, another process is said to have taken it over.</summary>
    public bool IsTakenOver { get; set; }

    /// <summary>Where set, a commit waits for it before it takes effect.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    /// <summary>Where set, this partition's segments cannot be read.</summary>
    public int? Unreadable { get; set; }

    /// <summary>Where set, what is read instead of a segment; it may throw.</summary>
    public Func<Segment, Segment>? ReadAs { get; set; }

    /// <summary>Commits that took effect.</summary>
    public int Commits { get; private set; }

    public ValueTask<StoreIdentity> OpenAsync(int partitionsIfNew, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (identity is null)
            {
                identity = new StoreIdentity(partitionsIfNew, (ulong)Random.Shared.NextInt64() | 1);
                partitions = [.. Enumerable.Range(0, partitionsIfNew).Select(_ => new List<Segment>())];
            }

            return new(identity);
        }
    }

    public ValueTask<long[]> HeadsAsync(CancellationToken cancellationToken)
    {
        if (IsTakenOver) throw new FencedException("The test has taken it over.");
        lock (gate) return new([.. partitions.Select(HeadOf)]);
    }

    public async ValueTask CommitAsync(IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            await Hold;
            Commit(segments);
        }
        finally
        {
            turn.Release();
        }
    }

    private void Commit(IReadOnlyList<Segment> segments)
    {
        lock (gate)
        {
            if (IsTakenOver) throw new FencedException("The test has taken it over.");
            var isFailing = Failures.TryDequeue(out var takesEffect);
            if (isFailing && !takesEffect) throw new JournalException("The test wants this commit to fail.");
            var heads = partitions.Select(HeadOf).ToArray();
            foreach (var segment in segments)
            {
                if (segment.Partition < 0 || segment.Partition >= heads.Length) throw new JournalException($"There is no partition {segment.Partition}.");
                if (segment.FirstPosition != heads[segment.Partition] + 1)
                    throw new JournalException($"Partition {segment.Partition} is at {heads[segment.Partition]}; a segment starts at {segment.FirstPosition}.");
                heads[segment.Partition] = segment.LastPosition;
            }

            foreach (var segment in segments) partitions[segment.Partition].Add(segment with { Records = segment.Records.ToArray() });
            Commits++;
            if (isFailing) throw new JournalException("The test wants this commit to fail after it took effect.");
        }
    }

    public async IAsyncEnumerable<Segment> ReadAsync(int partition, long after, long through, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Segment[] found = [];
        if (partition == Unreadable) throw new JournalException("The test wants this partition not to be read.");
        lock (gate)
        {
            if (partition < 0 || partition >= partitions.Count) throw new JournalException($"There is no partition {partition}.");
            if (through > after) found = [.. partitions[partition].Where(segment => segment.LastPosition > after && segment.FirstPosition <= through)];
        }

        foreach (var segment in found)
        {
            await ValueTask.CompletedTask;
            cancellationToken.ThrowIfCancellationRequested();
            yield return ReadAs is { } other ? other(segment) : segment;
        }
    }

    /// <summary>What is durable at this moment: what a process killed now would find again.</summary>
    public MemoryJournal Image()
    {
        lock (gate) return new MemoryJournal { identity = identity, partitions = [.. partitions.Select(partition => new List<Segment>(partition))] };
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static long HeadOf(List<Segment> partition) => partition.Count == 0 ? 0 : partition[^1].LastPosition;
}
