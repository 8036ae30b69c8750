namespace RealtimeAdoption.Engine.Intake;

/// <summary>Bounds what is in flight, so that overload costs refusals and not memory. Thread-safe.</summary>
/// <param name="bytesMax">Bytes of drafts that are taken and not answered yet.</param>
/// <param name="eventsMax">Drafts that are taken and not answered yet.</param>
/// <param name="retryAfter">What a refusal says.</param>
public sealed class Admission(long bytesMax, long eventsMax, TimeSpan retryAfter)
{
    private long bytesInFlight;
    private long eventsInFlight;
    private TaskCompletionSource? empty;

    public long EventsInFlight => Interlocked.Read(ref eventsInFlight);

    /// <summary>A batch that is alone is always taken, however large: the doors bound a request.</summary>
    public bool TryEnter(long bytes, int events)
    {
        var bytesNow = Interlocked.Add(ref bytesInFlight, bytes);
        var eventsNow = Interlocked.Add(ref eventsInFlight, events);
        if ((bytesNow <= bytesMax && eventsNow <= eventsMax) || eventsNow == events) return true;
        Leave(bytes, events);
        return false;
    }

    public void Leave(long bytes, int events)
    {
        Interlocked.Add(ref bytesInFlight, -bytes);
        if (Interlocked.Add(ref eventsInFlight, -events) == 0) Volatile.Read(ref empty)?.TrySetResult();
    }

    /// <summary>Completes when nothing is in flight. Asked for once, when nothing more is let in.</summary>
    public Task EmptyAsync()
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref empty, waiting);
        if (EventsInFlight == 0) waiting.TrySetResult();
        return waiting.Task;
    }

    public IntakeAnswer Overloaded() => new(IntakeStatus.Overloaded, retryAfter, "Too much is in flight.");

    public IntakeAnswer Unavailable(string reason) => new(IntakeStatus.Unavailable, retryAfter, reason);
}
