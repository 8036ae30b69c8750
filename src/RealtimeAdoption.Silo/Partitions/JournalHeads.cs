using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>Where the journal ends, for many who ask at once: those who ask while it is being read share the next reading. Thread-safe.</summary>
/// <param name="journal">Open.</param>
public sealed class JournalHeads(ISharedJournal journal)
{
    private readonly Lock gate = new();
    private Task<long[]> running = Task.FromResult<long[]>([]);
    private Task<long[]>? next;

    /// <summary>By partition, as of a moment after the call.</summary>
    /// <exception cref="JournalException">They cannot be read.</exception>
    public Task<long[]> NowAsync()
    {
        lock (gate)
        {
            if (next is not null) return next;
            return running.IsCompleted ? running = journal.HeadsAsync(CancellationToken.None).AsTask() : next = ReadAfterAsync(running);
        }
    }

    private async Task<long[]> ReadAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (gate) (running, next) = (next!, null);
        return await journal.HeadsAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
