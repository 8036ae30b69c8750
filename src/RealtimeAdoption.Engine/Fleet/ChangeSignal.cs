namespace RealtimeAdoption.Engine.Fleet;

/// <summary>Guards a state by a lock, numbers its changes, and wakes those who wait for the next one. Thread-safe.</summary>
public sealed class ChangeSignal
{
    private readonly Lock gate = new();
    private TaskCompletionSource changed = New();
    private long version;

    /// <summary>Changes the state under the lock; then wakes who waits.</summary>
    public void Tell(Action change)
    {
        ArgumentNullException.ThrowIfNull(change);
        TaskCompletionSource told;
        lock (gate)
        {
            change();
            version++;
            told = changed;
            changed = New();
        }

        told.SetResult();
    }

    /// <summary>What is read of the state under the lock, given the number of its last change. Wakes nobody.</summary>
    public T Under<T>(Func<long, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        lock (gate) return read(version);
    }

    /// <summary>Completes when the state has changed since the given number.</summary>
    public Task ChangedAsync(long sinceVersion, CancellationToken cancellationToken = default)
    {
        lock (gate) return version != sinceVersion ? Task.CompletedTask : changed.Task.WaitAsync(cancellationToken);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
