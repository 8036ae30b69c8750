using System.Collections.Concurrent;

namespace RealtimeAdoption.TestKit.Crashes;

/// <summary>Senders that post one batch after the other until the server is gone. What is shed is sent again at once. Thread-safe.</summary>
/// <param name="isTaken">Sends a batch; false: it was shed.</param>
/// <param name="next">Makes a batch.</param>
public sealed class CrashLoad(Func<TrafficBatch, byte[], Task<bool>> isTaken, Func<(TrafficBatch Batch, byte[] Body)> next)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<TrafficBatch, bool> open = new();
    private readonly ConcurrentQueue<TrafficBatch> done = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource> waiting = new();
    private volatile bool isDead;

    public int Acknowledged => done.Count;

    public IReadOnlyCollection<TrafficBatch> Done => done;

    /// <summary>Sent and not acknowledged: they may have been taken or not.</summary>
    public IReadOnlyList<TrafficBatch> Open => [.. open.Keys.OrderBy(batch => batch.Number)];

    /// <summary>The server was killed: nothing more is sent.</summary>
    public void End() => isDead = true;

    public Task AcknowledgedAsync(int batches)
    {
        var reached = waiting.GetOrAdd(batches, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Reach();
        return reached.Task;
    }

    public async Task SendAsync()
    {
        while (!isDead)
        {
            var (batch, body) = next();
            open[batch] = true;
            if (!await TryAsync(batch, body)) return;
            done.Enqueue(batch);
            open.TryRemove(batch, out _);
            Reach();
        }
    }

    /// <summary>False: the server is gone.</summary>
    private async Task<bool> TryAsync(TrafficBatch batch, byte[] body)
    {
        while (!isDead)
        {
            try
            {
                if (await isTaken(batch, body)) return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }

            await Task.Delay(Pause);
        }

        return false;
    }

    private void Reach()
    {
        foreach (var (batches, reached) in waiting)
        {
            if (Acknowledged >= batches) reached.TrySetResult();
        }
    }
}
