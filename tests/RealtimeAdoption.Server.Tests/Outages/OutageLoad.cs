using System.Diagnostics;

namespace RealtimeAdoption.Server.Tests.Outages;

/// <summary>Latencies of acknowledgements over a stretch of time, milliseconds.</summary>
public readonly record struct Latencies(int Count, double P50, double P99, double Most)
{
    public override string ToString() => $"p50 {P50:0} ms, p99 {P99:0} ms, most {Most:0} ms of {Count} batches";
}

/// <summary>
/// Senders at a steady pace, each with a batch that it sends again until it is acknowledged. Remembers when each request was sent and how long its acknowledgement took. Thread-safe.
/// </summary>
/// <param name="isTaken">Sends a batch; false: it was shed.</param>
/// <param name="next">Makes a batch.</param>
/// <param name="pace">From one batch of a sender to its next.</param>
public sealed class OutageLoad(Func<TrafficBatch, byte[], Task<bool>> isTaken, Func<(TrafficBatch Batch, byte[] Body)> next, TimeSpan pace)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly List<(long Sent, long Answered)> acknowledged = [];
    private readonly List<TrafficBatch> done = [];
    private readonly Milestones milestones = new();
    private volatile bool isOver;

    public int Refused { get; private set; }

    /// <summary>Of requests that were shed: from sending to the answer.</summary>
    public double RefusalMsMost { get; private set; }

    public IReadOnlyList<TrafficBatch> Done
    {
        get
        {
            lock (milestones.Gate) return [.. done];
        }
    }

    public void End() => isOver = true;

    public Task AcknowledgedAsync(int batches) => milestones.WhenAsync(() => done.Count >= batches);

    public Task RefusedAsync(int answers) => milestones.WhenAsync(() => Refused >= answers);

    /// <summary>Of requests that were sent from then (a timestamp of <see cref="Stopwatch"/>) until then.</summary>
    public Latencies Between(long from, long until)
    {
        lock (milestones.Gate)
        {
            var sorted = acknowledged.Where(one => one.Sent >= from && one.Sent < until).Select(one => Stopwatch.GetElapsedTime(one.Sent, one.Answered).TotalMilliseconds).Order().ToList();
            return sorted.Count == 0 ? default : new Latencies(sorted.Count, sorted[sorted.Count / 2], sorted[(int)(sorted.Count * 0.99)], sorted[^1]);
        }
    }

    /// <summary>Seconds from then until the first acknowledgement that came after; null: none has come.</summary>
    public double? FirstAfter(long then)
    {
        lock (milestones.Gate) return acknowledged.Where(one => one.Answered > then).Select(one => (double?)Stopwatch.GetElapsedTime(then, one.Answered).TotalSeconds).Min();
    }

    /// <summary>Seconds from then until the first whole second of requests that were answered as fast as that, in the middle; null: none was.</summary>
    public double? AsFastAfter(long then, double p50)
    {
        for (var from = then; from + Stopwatch.Frequency <= Stopwatch.GetTimestamp(); from += Stopwatch.Frequency / 4)
        {
            if (Between(from, from + Stopwatch.Frequency) is { Count: > 0 } second && second.P50 <= p50) return Stopwatch.GetElapsedTime(then, from).TotalSeconds;
        }

        return null;
    }

    /// <summary>Until it is told to end, and what it has begun is acknowledged.</summary>
    public async Task SendAsync()
    {
        var due = Stopwatch.GetTimestamp();
        while (!isOver)
        {
            var (batch, body) = next();
            while (!await TryAsync(batch, body)) await Task.Delay(Pause);
            // What an outage has held up is not made good: the pace goes on from here.
            due = Math.Max(due + (long)(pace.TotalSeconds * Stopwatch.Frequency), Stopwatch.GetTimestamp());
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (wait > TimeSpan.Zero) await Task.Delay(wait);
        }
    }

    private async Task<bool> TryAsync(TrafficBatch batch, byte[] body)
    {
        var sent = Stopwatch.GetTimestamp();
        var taken = await isTaken(batch, body);
        var answered = Stopwatch.GetTimestamp();
        lock (milestones.Gate)
        {
            if (taken)
            {
                acknowledged.Add((sent, answered));
                done.Add(batch);
            }
            else
            {
                Refused++;
                RefusalMsMost = Math.Max(RefusalMsMost, Stopwatch.GetElapsedTime(sent, answered).TotalMilliseconds);
            }

            milestones.Look();
        }

        return taken;
    }
}
