using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;

namespace RealtimeAdoption.Web.Board;

/// <summary>
/// One loop owns the board: it reads the fleet when that has changed, publishes at once after quiet and at most one frame per
/// <see cref="BoardOptions.FrameInterval"/> under load (the newest state wins), beats the heart and takes viewers in. As joins pass
/// through the same loop, a snapshot and the deltas after it are never out of order, and none is missed.
/// </summary>
public sealed class BoardPublisher(IScoringHost host, BoardViewers viewers, IOptions<BoardOptions> options, ILogger<BoardPublisher> logger) : BackgroundService
{
    private static readonly TimeSpan StartingPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>After so many intervals the movers are read again even if nothing says that they are wrong.</summary>
    private const int DoubtAfter = 6;
    private readonly Channel<(string Connection, TaskCompletionSource Done)> joins =
        Channel.CreateUnbounded<(string, TaskCompletionSource)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>New at each start, so that no viewer takes another run's deltas for this one's.</summary>
    private readonly string epoch = RandomNumberGenerator.GetHexString(12, lowercase: true);
    private readonly EventRate rate = new(TimeSpan.FromSeconds(5));
    private readonly BoardReadings readings = new(host, options.Value, logger);
    private BoardBuilder? builder;
    private BoardDocument? document;
    private SerializedHubMessage? snapshot;
    private long number;
    private long fleetVersion;
    private long nextFrame;
    private long nextBeat;
    private long nextMovers;
    private long nextServing;
    private long nextDoubt;

    private string? Version => document is null ? null : VersionOf(number);

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
            await RunAsync(stoppingToken);
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

    private async Task RunAsync(CancellationToken stopping)
    {
        Task? changed = null;
        Task? joined = null;
        nextBeat = Stopwatch.GetTimestamp();
        while (true)
        {
            joined ??= joins.Reader.WaitToReadAsync(stopping).AsTask();
            var readingDue = document is null ? TimeSpan.MaxValue : readings.Begin(builder!, fleetVersion, stopping);
            var wait = Min(readingDue, TimeToNext(changed));
            if (wait > TimeSpan.Zero)
            {
                List<Task> awaited = [joined, Task.Delay(wait, stopping), .. readings.Running.Where(reading => !reading.IsCompleted)];
                if (changed is { IsCompleted: false }) awaited.Add(changed);
                await Task.WhenAny(awaited);
            }

            stopping.ThrowIfCancellationRequested();
            if (IsFrameDue(changed))
            {
                // Where the frame is for another reason, the wait for a change goes on.
                if (changed is { IsCompleted: true })
                {
                    await changed;
                    changed = null;
                }

                await PublishAsync(stopping);
                changed ??= host.FleetChangedAsync(fleetVersion, stopping);
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

    private TimeSpan TimeToNext(Task? changed)
    {
        var now = Stopwatch.GetTimestamp();
        var wait = Until(now, nextBeat);
        if (document is null) return Min(wait, StartingPoll);
        if (changed is { IsCompleted: true } || readings.HasEnded) wait = Min(wait, Until(now, nextFrame));
        if (!viewers.AllServed) wait = Min(wait, Until(now, nextServing));
        return wait;
    }

    private bool IsFrameDue(Task? changed)
    {
        if (document is null) return host.Status.Ready;
        var now = Stopwatch.GetTimestamp();
        return now >= nextFrame && (changed is null or { IsCompleted: true } || readings.HasEnded || (builder!.WantsMovers && now >= nextMovers));
    }

    /// <summary>Viewers that fell behind are looked at as often as frames come, so that their snapshot follows soon after they have caught up.</summary>
    private void ServeBehind()
    {
        var now = Stopwatch.GetTimestamp();
        if (document is null || now < nextServing || viewers.AllServed) return;
        nextServing = After(now, options.Value.FrameInterval);
        SendSnapshots();
    }

    private void SendSnapshots()
    {
        if (document is not null) viewers.SendSnapshots(snapshot ??= Message("snapshot", SnapshotMessage.Of(VersionOf(number), document)));
    }

    private async Task PublishAsync(CancellationToken stopping)
    {
        var now = Stopwatch.GetTimestamp();
        if (builder is null || !ReferenceEquals(builder.Model, host.Model))
        {
            var earlier = builder;
            builder = new BoardBuilder(host.Model);
            if (earlier is not null) builder.TakeOver(earlier);
            nextMovers = now;
        }

        var fleet = host.ReadFleet();
        fleetVersion = fleet.Version;
        readings.GiveTo(builder);
        var next = builder.Build(fleet);
        if (document is null)
        {
            await readings.ReadAllAsync(builder, fleetVersion, stopping);
            next = builder.Build(fleet);
        }

        if (now >= nextDoubt) builder.Doubt();
        if (builder.WantsMovers && now >= nextMovers)
        {
            nextMovers = After(now, options.Value.MoversInterval);
            nextDoubt = After(now, options.Value.MoversInterval * DoubtAfter);
            if (await ReadMoversAsync(builder, stopping)) next = builder.Build(fleet);
        }

        nextFrame = After(now, options.Value.FrameInterval);
        var before = document;
        if (before is null)
        {
            document = next;
            return;
        }

        var delta = BoardDelta.Between(before, next);
        if (delta.IsEmpty) return;
        document = next;
        snapshot = null;
        number++;
        viewers.SendDelta(Message("delta", DeltaMessage.Of(VersionOf(number - 1), VersionOf(number), delta)));
    }

    /// <summary>False: the fleet could not be asked; the wall goes on with what it knows, and asks again.</summary>
    private async Task<bool> ReadMoversAsync(BoardBuilder of, CancellationToken stopping)
    {
        try
        {
            var stages = of.Model.Definition.Stages.Count;
            var pages = new AccountPage[stages];
            for (var stage = 0; stage < stages; stage++)
                pages[stage] = await host.AccountsAsync(new AccountQuery { Stage = of.Model.Definition.Stages[stage].Id, Sort = AccountSort.StageSince, Limit = BoardBuilder.MoversWanted }, stopping);
            for (var stage = 0; stage < stages; stage++) of.SetMovers(stage, [.. pages[stage].Rows.Select(row => row.Account)], pages[stage].Next is null);
            return true;
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            logger.LogWarning(error, "The board could not read the accounts that moved last; it tries again in {Seconds:0.#} s.", options.Value.MoversInterval.TotalSeconds);
            return false;
        }
    }

    private void TakeJoins()
    {
        List<TaskCompletionSource> done = [];
        while (joins.Reader.TryRead(out var join))
        {
            viewers.Join(join.Connection);
            done.Add(join.Done);
        }

        SendSnapshots();
        foreach (var join in done) join.TrySetResult();
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
        if (document is not null)
        {
            var fleet = host.ReadFleet();
            events = fleet.Counts.Events;
            perSecond = rate.Look(now, events);
            if (fleet.LastReceivedAtMs is { } last) age = Math.Max(0, time.ToUnixTimeMilliseconds() - last);
        }

        viewers.SendHeartbeat(Message("heartbeat", new HeartbeatMessage(time, age, perSecond, events, status.Ready, status.Detail, Version)));
    }

    private string VersionOf(long of) => $"{epoch}:{of}";

    private static SerializedHubMessage Message(string target, object argument) => new(new InvocationMessage(target, [argument]));

    private static TimeSpan Until(long now, long then) => then <= now ? TimeSpan.Zero : Stopwatch.GetElapsedTime(now, then);

    private static long After(long now, TimeSpan span) => now + (long)(span.TotalSeconds * Stopwatch.Frequency);

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
