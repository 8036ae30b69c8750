using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Host;

namespace RealtimeAdoption.Web.Board;

/// <summary>
/// One loop brings the board to its viewers: it sends each frame as it comes, beats the heart and takes viewers in. As joins pass through the same loop, a snapshot and the deltas after it are never out of order, and none is missed. The
/// frames are made here, unless they come from elsewhere.
/// </summary>
public sealed class BoardPublisher : BackgroundService
{
    private readonly IScoringHost host;
    private readonly BoardViewers viewers;
    private readonly IOptions<BoardOptions> options;
    private readonly BoardMaker? maker;
    private readonly IBoardSource source;
    private readonly Channel<(string Connection, TaskCompletionSource Done)> joins =
        Channel.CreateUnbounded<(string, TaskCompletionSource)>(new UnboundedChannelOptions { SingleReader = true });

    private readonly long began = Stopwatch.GetTimestamp();
    private readonly EventRate rate = new(TimeSpan.FromSeconds(5));
    private BoardFrame? shown;
    private SerializedHubMessage? snapshot;
    private long nextBeat;
    private long nextServing;

    /// <param name="host">Whose fleet it is.</param>
    /// <param name="viewers">Get the frames.</param>
    /// <param name="options">Its pace.</param>
    /// <param name="logger">What could not be read.</param>
    /// <param name="elsewhere">Where the frames come from; null: they are made here.</param>
    public BoardPublisher(IScoringHost host, BoardViewers viewers, IOptions<BoardOptions> options, ILogger<BoardPublisher> logger, IBoardSource? elsewhere = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.host, this.viewers, this.options) = (host, viewers, options);
        if (elsewhere is null) maker = new BoardMaker(host, () => host.Status.Ready, RandomNumberGenerator.GetHexString(12, lowercase: true), options.Value, logger);
        source = elsewhere ?? maker!;
    }

    /// <summary>Has the viewer join; completes when its snapshot is on its way, or, while the server starts, when it is noted.</summary>
    internal async Task JoinAsync(string connectionId, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!joins.Writer.TryWrite((connectionId, done))) throw new HubException("The server is stopping.");
        await done.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(maker?.RunAsync(stoppingToken), stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end of the loop is the end of the board.
        }
        finally
        {
            joins.Writer.TryComplete();
            while (joins.Reader.TryRead(out var join)) join.Done.TrySetCanceled(CancellationToken.None);
        }
    }

    private async Task RunAsync(Task? making, CancellationToken stopping)
    {
        Task? joined = null;
        var changed = source.ChangedAsync(0, stopping);
        nextBeat = Stopwatch.GetTimestamp();
        while (true)
        {
            joined ??= joins.Reader.WaitToReadAsync(stopping).AsTask();
            var wait = TimeToNext();
            if (wait > TimeSpan.Zero)
            {
                List<Task> awaited = [joined, changed, Task.Delay(wait, stopping)];
                if (making is not null) awaited.Add(making);
                await Task.WhenAny(awaited);
            }

            stopping.ThrowIfCancellationRequested();
            if (making is { IsCompleted: true }) await making;
            if (changed.IsCompleted)
            {
                await changed;
                BeatIfTrouble();
                if (source.Latest is { } frame) Show(frame);
                changed = source.ChangedAsync(shown?.Number ?? 0, stopping);
            }

            if (joined.IsCompleted)
            {
                joined = null;
                TakeJoins();
            }

            ServeBehind();
            if (Stopwatch.GetTimestamp() >= nextBeat) Beat();
        }
    }

    private TimeSpan TimeToNext()
    {
        var now = Stopwatch.GetTimestamp();
        var wait = Until(now, nextBeat);
        return viewers.AllServed || shown is null ? wait : Min(wait, Until(now, nextServing));
    }

    /// <summary>Viewers that fell behind are looked at as often as frames come, so that their snapshot follows soon after they have caught up.</summary>
    private void ServeBehind()
    {
        var now = Stopwatch.GetTimestamp();
        if (shown is null || now < nextServing || viewers.AllServed) return;
        nextServing = After(now, options.Value.FrameInterval);
        SendSnapshots();
    }

    private void SendSnapshots()
    {
        if (shown is not null) viewers.SendSnapshots(snapshot ??= Message("snapshot", SnapshotMessage.Of(shown.Version, shown.Document)));
    }

    private void Show(BoardFrame next)
    {
        var before = shown;
        shown = next;
        if (before is null)
        {
            SendSnapshots();
            return;
        }

        if (before.Epoch == next.Epoch && before.Edition == next.Edition) return;
        snapshot = null;
        if (before.Epoch == next.Epoch)
        {
            viewers.SendDelta(Message("delta", DeltaMessage.Of(before.Version, next.Version, BoardDelta.Between(before.Document, next.Document))));
            return;
        }

        // Another maker may not have told what this one's feed ends with, and a delta would repeat lines.
        viewers.WantSnapshots();
        SendSnapshots();
    }

    private void TakeJoins()
    {
        List<TaskCompletionSource> done = [];
        while (joins.Reader.TryRead(out var join))
        {
            viewers.Join(join.Connection);
            done.Add(join.Done);
        }

        BeatIfTrouble();
        SendSnapshots();
        foreach (var join in done) join.TrySetResult();
    }

    /// <summary>Before what is shown: nobody is to take it for the present and for all until the next beat.</summary>
    private void BeatIfTrouble()
    {
        if (source.Trouble is not null || (shown is not null && !host.Status.Ready)) Beat();
    }

    private void Beat()
    {
        var now = Stopwatch.GetTimestamp();
        nextBeat = After(now, options.Value.HeartbeatInterval);
        var status = host.Status;
        var time = host.Clock.GetUtcNow();
        long? age = null;
        long events = 0;
        double perSecond = 0;
        if (shown is not null)
        {
            var fleet = host.ReadFleet();
            events = fleet.Counts.Events;
            perSecond = rate.Look(now, events);
            if (fleet.LastReceivedAtMs is { } last) age = Math.Max(0, time.ToUnixTimeMilliseconds() - last);
        }

        // A server may be ready, and a load balancer leave it in, while its board shows what was: no wall may take that for the present.
        var trouble = status.Ready ? source.Trouble : null;
        var detail = trouble is null ? status.Detail : $"{char.ToUpperInvariant(trouble[0])}{trouble[1..]}";
        var uptimeMs = (long)Stopwatch.GetElapsedTime(began, now).TotalMilliseconds;
        viewers.SendHeartbeat(Message("heartbeat", new HeartbeatMessage(time, uptimeMs, age, perSecond, events, status.Ready && trouble is null, detail, shown?.Version)));
    }

    private static SerializedHubMessage Message(string target, object argument) => new(new InvocationMessage(target, [argument]));

    private static TimeSpan Until(long now, long then) => then <= now ? TimeSpan.Zero : Stopwatch.GetElapsedTime(now, then);

    private static long After(long now, TimeSpan span) => now + (long)(span.TotalSeconds * Stopwatch.Frequency);

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
