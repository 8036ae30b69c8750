using System.Diagnostics;
using System.Net;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.LoadTest;

/// <param name="Seconds">From the start of the process until it says that it is ready.</param>
/// <param name="ProcessorSeconds">That it took for that, on all cores.</param>
/// <param name="MemoryMiB">Its working set then.</param>
public sealed record RestartFigures(double Seconds, double ProcessorSeconds, long MemoryMiB);

/// <summary>How long the real server takes to be ready again: with many accounts after an orderly stop, and after kill -9 with a long tail behind the last checkpoints.</summary>
public sealed class RestartBench(LoadStore store)
{
    private const int Connections = 8;
    private const int EventsPerRequest = 1_000;

    // So that everything from here on is tail.
    private static readonly string[] NoCheckpoints = ["--Host:CheckpointRecords=100000000", "--Host:CheckpointSeconds=3600", "--Host:UnpersistedBytesMax=17179869184"];
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>Gives each account so many events, and stops in an orderly way.</summary>
    public async Task FillAsync(int accounts, int populate)
    {
        await using var server = await StartAsync([]);
        await SendAsync(server, AccountChoice.Turns(accounts, Connections), (long)accounts * populate);
        await StopAsync(server);
    }

    /// <summary>Starts and stops it in an orderly way.</summary>
    public async Task<RestartFigures> CleanAsync()
    {
        var began = Stopwatch.GetTimestamp();
        await using var server = await StartAsync([]);
        var figures = Figures(server, began);
        await StopAsync(server);
        return figures;
    }

    /// <summary>Sends a tail that no checkpoint holds, and kills it.</summary>
    public async Task TailAsync(int accounts, long events)
    {
        await using var server = await StartAsync(NoCheckpoints);
        await SendAsync(server, Enumerable.Range(0, Connections).Select(i => AccountChoice.Of("uniform", accounts, i)), events);
        await server.KillAsync();
    }

    /// <summary>Starts it on the tail and kills it before it has stored a checkpoint, so that the tail is there again.</summary>
    public async Task<RestartFigures> KilledAsync()
    {
        var began = Stopwatch.GetTimestamp();
        await using var server = await StartAsync(NoCheckpoints);
        var figures = Figures(server, began);
        await server.KillAsync();
        return figures;
    }

    private async Task<ServerProcess> StartAsync(string[] options)
    {
        var server = ServerProcess.Launch(store.Folder, [.. store.Options, .. options]);
        await server.ReadyAsync(Patience);
        return server;
    }

    private static async Task StopAsync(ServerProcess server)
    {
        if (await server.StopAsync(Patience) is not 0 and var code) throw new InvalidOperationException($"The server ended with code {code}.\n{server.Output}");
    }

    private static RestartFigures Figures(ServerProcess server, long began) => new(Stopwatch.GetElapsedTime(began).TotalSeconds, server.ProcessorTime.TotalSeconds, server.WorkingSet >> 20);

    /// <summary>Until each connection has sent its share.</summary>
    private static async Task SendAsync(ServerProcess server, IEnumerable<AccountChoice> choices, long events)
    {
        var tag = Guid.NewGuid().ToString("N")[..8];
        var connections = choices.Select((choice, i) => new Connection(
            new IPEndPoint(IPAddress.Loopback, server.Url.Port), new RequestTemplate(server.Url.Authority, ServerProcess.WriteKey, EventsPerRequest, 1, $"{tag}-{i:000}", choice, i), 1) { Measure = true }).ToList();
        using var stop = new CancellationTokenSource();
        var running = Task.WhenAll(connections.Select(connection => Task.Run(() => connection.RunAsync(stop.Token))));
        while (connections.Any(connection => connection.Accepted < events / Connections) && !running.IsCompleted) await Task.WhenAny(running, Task.Delay(Look));
        await stop.CancelAsync();
        await running;
        foreach (var connection in connections) connection.Dispose();
    }
}
