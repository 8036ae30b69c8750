using System.Diagnostics;

namespace RealtimeAdoption.Web.Board;

/// <summary>Events a second over the last seconds of real time, from a counter that is looked at now and then. One writer.</summary>
internal sealed class EventRate(TimeSpan over)
{
    private readonly Queue<(long At, long Events)> samples = new();

    /// <summary>To one decimal; 0 until there are two looks.</summary>
    public double Look(long at, long events)
    {
        // One sample older than the span stays: the rate is over at least the span once there is so much.
        while (samples.Count > 1 && Stopwatch.GetElapsedTime(samples.ElementAt(1).At, at) >= over) samples.Dequeue();
        samples.Enqueue((at, events));
        var (since, before) = samples.Peek();
        var seconds = Stopwatch.GetElapsedTime(since, at).TotalSeconds;
        return seconds <= 0 ? 0 : Math.Round(Math.Max(0, events - before) / seconds, 1);
    }
}
