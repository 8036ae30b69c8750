using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace RealtimeAdoption.Web.Board;

/// <summary>
/// Something that the board asks the whole fleet for now and then, beside its frames, which go on meanwhile. A reading that takes long is asked for less often: it takes at
/// most a twentieth of the time, as long as that is no more than a minute. One that failed has waited most of it, and is asked for again soon; so has one that took much longer than the one before, and of two the shorter counts. Belongs to the maker's loop.
/// </summary>
/// <param name="what">For the log: what could not be read.</param>
/// <param name="shortest">Time between two readings.</param>
/// <param name="read">Asks the fleet.</param>
/// <param name="logger">Of the maker.</param>
internal sealed class FleetReading<T>(string what, TimeSpan shortest, Func<CancellationToken, Task<T>> read, ILogger logger)
    where T : class
{
    private const int Rest = 19;

    private static readonly TimeSpan RestMax = TimeSpan.FromMinutes(1);

    private Task<T>? running;
    private TimeSpan before;
    private long began;
    private long ended;
    private TimeSpan wait;

    public string What => what;

    /// <summary>The reading under way; null: none.</summary>
    public Task? Running => running;

    /// <summary>Time until the next may begin; never while one is under way.</summary>
    public TimeSpan Due => running is not null ? TimeSpan.MaxValue : ended == 0 ? TimeSpan.Zero : wait - Stopwatch.GetElapsedTime(ended);

    /// <summary>Nobody wants what is being read any more, and the next may begin at once.</summary>
    public void Forget() => (running, ended, before) = (null, 0, TimeSpan.Zero);

    public void Begin(CancellationToken stopping)
    {
        began = Stopwatch.GetTimestamp();
        running = read(stopping);
    }

    /// <summary>What a reading that has ended found. False: none has ended. Null: it failed; the wall goes on with what it knows.</summary>
    public bool TryTake(out T? found)
    {
        found = null;
        if (running is not { IsCompleted: true } over) return false;
        running = null;
        ended = Stopwatch.GetTimestamp();
        wait = shortest;
        if (over.IsCompletedSuccessfully) wait = RestAfter(Stopwatch.GetElapsedTime(began, ended));
        if (over.IsCompletedSuccessfully) found = over.Result;
        else if (over.IsFaulted) logger.LogWarning(over.Exception.GetBaseException(), "The board could not read {What}; it tries again in {Seconds:0.#} s.", what, wait.TotalSeconds);
        return true;
    }

    private TimeSpan RestAfter(TimeSpan took)
    {
        var rest = (took < before ? took : before) * Rest;
        before = took;
        if (rest > RestMax) rest = RestMax;
        return rest > shortest ? rest : shortest;
    }
}
