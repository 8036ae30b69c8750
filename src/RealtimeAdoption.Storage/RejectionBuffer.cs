using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Intake;

namespace RealtimeAdoption.Storage;

/// <summary>Rejections that wait to be written, at most so many; beyond it the newest are counted, not kept. Thread-safe; one at a time writes.</summary>
internal sealed class RejectionBuffer(int most, ILogger logger)
{
    private const int BatchMost = 1_000;

    private readonly Lock gate = new();
    private readonly Queue<Rejection> waiting = new();
    private long dropped;
    private long droppedTold;
    private bool isFailing;

    /// <summary>How many were counted but not kept, since the start.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    public void Add(Rejection rejection)
    {
        lock (gate)
        {
            if (waiting.Count < most)
            {
                waiting.Enqueue(rejection);
                return;
            }
        }

        Interlocked.Increment(ref dropped);
    }

    /// <summary>The oldest ones; they wait on until they are <see cref="Written"/>.</summary>
    public Rejection[] Next()
    {
        lock (gate) return waiting.Take(BatchMost).ToArray();
    }

    public void Written(Rejection[] batch)
    {
        lock (gate)
        {
            for (var i = 0; i < batch.Length; i++) waiting.Dequeue();
        }
    }

    /// <summary>Everything was written.</summary>
    public void Succeeded()
    {
        isFailing = false;
        var count = Dropped;
        if (count == droppedTold) return;
        logger.LogWarning("{Count} rejections came faster than they could be written and were not kept; {Total} since the start.", count - droppedTold, count);
        droppedTold = count;
    }

    /// <summary>They stay, and are bounded. Said once, not with each attempt.</summary>
    public void Failed(Exception exception)
    {
        if (!isFailing) logger.LogError(exception, "Rejections cannot be written; they wait, and beyond {Buffered} they are counted only.", most);
        isFailing = true;
    }
}
