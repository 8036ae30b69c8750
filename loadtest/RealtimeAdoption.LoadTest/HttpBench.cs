using System.Diagnostics;
using System.Globalization;
using System.Net;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.LoadTest;

/// <param name="EventsPerRequest">1 and up.</param>
/// <param name="Connections">Open at once.</param>
/// <param name="RequestsAtOnce">Sent on a connection before its answers are read.</param>
/// <param name="Accounts">Number of accounts that events are of.</param>
public sealed record HttpLoad(int EventsPerRequest, int Connections, int RequestsAtOnce, int Accounts, string Distribution, TimeSpan WarmUp, TimeSpan Time);

/// <param name="ServerCpu">Cores that the server kept busy; null where it is not ours.</param>
/// <param name="GeneratorCpu">Cores that the generator kept busy.</param>
public sealed record HttpFigures(double EventsPerSecond, double AckP50Ms, double AckP99Ms, long Shed, double? ServerCpu, double GeneratorCpu);

/// <summary>Sends events to a server on this machine as fast as it acknowledges them. Refuses any other address.</summary>
public static class HttpBench
{
    public static async Task<HttpFigures> RunAsync(Uri url, string writeKey, ServerProcess? server, HttpLoad load, int run)
    {
        if (!url.IsLoopback || !IPAddress.TryParse(url.Host.Trim('[', ']') is "localhost" ? "127.0.0.1" : url.Host.Trim('[', ']'), out var address))
            throw new ArgumentException($"{url} is not on this machine: the load generator sends to loopback only.", nameof(url));

        var tag = Guid.NewGuid().ToString("N")[..8];
        var connections = Enumerable.Range(0, load.Connections).Select(i => new Connection(
            new IPEndPoint(address, url.Port),
            new RequestTemplate(
                url.Authority, writeKey, load.EventsPerRequest, load.RequestsAtOnce, string.Create(CultureInfo.InvariantCulture, $"{tag}-{i:000}"),
                AccountChoice.Of(load.Distribution, load.Accounts, (run * 1000) + i), i),
            load.RequestsAtOnce)).ToList();
        using var stop = new CancellationTokenSource();
        var running = Task.WhenAll(connections.Select(c => Task.Run(() => c.RunAsync(stop.Token))));
        await Task.WhenAny(running, Task.Delay(load.WarmUp));
        foreach (var connection in connections) connection.Measure = true;
        var (serverBefore, ownBefore, began) = (server?.ProcessorTime, Own(), Stopwatch.GetTimestamp());
        await Task.WhenAny(running, Task.Delay(load.Time));
        foreach (var connection in connections) connection.Measure = false;
        var (seconds, own, servers) = (Stopwatch.GetElapsedTime(began).TotalSeconds, Own() - ownBefore, server?.ProcessorTime - serverBefore);
        await stop.CancelAsync();
        await running;
        var waits = connections.SelectMany(c => c.Waits).Order().ToArray();
        var figures = new HttpFigures(
            connections.Sum(c => c.Accepted) / seconds, Percentile(waits, 0.5), Percentile(waits, 0.99), connections.Sum(c => c.Shed),
            servers?.TotalSeconds / seconds, own.TotalSeconds / seconds);
        foreach (var connection in connections) connection.Dispose();
        return figures;
    }

    private static TimeSpan Own()
    {
        using var own = Process.GetCurrentProcess();
        return own.TotalProcessorTime;
    }

    private static double Percentile(long[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : Stopwatch.GetElapsedTime(0, sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)]).TotalMilliseconds;
}
