using System.CommandLine;
using System.Globalization;
using RealtimeAdoption.LoadTest;
using RealtimeAdoption.TestKit.Servers;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
var accounts = new Option<int>("--accounts") { Description = "How many accounts the events are of.", DefaultValueFactory = _ => 100_000 };
var distribution = new Option<string>("--distribution") { Description = "uniform or zipf.", DefaultValueFactory = _ => "uniform" };
distribution.AcceptOnlyFromAmong("uniform", "zipf");
var runs = new Option<int>("--runs") { Description = "The median of so many is shown.", DefaultValueFactory = _ => 3 };

var events = new Option<long>("--events") { Description = "Measured events in a run.", DefaultValueFactory = _ => 3_000_000 };
var batch = new Option<int>("--batch") { Description = "Records in a commit.", DefaultValueFactory = _ => 5_000 };
var populate = new Option<int>("--populate") { Description = "Events of each account before anything is measured, of its 20 users in turn.", DefaultValueFactory = _ => 20 };
var days = new Option<int>("--days") { Description = "Over which those events are spread, midnights included.", DefaultValueFactory = _ => 1 };
var core = new Command("core", "Scoring with de-duplication on one core, through the partition machine, without a store.") { accounts, distribution, runs, events, batch, populate, days };
core.SetAction(result => Core(result));

var perRequest = new Option<int[]>("--events-per-request") { Description = "One run each.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 100, 1000] };
var connections = new Option<int>("--connections") { Description = "Open at once; 0: fitting to the request's size.", DefaultValueFactory = _ => 0 };
var atOnce = new Option<int>("--requests-at-once") { Description = "Sent on a connection before its answers are read.", DefaultValueFactory = _ => 1 };
var seconds = new Option<double>("--seconds") { Description = "Measured time of a run.", DefaultValueFactory = _ => 5 };
var warmUp = new Option<double>("--warm-up") { Description = "Seconds of load before the measuring: a fresh server compiles its code first.", DefaultValueFactory = _ => 5 };
var url = new Option<string?>("--url") { Description = "A running server on this machine. Without it one is started on an empty folder." };
var key = new Option<string>("--write-key") { Description = "For --url.", DefaultValueFactory = _ => ServerProcess.WriteKey };
var kind = new Option<string>("--store") { Description = "sqlite or postgres, of the server that is started.", DefaultValueFactory = _ => "sqlite" };
kind.AcceptOnlyFromAmong("sqlite", "postgres");
var http = new Command("http", "Durable ingest over loopback HTTP.") { accounts, distribution, runs, perRequest, connections, atOnce, warmUp, seconds, url, key, kind };
http.SetAction((result, _) => HttpAsync(result));

var rate = new Option<int>("--rate") { Description = "Live events a second meanwhile.", DefaultValueFactory = _ => 20_000 };
var active = new Option<int>("--populate") { Description = "Events of each account over two weeks before; 40 adopt a product.", DefaultValueFactory = _ => 40 };
var tick = new Command("tick", "A midnight over accounts that are all active, and how long live events wait meanwhile.") { accounts, rate, runs, active, seconds };
tick.SetAction((result, _) => TickAsync(result));

var many = new Option<int>("--accounts") { Description = "How many accounts there are.", DefaultValueFactory = _ => 1_000_000 };
var each = new Option<int>("--populate") { Description = "Events of each account before the orderly stop.", DefaultValueFactory = _ => 3 };
var tail = new Option<long>("--tail") { Description = "Events behind the last checkpoints when it is killed.", DefaultValueFactory = _ => 10_000_000 };
var restart = new Command("restart", "How soon the server is ready again, after an orderly stop and after kill -9.") { many, each, tail, runs, kind };
restart.SetAction((result, _) => RestartAsync(result));

var silo = new Option<string[]>("--silo") { Description = "More options of the silo, e.g. Cluster:Batch:ActivateFrom=4.", AllowMultipleArgumentsPerToken = true };
var one = new Option<int>("--events-per-request") { Description = "1 and up.", DefaultValueFactory = _ => 100 };
var hosts = new Command("hosts", "One silo beside the embedded host, both on PostgreSQL, in turns.") { accounts, distribution, runs, one, connections, warmUp, seconds, silo };
hosts.SetAction((result, _) => HostsAsync(result));

return await new RootCommand("Load generator of Realtime Adoption: figures next to the design's targets.") { core, http, hosts, tick, restart, IdsBench.Command() }.Parse(args).InvokeAsync();

int Core(ParseResult result)
{
    var model = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "saas-suite.yaml"));
    using var bench = new CoreBench(result.GetValue(accounts), result.GetValue(distribution)!, result.GetValue(batch), model);
    bench.Populate(result.GetValue(populate), result.GetValue(days));
    Console.WriteLine("| run | events/s | a second of processor time | collector's pauses | allocated an event | changes an event |");
    Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
    var figures = new List<CoreRun>();
    for (var run = 1; run <= result.GetValue(runs); run++)
    {
        var f = bench.Run(result.GetValue(events));
        figures.Add(f);
        Console.WriteLine($"| {run} | {f.PerSecond / 1e6:0.00} M | {f.PerCpuSecond / 1e6:0.00} M | {f.PauseShare:0 %} | {f.BytesPerEvent:N0} bytes | {f.ChangesPerEvent:0.00} |");
    }

    figures.Sort((a, b) => a.PerSecond.CompareTo(b.PerSecond));
    var middle = figures[figures.Count / 2];
    var target = result.GetValue(distribution) == "zipf" ? 4 : 5;
    Console.WriteLine($"core, {result.GetValue(distribution)}, {result.GetValue(accounts):N0} accounts: {middle.PerSecond / 1e6:0.00} M events/s, {middle.PerCpuSecond / 1e6:0.00} M a second of processor time"
        + $" (floor 1.5, target {target} at 1,000,000 accounts); memory {GC.GetTotalMemory(true) / 1e6:N0} MB, of it {bench.BytesPerAccount.InUse:N0} bytes an account's state, {bench.BytesPerAccount.Reserved:N0} with what is free for growth");
    return 0;
}

async Task<int> TickAsync(ParseResult result)
{
    var model = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "saas-suite.yaml"));
    await using var bench = new TickBench(result.GetValue(accounts), result.GetValue(rate), model);
    await bench.PopulateAsync(result.GetValue(active));
    Console.WriteLine($"tick, {result.GetValue(accounts):N0} active accounts, {result.GetValue(rate):N0} live events/s; target: 2 s at 1,000,000 accounts, p99 50 ms");
    Console.WriteLine("| tick | processor time | of it collector's pauses | collections: gen 0, 1, 2 | bytes allocated an account | wait without a tick: p50 | p99 | max | during the tick: p50 | p99 | max |");
    Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (var run = 0; run < result.GetValue(runs); run++)
    {
        var f = await bench.RunAsync(TimeSpan.FromSeconds(result.GetValue(seconds)));
        Console.WriteLine($"| {f.TickSeconds:0.00} s | {f.CpuSeconds:0.00} s | {f.PauseSeconds:0.00} s | {string.Join(", ", f.Collections)} | {f.AllocatedBytes / result.GetValue(accounts):N0} | {f.Before.P50:0.0} ms | {f.Before.P99:0.0} ms | {f.Before.Max:0.0} ms | {f.During.P50:0.0} ms | {f.During.P99:0.0} ms | {f.During.Max:0.0} ms |");
    }

    Console.WriteLine($"{bench.Changes:N0} changes were stored; afterwards, with nothing to do: {await TickBench.IdleAsync(TimeSpan.FromSeconds(5)):0.000} s of processor time a second");
    return 0;
}

async Task<int> HttpAsync(ParseResult result)
{
    Console.WriteLine("| events a request | connections | events/s | ack p50 | ack p99 | shed | server's cores | generator's cores | floor | target |");
    Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    foreach (var size in result.GetValue(perRequest)!)
    {
        var open = result.GetValue(connections) is > 0 and var given ? given : size switch { 1 => 128, < 500 => 32, _ => 12 };
        var load = new HttpLoad(
            size, open, result.GetValue(atOnce), result.GetValue(accounts), result.GetValue(distribution)!, TimeSpan.FromSeconds(result.GetValue(warmUp)), TimeSpan.FromSeconds(result.GetValue(seconds)));
        var figures = new List<HttpFigures>();
        for (var run = 0; run < result.GetValue(runs); run++) figures.Add(await RunAsync(load, result.GetValue(url) is { } server ? new Uri(server) : null, result.GetValue(key)!, result.GetValue(kind)!, run));
        var middle = figures.OrderBy(f => f.EventsPerSecond).ElementAt(figures.Count / 2);
        var (floor, target) = size switch { 1 => ("", "40,000"), 100 => ("200,000", "1,000,000, p99 15 ms"), _ => ("", "") };
        Console.WriteLine($"| {size} | {open} | {middle.EventsPerSecond:N0} | {middle.AckP50Ms:0.0} ms | {middle.AckP99Ms:0.0} ms | {middle.Shed:N0}"
            + $" | {(middle.ServerCpu is { } cpu ? $"{cpu:0.00}" : "?")} | {middle.GeneratorCpu:0.00} | {floor} | {target} |");
    }

    return 0;
}

async Task<int> HostsAsync(ParseResult result)
{
    var open = result.GetValue(connections) is > 0 and var given ? given : 32;
    var load = new HttpLoad(
        result.GetValue(one), open, 1, result.GetValue(accounts), result.GetValue(distribution)!, TimeSpan.FromSeconds(result.GetValue(warmUp)), TimeSpan.FromSeconds(result.GetValue(seconds)));
    if (!HostsBench.HasSilo)
    {
        Console.Error.WriteLine("There is no silo to measure: RealtimeAdoption.Silo was built without the Orleans packages (orleans/README.md).");
        return 1;
    }

    Console.WriteLine("| host | accepted/s | applied/s | behind at the end | ack p50 | ack p99 | shed | server's cores | working set | events a grain's call |");
    Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    var ratios = new List<double>();
    for (var run = 0; run < result.GetValue(runs); run++)
    {
        var embedded = await OfAsync(HostsBench.Embedded);
        ratios.Add(await OfAsync(HostsBench.Silo) / embedded);
    }

    ratios.Sort();
    Console.WriteLine($"{load.Accounts:N0} accounts, {load.EventsPerRequest} events a request, {open} connections: a silo applies {ratios[ratios.Count / 2]:0 %} of what the embedded host does (target 50 %; {ratios[0]:0 %} to {ratios[^1]:0 %})");
    return 0;

    async Task<double> OfAsync(string host)
    {
        var f = await HostsBench.RunAsync(host, load, [.. (result.GetValue(silo) ?? []).Select(option => "--" + option)]);
        Console.WriteLine($"| {host} | {f.Accepted:N0} | {f.Applied:N0} | {f.BehindSeconds:0.0} s | {f.AckP50Ms:0.0} ms | {f.AckP99Ms:0.0} ms | {f.Shed:N0} | {f.ServerCpu:0.00} | {f.MemoryMiB:N0} MiB | {f.RecordsPerCall:0.00} |");
        return f.Applied;
    }
}

static async Task<HttpFigures> RunAsync(HttpLoad load, Uri? url, string key, string kind, int run)
{
    if (url is not null) return await HttpBench.RunAsync(url, key, null, load, run);
    await using var store = await LoadStore.StartAsync(kind);
    await using var server = await ServerProcess.StartAsync(store.Folder, [.. store.Options]);
    return await HttpBench.RunAsync(server.Url, key, server, load, run);
}

async Task<int> RestartAsync(ParseResult result)
{
    var (accounts, events) = (result.GetValue(many), result.GetValue(tail));
    await using var store = await LoadStore.StartAsync(result.GetValue(kind)!);
    var bench = new RestartBench(store);
    await bench.FillAsync(accounts, result.GetValue(each));
    Console.WriteLine($"{result.GetValue(kind)}, {accounts:N0} accounts with {result.GetValue(each)} events each; targets at 1,000,000: 3 s, and 6 s with a tail of 10,000,000");
    Console.WriteLine("| restart | until ready | processor time | working set |");
    Console.WriteLine("| --- | --- | --- | --- |");
    for (var run = 0; run < result.GetValue(runs); run++) Tell("after an orderly stop", await bench.CleanAsync());
    if (events == 0) return 0;
    await bench.TailAsync(accounts, events);
    for (var run = 0; run < result.GetValue(runs); run++) Tell($"after kill -9, tail of {events:N0} events", await bench.KilledAsync());
    return 0;

    static void Tell(string what, RestartFigures f) => Console.WriteLine($"| {what} | {f.Seconds:0.0} s | {f.ProcessorSeconds:0.0} s | {f.MemoryMiB:N0} MiB |");
}
