using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests.Crashes;

/// <summary>
/// Kills the server with -9 under load, again and again on the same store, and checks after each restart. Days pass while it runs (so ticks are written), checkpoints are due all the
/// time, imports and late events keep rebuilds going, and now and then a new model is activated. After each restart every acknowledged event is in the journal, nothing is there that
/// was not sent, no id is there twice, and each account counts what it must: the acknowledged events once, and the others once or not at all, and once when they were sent again.
/// </summary>
public sealed class CrashRun
{
    private const int Senders = 4;
    private const int EventsPerBatch = 500;
    private const int WarmBatches = 20;
    private const int PreparedBatches = 100;
    private const int LateDays = 7;
    private const int AskedAtOnce = 12;
    private const int LooksMost = 200;
    private const double DaysPerSecond = 1.3;
    private const double LoadSecondsLeast = 0.2;
    private const string AdminKey = "admin-key-of-the-crash-test";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(20);
    private static readonly DateTimeOffset Begin = DateTimeOffset.Parse("2026-01-05T03:00:00Z", CultureInfo.InvariantCulture);
    private static readonly string Model = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ServerProcess.Executable())!, "models", "saas-suite.yaml"));

    private readonly string folder;
    private readonly ICrashStore store;
    private readonly int seed;
    private readonly double loadSecondsMost;
    private readonly Traffic traffic;
    private readonly CrashLedger ledger = new(EventsPerBatch, LateDays);
    private readonly BatchDoor door;
    private readonly Random random;
    private readonly List<TrafficBatch> unacknowledged = [];
    private int number;
    private int models;
    private double upForBefore;
    private double recoveredIn;
    private DateTimeOffset now = Begin;

    /// <param name="folder">Of the data.</param>
    /// <param name="store">That the server writes to.</param>
    /// <param name="seed">Of traffic and kills.</param>
    /// <param name="loadSecondsMost">Of load before a kill, beyond the least.</param>
    public CrashRun(string folder, ICrashStore store, int seed, double loadSecondsMost)
    {
        this.folder = folder;
        this.store = store;
        this.seed = seed;
        this.loadSecondsMost = loadSecondsMost;
        traffic = new Traffic(seed, accounts: 60, eventsPerBatch: EventsPerBatch);
        door = new BatchDoor(EventsPerBatch, ledger.Sending, ledger.Acknowledged);
        random = new Random(seed);
    }

    /// <summary>Events that were acknowledged and counted once so far.</summary>
    public long Events { get; private set; }

    /// <param name="aims">One cycle each.</param>
    /// <param name="tell">Takes each cycle when it is checked.</param>
    public async Task RunAsync(IReadOnlyList<KillAim> aims, Action<CrashCycle> tell)
    {
        ServerProcess? server = await StartAsync();
        try
        {
            foreach (var aim in aims)
            {
                var launched = TimeProvider.System.GetTimestamp();
                var load = await LoadAndKillAsync(server, aim);
                await server.DisposeAsync();
                server = null;
                if (aim == KillAim.StoreToo) await store.StartAgainAsync();
                // Later than the clock of the dead server can have come; its start was before the last check.
                now = now.AddDays((TimeProvider.System.GetElapsedTime(launched).TotalSeconds + upForBefore + 1) * DaysPerSecond);
                var early = aim == KillAim.Recovery ? await KillStartingAsync() : Underway.None;
                var start = TimeProvider.System.GetTimestamp();
                server = await StartAsync();
                recoveredIn = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
                var (met, taken) = await CheckAsync(server);
                upForBefore = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
                tell(load with { Met = load.Met | met | early, Taken = taken, RecoverySeconds = recoveredIn });
            }

            Assert.Equal(0, await server.StopAsync(Patience));
        }
        catch (HttpRequestException error) when (server is not null)
        {
            // Who ends closes its doors first, and has not quite ended when somebody finds them closed.
            await Task.WhenAny(server.ExitAsync(ClosingTime));
            var state = server.HasExited ? $"ended with code {server.ExitCode}" : "runs, behind closed doors";
            throw new InvalidOperationException($"The server {state}: {server.LastLine}\n{server.Output}", error);
        }
        finally
        {
            if (server is not null) await server.DisposeAsync();
        }
    }

    /// <summary>Starts it and kills it at any moment of as long as the last start took.</summary>
    private async Task<Underway> KillStartingAsync()
    {
        var launched = TimeProvider.System.GetTimestamp();
        await using var server = Launch();
        await Task.Delay(TimeSpan.FromSeconds(random.NextDouble() * recoveredIn));
        await server.KillAsync();
        now = now.AddDays((TimeProvider.System.GetElapsedTime(launched).TotalSeconds + 1) * DaysPerSecond);
        return server.Output.Contains("Ready: ", StringComparison.Ordinal) ? Underway.None : Underway.Recovery;
    }

    private ServerProcess Launch()
    {
        string[] options =
        [
            .. store.Options,
            "--Partitions=16",
            "--Auth:AdminKeys:0=" + AdminKey,
            "--Host:CheckpointRecords=1000",
            "--Host:CheckpointSeconds=1",
            // All partitions at a time: one after the other, a tenth of a second apart, they would be most of a cycle.
            "--Host:RebuildWorkers=8",
            "--Host:RebuildQuietMs=50",
            "--Host:RebuildAgeMsMax=1000",
            string.Create(CultureInfo.InvariantCulture, $"--Clock:Start={now:O}"),
            string.Create(CultureInfo.InvariantCulture, $"--Clock:Speed={DaysPerSecond * 86_400}"),
        ];
        // It lives for seconds: code that is compiled once and not measured first takes half the processor time from them.
        return ServerProcess.LaunchUnder(["env", "DOTNET_TieredPGO=0"], "", folder, options);
    }

    private async Task<ServerProcess> StartAsync()
    {
        var server = Launch();
        try
        {
            await server.ReadyAsync(Patience);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private async Task<CrashCycle> LoadAndKillAsync(ServerProcess server, KillAim aim)
    {
        using var http = server.Client();
        // Made beforehand, so that the load takes its processor time from nobody.
        var lastDay = await LastDayAsync(http);
        var ready = new ConcurrentQueue<(TrafficBatch Batch, byte[] Body)>();
        Parallel.For(0, PreparedBatches, _ => ready.Enqueue(Make(lastDay)));
        var load = new CrashLoad((batch, body) => door.IsTakenAsync(http, batch, body), () => ready.TryDequeue(out var made) ? made : Make(lastDay));
        var senders = Enumerable.Range(0, Senders).Select(_ => Task.Run(load.SendAsync)).ToArray();
        // A server just started compiles its code first; the load counts from when it runs.
        await Task.WhenAny(load.AcknowledgedAsync(WarmBatches), Task.WhenAll(senders)).WaitAsync(Patience);
        var (began, before, lost) = (TimeProvider.System.GetTimestamp(), load.Acknowledged, 0.0);
        if (aim == KillAim.StoreBefore) lost = await KillStoreAsync(load);
        await Task.Delay(TimeSpan.FromSeconds(LoadSecondsLeast + (random.NextDouble() * loadSecondsMost)));
        await AimAsync(http, aim, lastDay);
        // The load counts until the kill begins: to end a store's server takes time in which nothing can be acknowledged.
        var (seconds, acknowledged) = (TimeProvider.System.GetElapsedTime(began).TotalSeconds - lost, (load.Acknowledged - before) * (long)EventsPerBatch);
        var met = await KillAsync(server, aim);
        load.End();
        await Task.WhenAll(senders).WaitAsync(Patience);
        foreach (var batch in load.Done) CountIt(batch);
        unacknowledged.AddRange(load.Open);
        return new CrashCycle(aim, met, acknowledged, seconds, unacknowledged.Count, 0, 0);
    }

    /// <summary>The store's own server is killed and comes back while the load goes on. Returns the seconds in which nothing could be acknowledged.</summary>
    private async Task<double> KillStoreAsync(CrashLoad load)
    {
        await Task.Delay(random.Next(300));
        await store.KillAsync();
        var began = TimeProvider.System.GetTimestamp();
        await store.StartAgainAsync();
        await load.AcknowledgedAsync(load.Acknowledged + Senders + 1).WaitAsync(Patience);
        return TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Waits for what the kill is to meet, and a moment more or less.</summary>
    private async Task AimAsync(HttpClient http, KillAim aim, int lastDay)
    {
        switch (aim)
        {
            case KillAim.Midnight:
                // Seen some milliseconds late; the next one comes a day later by the servers' clock.
                var day = await LastDayAsync(http, lastDay);
                while (await LastDayAsync(http, lastDay) == day) await Task.Yield();
                await Task.Delay(TimeSpan.FromSeconds((1 / DaysPerSecond) - 0.01 + (random.NextDouble() * 0.02)));
                break;
            case KillAim.Activation:
                var text = Model.Replace("\"2026-11\"", $"\"crash-{++models}\"", StringComparison.Ordinal).Replace("at_least: 25, within", $"at_least: {25 + models}, within", StringComparison.Ordinal);
                using (var request = new HttpRequestMessage(HttpMethod.Put, "/v1/model") { Content = new StringContent(text) })
                {
                    request.Headers.Authorization = new("Bearer", AdminKey);
                    request.Content.Headers.ContentType = new("application/yaml");
                    using var answer = await http.SendAsync(request);
                    // Busy: the one that the last kill met goes on.
                    Assert.True(answer.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.Conflict, $"A model was answered {answer.StatusCode}.");
                }

                await Task.Delay(random.Next(200));
                break;
            default:
                break;
        }
    }

    private async Task<Underway> KillAsync(ServerProcess server, KillAim aim)
    {
        var met = Underway.None;
        if (aim == KillAim.StoreToo)
        {
            await store.KillAsync();
        }
        else
        {
            // Checkpoints are short: one looks until there is one.
            for (var looks = 1; ; looks++)
            {
                var at = TimeProvider.System.GetUtcNow();
                server.Freeze();
                met = await store.LookAsync(new FrozenServer(server.Id), at);
                if (aim != KillAim.Checkpoint || met.HasFlag(Underway.Checkpoint) || looks == LooksMost) break;
                server.Thaw();
                await Task.Delay(random.Next(10));
            }
        }

        await server.KillAsync();
        return met;
    }

    private async Task<(Underway Met, long Taken)> CheckAsync(ServerProcess server)
    {
        using var http = server.Client();
        var met = ledger.Take(await store.NewSegmentsAsync(), restartedAt: now);
        var taken = await CheckBoundsAsync(http);
        foreach (var batch in unacknowledged)
        {
            Assert.True(await door.IsTakenAsync(http, batch, traffic.Body(batch)), "A batch sent again was shed.");
            CountIt(batch);
        }

        unacknowledged.Clear();
        await EachCountAsync(http, (account, kind, asOf, value) =>
        {
            var expected = traffic.Expected(account, kind, asOf);
            Assert.True(value == expected, Say(account, kind, asOf, $"{value} after everything was sent again; right is {expected}"));
        });
        return (met, taken);
    }

    /// <summary>Each count lies between what was acknowledged and what was sent at all. Returns what was taken beyond the acknowledged.</summary>
    private async Task<long> CheckBoundsAsync(HttpClient http)
    {
        var all = new Traffic(seed, traffic.Accounts, traffic.EventsPerBatch);
        foreach (var batch in unacknowledged) all.Count(batch);
        var taken = 0L;
        await EachCountAsync(http, (account, kind, asOf, value) =>
        {
            var least = traffic.Expected(account, kind, asOf);
            var most = least + all.Expected(account, kind, asOf);
            Assert.True(value >= least && value <= most, Say(account, kind, asOf, $"{value} after the restart; acknowledged were {least}, sent {most}"));
            taken += value - least;
        });
        return taken;
    }

    private async Task EachCountAsync(HttpClient http, Action<int, int, int, long> check)
    {
        await Answers.UntilAsync(() => http.JsonAsync("/health/ready"), health => health["rebuilding"]!.GetValue<int>() == 0, Patience, "no account is rebuilding");
        foreach (var some in Enumerable.Range(0, traffic.Accounts).Chunk(AskedAtOnce))
        {
            foreach (var (account, answer) in some.Zip(await Task.WhenAll(some.Select(account => http.AccountAsync(Traffic.AccountId(account))))))
            {
                Assert.Null(answer["rebuilding"]);
                for (var kind = 0; kind < Traffic.Kinds; kind++) check(account, kind, DayOf(answer), (long)(answer.ValueOf(Traffic.Metric(kind)) ?? 0));
            }
        }
    }

    /// <summary>The last day that is over, by an account's answer; before there is any, by the clock that the server was started with.</summary>
    private async Task<int> LastDayAsync(HttpClient http, int? least = null)
    {
        if (Events == 0 && least is null) return Days.Of(now.ToUnixTimeMilliseconds()) - 1;
        return DayOf(await http.AccountAsync(Traffic.AccountId(0))) - 1;
    }

    private (TrafficBatch Batch, byte[] Body) Make(int lastDay)
    {
        var next = Interlocked.Increment(ref number);
        var batch = new TrafficBatch(next, lastDay, Import: next % 12 == 0);
        return (batch, traffic.Body(batch));
    }

    private void CountIt(TrafficBatch batch)
    {
        traffic.Count(batch);
        Events += EventsPerBatch;
    }

    private static int DayOf(JsonObject account) => Days.Of(DateOnly.ParseExact(account["as_of"]!.GetValue<string>(), "yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static string Say(int account, int kind, int asOf, string what) => $"{Traffic.AccountId(account)}, {Traffic.Metric(kind)} as of day {asOf}: {what}.";
}
