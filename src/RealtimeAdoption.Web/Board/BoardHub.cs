using Microsoft.AspNetCore.SignalR;

namespace RealtimeAdoption.Web.Board;

/// <summary>The board's hub, docs/board-wire.md. It only takes viewers in; what they get is the publisher's.</summary>
public sealed class BoardHub(BoardPublisher publisher) : Hub
{
    public const string Route = "/hubs/board";

    public const string FleetView = "fleet";

    /// <summary>Asks for a snapshot and what follows. Completes when the snapshot is on its way; may be called again at any time.</summary>
    public Task Join(string view)
    {
        if (view != FleetView) throw new HubException($"There is no such view. Views: {FleetView}.");
        return publisher.JoinAsync(Context.ConnectionId, Context.ConnectionAborted);
    }
}
