using System.Net;
using System.Net.Sockets;

namespace RealtimeAdoption.TestKit.Servers;

/// <summary>
/// Stands between a client and a server on loopback, and loses answers, delays them or narrows the way up when a test asks for it. What the client has sent still reaches the server. Thread-safe.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly List<TcpClient> servers = [];
    private readonly Lock gate = new();
    private readonly Task accepting;
    private TaskCompletionSource? lost;
    private bool isHanging;

    public TcpProxy(int target)
    {
        Target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>So much later comes each answer, milliseconds; 0: at once.</summary>
    public int AnswerDelayMs { get; set; }

    /// <summary>So many bytes a second go from each client to the server at most; 0: as they come.</summary>
    public int UpBytesPerSecond { get; set; }

    /// <summary>The server's port. Connections that are open stay where they are.</summary>
    public int Target { get; set; }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>
    /// The next answer that comes is lost, and its client's connection with it. Completes when it was. Where the server's side is left hanging, the server goes on
    /// believing in its client until the proxy ends.
    /// </summary>
    public Task LoseNextAnswer(bool leaveServerHanging)
    {
        lock (gate)
        {
            isHanging = leaveServerHanging;
            lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return lost.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        lock (gate)
        {
            foreach (var server in servers) server.Dispose();
        }

        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptTcpClientAsync(stop.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Its end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        var server = new TcpClient();
        lock (gate) servers.Add(server);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, Target);
            var up = SendAsync(client.GetStream(), server.GetStream());
            var answers = AnswerAsync(server.GetStream(), client);
            // A client that breaks off, rather than ends, takes the server's side with it: else that would wait for ever for what was to come.
            await await Task.WhenAny(up, answers);
            await Task.WhenAll(up, answers);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // One of the two ends is gone.
        }
        finally
        {
            client.Dispose();
            if (!isHanging) server.Dispose();
        }
    }

    private async Task SendAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 << 10];
        int length;
        while ((length = await from.ReadAsync(buffer, stop.Token)) > 0)
        {
            if (UpBytesPerSecond > 0) await Task.Delay(TimeSpan.FromSeconds((double)length / UpBytesPerSecond), stop.Token);
            await to.WriteAsync(buffer.AsMemory(0, length), stop.Token);
        }

        // A client that is gone has said all that it will: the server hears of it, and ends its session.
        to.Socket.Shutdown(SocketShutdown.Send);
    }

    private async Task AnswerAsync(NetworkStream answers, TcpClient client)
    {
        var buffer = new byte[64 << 10];
        int length;
        while ((length = await answers.ReadAsync(buffer, stop.Token)) > 0)
        {
            TaskCompletionSource? losing;
            lock (gate) (losing, lost) = (lost, null);
            if (losing is not null)
            {
                client.Client.Close(0);
                losing.SetResult();
                return;
            }

            if (AnswerDelayMs > 0) await Task.Delay(AnswerDelayMs, stop.Token);
            await client.GetStream().WriteAsync(buffer.AsMemory(0, length), stop.Token);
        }

        client.Dispose();
    }
}
