namespace RealtimeAdoption.Embedded;

/// <summary>
/// A few threads of their own for long work that must not hold the thread pool: checkpoints, rebuilds. Its queue is bounded by those who post: a lane
/// has at most one checkpoint and one pass of each partition under way.
/// </summary>
internal sealed class BackgroundThreads : IDisposable
{
    private readonly Lock gate = new();
    private readonly Queue<Action> waiting = new();
    private readonly SemaphoreSlim count = new(0);
    private readonly Thread[] threads;
    private bool isStopping;

    public BackgroundThreads(string name, int number, ThreadPriority priority)
    {
        threads = new Thread[number];
        for (var i = 0; i < number; i++)
        {
            threads[i] = new Thread(Run) { Name = $"{name} {i}", IsBackground = true, Priority = priority };
            threads[i].Start();
        }
    }

    /// <param name="work">Must not throw.</param>
    public void Post(Action work)
    {
        lock (gate)
        {
            if (isStopping) return;
            waiting.Enqueue(work);
        }

        count.Release();
    }

    /// <summary>Waits for what is under way; what waits is dropped. Once is enough.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (isStopping) return;
            isStopping = true;
            waiting.Clear();
        }

        count.Release(threads.Length);
        foreach (var thread in threads) thread.Join();
        count.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            count.Wait();
            Action? work;
            lock (gate)
            {
                if (isStopping) return;
                waiting.TryDequeue(out work);
            }

            work?.Invoke();
        }
    }
}
