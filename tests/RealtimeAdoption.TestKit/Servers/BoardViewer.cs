using System.Text.Json;
using System.Threading.Channels;

namespace RealtimeAdoption.TestKit.Servers;

/// <summary>
/// A real SignalR client in a Node process (hub-client/viewer.mjs), told what to do over its input and heard over its output.
/// </summary>
public sealed class BoardViewer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Channel<JsonElement> heard = Channel.CreateUnbounded<JsonElement>();
    private NodeScript? script;

    /// <param name="server">Its address.</param>
    /// <param name="key">To read with; null: anonymous.</param>
    public static async Task<BoardViewer> ConnectAsync(Uri server, string? key = null)
    {
        var hub = new Uri(server, "/hubs/board").ToString();
        var viewer = new BoardViewer();
        viewer.script = await NodeScript.StartAsync(
            "viewer.mjs",
            key is null ? [hub] : [hub, key],
            line => viewer.heard.Writer.TryWrite(JsonDocument.Parse(line).RootElement),
            () => viewer.heard.Writer.TryComplete());
        await viewer.UntilAsync("connected");
        return viewer;
    }

    /// <summary>Connects, joins the fleet and has its snapshot.</summary>
    public static async Task<BoardViewer> JoinAsync(Uri server, string? key = null)
    {
        var viewer = await ConnectAsync(server, key);
        viewer.Tell("join fleet");
        await viewer.UntilAsync("snapshot");
        return viewer;
    }

    public void Tell(string command) => script!.Tell(command);

    /// <summary>The next thing of this kind (and kind of thing); what comes before it is passed over.</summary>
    public Task<JsonElement> UntilAsync(string what, Func<JsonElement, bool>? which = null) => UntilAsync(next => next.GetProperty("what").GetString() == what && (which is null || which(next)), $"'{what}'");

    /// <summary>The first thing that is it; all before it are looked at.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> isIt, string what)
    {
        ArgumentNullException.ThrowIfNull(isIt);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                var next = await heard.Reader.ReadAsync(patience.Token);
                if (isIt(next)) return next;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            throw new TimeoutException($"The viewer never said {what}. It said:\n{script!.LastLines(12)}", e);
        }
    }

    /// <summary>The next snapshot whose version is of another epoch: that of a server started since, not of the one that is stopping.</summary>
    /// <param name="before">A version of the epoch that is over.</param>
    public Task<JsonElement> UntilOtherEpochAsync(string before) => UntilAsync("snapshot", snapshot => EpochOf(snapshot.GetProperty("version").GetString()!) != EpochOf(before));

    public async Task<JsonElement> DocumentAsync()
    {
        Tell("document");
        return (await UntilAsync("document")).GetProperty("document");
    }

    private static string EpochOf(string version) => version.Split(':')[0];

    public async ValueTask DisposeAsync()
    {
        if (script is not null) await script.DisposeAsync();
    }
}
