using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Fleet;

namespace RealtimeAdoption.Web.Board;

/// <summary>
/// Makes the board: reads the fleet when that has changed, at once after quiet and at most once per <see cref="BoardOptions.FrameInterval"/> under load (the newest state wins), and asks the fleet beside that for what its changes do not
/// tell. One loop; what it has made may be read on any thread.
/// </summary>
/// <param name="fleet">What it is made of.</param>
/// <param name="isReady">The fleet is whole: nothing is made before.</param>
/// <param name="epoch">New for each maker, so that no viewer takes one's deltas for another's.</param>
/// <param name="options">Its pace.</param>
/// <param name="logger">What could not be read.</param>
public sealed class BoardMaker(IFleet fleet, Func<bool> isReady, string epoch, BoardOptions options, ILogger logger) : IBoardSource
{
    private static readonly TimeSpan StartingPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>The first frame waits for its lists no longer: the counts are the present, and whoever looks is told what is missing.</summary>
    private static readonly TimeSpan ListsPatience = TimeSpan.FromSeconds(2);

    /// <summary>After so many intervals the movers are read again even if nothing says that they are wrong.</summary>
    private const int DoubtAfter = 6;

    private readonly ChangeSignal frames = new();
    private readonly BoardReadings readings = new(fleet, options, logger);
    private BoardBuilder? builder;
    private BoardFrame? latest;
    private long fleetVersion;
    private long nextFrame;
    private long nextDoubt;
    private volatile bool isDoubted;
    private volatile string? trouble;

    public BoardFrame? Latest => frames.Under(_ => latest);

    /// <summary>Lists that the latest frame lacks, because they are still being read.</summary>
    public string? Trouble => trouble;

    /// <summary>A frame's number is that of the change that brought it.</summary>
    public Task ChangedAsync(long sinceNumber, CancellationToken cancellationToken) => frames.ChangedAsync(sinceNumber, cancellationToken);

    /// <summary>What the lists say may be wrong, and no change will tell: they are read again with the next frame.</summary>
    public void Doubt() => isDoubted = true;

    /// <summary>Ends by the token alone.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!isReady()) await Task.Delay(StartingPoll, stopping);
        await MakeAsync(stopping);
        var next = fleet.FleetChangedAsync(fleetVersion, stopping);
        while (true)
        {
            var readingDue = readings.Begin(builder!, fleetVersion, stopping);
            // Looked at once: what has not ended by now is waited for, and ends the wait whenever it does.
            List<Task> awaited = [.. readings.Running.Append(next).Where(task => !task.IsCompleted)];
            var isFrameWanted = awaited.Count < readings.Running.Count() + 1;
            var wait = isFrameWanted && Until(nextFrame) is var untilFrame && untilFrame < readingDue ? untilFrame : readingDue;
            if (wait > TimeSpan.Zero)
            {
                if (wait < TimeSpan.MaxValue) awaited.Add(Task.Delay(wait, stopping));
                await Task.WhenAny(awaited);
            }

            stopping.ThrowIfCancellationRequested();
            if (!(next.IsCompleted || readings.HasEnded) || Until(nextFrame) > TimeSpan.Zero) continue;
            // Where the frame is for another reason, the wait for a change goes on.
            var isChanged = next.IsCompleted;
            if (isChanged) await next;
            await MakeAsync(stopping);
            if (isChanged) next = fleet.FleetChangedAsync(fleetVersion, stopping);
        }
    }

    private async Task MakeAsync(CancellationToken stopping)
    {
        var state = fleet.ReadFleet();
        fleetVersion = state.Version;
        var isNew = builder is null || !ReferenceEquals(builder.Model, state.Counts.Model);
        if (isNew)
        {
            var earlier = builder;
            builder = new BoardBuilder(state.Counts.Model);
            if (earlier is not null) builder.TakeOver(earlier);
            readings.Forget();
        }

        if (readings.GiveTo(builder!)) nextDoubt = After(options.MoversInterval * DoubtAfter);
        var document = builder!.Build(state);
        if (isNew)
        {
            // An empty list would say that there are none.
            await readings.ReadAllAsync(builder, fleetVersion, ListsPatience, stopping);
            nextDoubt = After(options.MoversInterval * DoubtAfter);
            document = builder.Build(state);
        }

        if (isDoubted || Until(nextDoubt) == TimeSpan.Zero)
        {
            isDoubted = false;
            nextDoubt = After(options.MoversInterval * DoubtAfter);
            builder.Doubt();
        }

        nextFrame = After(options.FrameInterval);
        // Said before what it is about can be seen, and no sooner taken back than that is whole.
        var unread = readings.Unread;
        if (unread is not null) trouble = $"the board begins anew, and {unread} are still being read.";
        Tell(state, document);
        if (unread is null) trouble = null;
    }

    private void Tell(FleetState state, BoardDocument document) => frames.Tell(() =>
    {
        var isSame = latest is not null && BoardDelta.Between(latest.Document, document).IsEmpty;
        latest = new BoardFrame((latest?.Number ?? 0) + 1, epoch, (latest?.Edition ?? 0) + (isSame ? 0 : 1), isSame ? latest!.Document : document, state);
    });

    private static TimeSpan Until(long then)
    {
        var now = Stopwatch.GetTimestamp();
        return then <= now ? TimeSpan.Zero : Stopwatch.GetElapsedTime(now, then);
    }

    private static long After(TimeSpan span) => Stopwatch.GetTimestamp() + (long)(span.TotalSeconds * Stopwatch.Frequency);
}
