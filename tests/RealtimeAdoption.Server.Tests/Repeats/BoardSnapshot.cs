using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace RealtimeAdoption.Server.Tests.Repeats;

/// <summary>The board's document, asked for like a viewer: SignalR's JSON protocol over a web socket.</summary>
public static class BoardSnapshot
{
    private const char End = '\u001e';

    public static async Task<JsonObject> TakeAsync(Uri server, string readKey)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + readKey);
        await socket.ConnectAsync(new Uri($"ws://{server.Authority}/hubs/board"), patience.Token);
        await SendAsync("""{"protocol":"json","version":1}""");
        await SendAsync("""{"type":1,"target":"Join","arguments":["fleet"]}""");
        var (buffer, text) = (new byte[64 << 10], new StringBuilder());
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, patience.Token);
            text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
            if (!part.EndOfMessage) continue;
            foreach (var message in text.ToString().Split(End, StringSplitOptions.RemoveEmptyEntries))
            {
                var read = JsonNode.Parse(message)!;
                if (read["target"]?.GetValue<string>() == "snapshot") return read["arguments"]![0]!.DeepClone().AsObject();
            }

            text.Clear();
        }

        Task SendAsync(string message) => socket.SendAsync(Encoding.UTF8.GetBytes(message + End), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
    }
}
