namespace RealtimeAdoption.Server.Tests;

/// <summary>Who waits for what a load has come to. Thread-safe, where its owner counts under <see cref="Gate"/>.</summary>
internal sealed class Milestones
{
    private readonly List<(Func<bool> IsReached, TaskCompletionSource Reached)> waiting = [];

    public Lock Gate { get; } = new();

    /// <summary>Asked under the lock, now and after each <see cref="Look"/>.</summary>
    public Task WhenAsync(Func<bool> isReached)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            if (isReached()) reached.SetResult();
            waiting.Add((isReached, reached));
        }

        return reached.Task;
    }

    /// <summary>Under the lock: counts have changed.</summary>
    public void Look()
    {
        foreach (var (isReached, reached) in waiting)
        {
            if (isReached()) reached.TrySetResult();
        }
    }
}
