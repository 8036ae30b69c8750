using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace RealtimeAdoption.Web.Board;

/// <summary>
/// The board's connections and what each has still to take. SignalR's own group send waits for its slowest member, so one stalled browser would hold up the wall of
/// everyone; here a frame is serialised once, handed to each viewer, and a viewer that has not taken the frame before gets none: it is behind, and a
/// fresh snapshot follows when it has caught up. At most one frame waits for a viewer besides the transport's buffer. Connections come and go on any thread; everything else is the
/// publisher's loop.
/// </summary>
public sealed class BoardViewers(ILogger<BoardViewers> logger, IOptions<BoardOptions> options) : DefaultHubLifetimeManager<BoardHub>(logger)
{
    private readonly ConcurrentDictionary<string, Viewer> viewers = new();

    /// <summary>Connections, joined or not.</summary>
    public int Count => viewers.Count;

    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        viewers[connection.ConnectionId] = new Viewer(connection);
        return base.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        viewers.TryRemove(connection.ConnectionId, out _);
        return base.OnDisconnectedAsync(connection);
    }

    /// <summary>The viewer gets frames from now on, first of all a snapshot. Called by the loop.</summary>
    internal void Join(string connectionId)
    {
        if (!viewers.TryGetValue(connectionId, out var viewer)) return;
        viewer.Joined = true;
        viewer.WantsSnapshot = true;
    }

    /// <summary>What all have seen so far is not what the next frames follow on. Called by the loop.</summary>
    internal void WantSnapshots()
    {
        foreach (var viewer in viewers.Values) viewer.WantsSnapshot |= viewer.Joined;
    }

    /// <summary>Gives the snapshot to those that want one and are free to take it. Called by the loop, after the frame that leads to the snapshot's version.</summary>
    internal void SendSnapshots(SerializedHubMessage snapshot)
    {
        foreach (var viewer in viewers.Values)
        {
            if (!viewer.Joined || !viewer.WantsSnapshot || !IsFree(viewer)) continue;
            viewer.WantsSnapshot = false;
            Send(viewer, snapshot);
        }
    }

    /// <summary>Gives a delta to all that are up to date; who is not free to take it will need a snapshot. Called by the loop.</summary>
    internal void SendDelta(SerializedHubMessage delta)
    {
        foreach (var viewer in viewers.Values)
        {
            if (!viewer.Joined || viewer.WantsSnapshot) continue;
            if (IsFree(viewer)) Send(viewer, delta);
            else viewer.WantsSnapshot = true;
        }
    }

    /// <summary>A heartbeat may be missed: who is not free to take it gets none. Called by the loop.</summary>
    internal void SendHeartbeat(SerializedHubMessage heartbeat)
    {
        foreach (var viewer in viewers.Values)
        {
            if (viewer.Joined && IsFree(viewer)) Send(viewer, heartbeat);
        }
    }

    /// <summary>Nobody waits for a snapshot.</summary>
    internal bool AllServed => viewers.Values.All(viewer => !viewer.Joined || !viewer.WantsSnapshot);

    private bool IsFree(Viewer viewer)
    {
        if (viewer.Pending is null or { IsCompleted: true }) return true;
        var waited = Stopwatch.GetElapsedTime(viewer.PendingSince);
        if (waited < options.Value.SlowViewerTimeout || viewer.Connection.ConnectionAborted.IsCancellationRequested) return false;
        logger.LogWarning("Board viewer {Connection} took nothing for {Seconds:0} s and is disconnected.", viewer.Connection.ConnectionId, waited.TotalSeconds);
        viewer.Connection.Abort();
        return false;
    }

    private static void Send(Viewer viewer, SerializedHubMessage message)
    {
        // A broken connection completes its write; its end comes through OnDisconnectedAsync.
        var write = viewer.Connection.WriteAsync(message, viewer.Connection.ConnectionAborted);
        viewer.PendingSince = Stopwatch.GetTimestamp();
        viewer.Pending = write.IsCompletedSuccessfully ? null : Observe(write.AsTask());
    }

    private static async Task Observe(Task write)
    {
        // Failures of one viewer's connection concern nobody else, and SignalR ends the connection.
        await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed class Viewer(HubConnectionContext connection)
    {
        public HubConnectionContext Connection { get; } = connection;
        public bool Joined { get; set; }
        public bool WantsSnapshot { get; set; }

        /// <summary>The last frame's write while it is not taken.</summary>
        public Task? Pending { get; set; }
        public long PendingSince { get; set; }
    }
}
