namespace RealtimeAdoption.Storage;

/// <summary>How far each partition's journal is known to reach, and who waits for it to go on. Thread-safe.</summary>
internal sealed class JournalEnds(int partitions)
{
    private readonly Lock gate = new();
    private readonly long[] ends = new long[partitions];
    private readonly TaskCompletionSource?[] moved = new TaskCompletionSource?[partitions];

    public int Partitions => partitions;

    public long this[int partition] => Volatile.Read(ref ends[partition]);

    public long[] ToArray()
    {
        lock (gate) return [.. ends];
    }

    /// <summary>A partition's journal reaches this far, or further. What was known before is never taken back.</summary>
    public void Reach(int partition, long position)
    {
        TaskCompletionSource? waiting;
        lock (gate)
        {
            if ((uint)partition >= (uint)ends.Length || position <= ends[partition]) return;
            Volatile.Write(ref ends[partition], position);
            waiting = moved[partition];
            moved[partition] = null;
        }

        waiting?.TrySetResult();
    }

    /// <summary>Completes when the journal is known to reach beyond a position.</summary>
    public Task BeyondAsync(int partition, long position)
    {
        lock (gate)
        {
            if (ends[partition] > position) return Task.CompletedTask;
            return (moved[partition] ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }
}
