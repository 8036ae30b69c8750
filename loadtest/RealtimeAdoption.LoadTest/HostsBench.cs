using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.LoadTest;

/// <param name="Accepted">Events acknowledged a second of load.</param>
/// <param name="Applied">Events acknowledged a second of load and of the time until the last of them was in what the server answers.</param>
/// <param name="BehindSeconds">That time.</param>
/// <param name="AckP50Ms">Half of the waits for an answer were shorter.</param>
/// <param name="AckP99Ms">All but a hundredth of them were.</param>
/// <param name="Shed">Answers with 429 or 503.</param>
/// <param name="ServerCpu">Cores that the server kept busy, without PostgreSQL.</param>
/// <param name="MemoryMiB">Its working set at the end.</param>
/// <param name="RecordsPerCall">Of a silo, warm-up included: records in a call of an account's grain; 0: none was called.</param>
public sealed record HostFigures(double Accepted, double Applied, double BehindSeconds, double AckP50Ms, double AckP99Ms, long Shed, double ServerCpu, long MemoryMiB, double RecordsPerCall);

/// <summary>One silo beside the embedded host, each on a PostgreSQL of its own, with the same load one after the other. A silo acknowledges what is durable and applies it behind that, so what counts is when it has applied all.</summary>
public static partial class HostsBench
{
    public const string Embedded = "embedded";
    public const string Silo = "silo";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The silo was built with what it needs.</summary>
    public static bool HasSilo => File.Exists(Path.ChangeExtension(ServerProcess.Executable("RealtimeAdoption.Silo"), ".runtimeconfig.json"));

    /// <param name="host">Which.</param>
    /// <param name="load">Its warm-up goes before, and is applied before the measuring begins.</param>
    /// <param name="options">More of the server's.</param>
    public static async Task<HostFigures> RunAsync(string host, HttpLoad load, IReadOnlyList<string> options)
    {
        await using var store = await LoadStore.StartAsync("postgres");
        await using var server = Launch(host, store, options);
        await server.ReadyAsync(Patience);
        await HttpBench.RunAsync(server.Url, ServerProcess.WriteKey, server, load with { WarmUp = TimeSpan.Zero, Time = load.WarmUp }, run: 0);
        await CatchUpAsync(server);
        var (cpu, began) = (server.ProcessorTime, Stopwatch.GetTimestamp());
        var sent = await HttpBench.RunAsync(server.Url, ServerProcess.WriteKey, server, load with { WarmUp = TimeSpan.Zero }, run: 1);
        var behind = await CatchUpAsync(server);
        var all = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (busy, memory) = ((server.ProcessorTime - cpu).TotalSeconds / all, server.WorkingSet >> 20);
        await server.StopAsync(Patience);
        return new HostFigures(
            sent.EventsPerSecond, sent.EventsPerSecond * load.Time.TotalSeconds / (load.Time.TotalSeconds + behind), behind, sent.AckP50Ms, sent.AckP99Ms, sent.Shed,
            busy, memory, RecordsPerCall(server.Output));
    }

    private static double RecordsPerCall(string output) =>
        LastWords().Match(output) is { Success: true, Groups: var said } && double.Parse(said["calls"].Value, CultureInfo.InvariantCulture) is > 0 and var calls
            ? double.Parse(said["records"].Value, CultureInfo.InvariantCulture) / calls
            : 0;

    [GeneratedRegex("made (?<calls>[0-9]+) calls of account grains, with (?<records>[0-9]+) records", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex LastWords();

    private static ServerProcess Launch(string host, LoadStore store, IReadOnlyList<string> options) => host == Silo
        ? ServerProcess.LaunchProject("RealtimeAdoption.Silo", [], "", [.. store.Options, "--Cluster:SiloPort=0", .. options])
        : ServerProcess.Launch(store.Folder, [.. store.Options]);

    // A list reflects everything that was acknowledged before it was asked for.
    private static async Task<double> CatchUpAsync(ServerProcess server)
    {
        var began = Stopwatch.GetTimestamp();
        using var http = server.Client();
        http.Timeout = Patience;
        using var answer = await http.GetAsync(new Uri("/v1/accounts?limit=1", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
