using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>What one cycle of start, load and kill -9 came to.</summary>
/// <param name="EventsPerSecond">Acknowledged, while the load was on.</param>
/// <param name="Open">Batches that were sent and not acknowledged when the server died.</param>
/// <param name="Taken">Of these, how many events it had taken all the same.</param>
public sealed record CrashCycle(double EventsPerSecond, double Seconds, int Acknowledged, int Open, long Taken, double RecoverySeconds);

/// <summary>
/// Kills the server with -9 under load, again and again on the same folder, and counts after each restart. Days pass while it runs (so ticks are written),
/// checkpoints are due all the time, and imports and late events keep rebuilds going: kills at random moments meet commits, checkpoints, ticks and rebuilds.
/// Acknowledged events must be counted, once; the others may have been taken or not, and count once after they were sent again.
/// </summary>
/// <param name="folder">Of the data.</param>
/// <param name="seed">Of traffic and kills.</param>
/// <param name="tell">Takes a line a cycle.</param>
/// <param name="store">The server's options of its store; none: SQLite.</param>
public sealed class CrashRun(string folder, int seed, Action<string> tell, params string[] store)
{
    private const int Senders = 4;
    private const int WarmBatches = 30;
    private const int PreparedBatches = 250;
    private const double DaysPerSecond = 1.3;

    private readonly Traffic traffic = new(seed, accounts: 60, eventsPerBatch: 500);
    private readonly Random random = new(seed);
    private readonly List<TrafficBatch> unacknowledged = [];
    private readonly ConcurrentQueue<(TrafficBatch Batch, byte[] Body)> ready = new();
    private int number;
    private DateTimeOffset now = DateTimeOffset.Parse("2026-01-05T03:00:00Z", CultureInfo.InvariantCulture);

    /// <summary>Events counted so far.</summary>
    public long Events { get; private set; }

    public async Task<List<CrashCycle>> RunAsync(int cycles)
    {
        var done = new List<CrashCycle>();
        for (var cycle = 1; cycle <= cycles; cycle++)
        {
            var result = await CycleAsync();
            done.Add(result);
            tell(string.Create(CultureInfo.InvariantCulture, $"cycle {cycle}: {result.EventsPerSecond:N0} events/s for {result.Seconds:0.0} s, killed with {result.Open} batches open, of which {result.Taken} events had been taken; recovered in {result.RecoverySeconds:0.0} s, {Events:N0} events counted once"));
        }

        return done;
    }

    private async Task<CrashCycle> CycleAsync()
    {
        // Made beforehand, so that the load takes its processor time from nobody.
        Parallel.For(0, PreparedBatches - ready.Count, _ => ready.Enqueue(Make()));
        var (acknowledged, seconds, upFor, began) = (0, 0.0, 0.0, now);
        var launched = TimeProvider.System.GetTimestamp();
        await using (var server = await StartAsync())
        {
            (acknowledged, seconds) = await LoadAndKillAsync(server);
            upFor = TimeProvider.System.GetElapsedTime(launched).TotalSeconds;
        }

        // Later than the clock of the dead server can have come.
        now = began.AddDays((upFor + 1) * DaysPerSecond);
        var open = unacknowledged.ToList();
        var start = TimeProvider.System.GetTimestamp();
        await using var again = await StartAsync(standing: true);
        var recovery = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        using var http = again.Client();
        var taken = await CheckBoundsAsync(http);
        await SendAgainAsync(http);
        await CheckExactAsync(http);
        await again.KillAsync();
        return new CrashCycle(acknowledged * (double)traffic.EventsPerBatch / seconds, seconds, acknowledged, open.Count, taken, recovery);
    }

    private Task<ServerProcess> StartAsync(bool standing = false) => ServerProcess.StartAsync(
        folder,
        [
            .. store,
            "--Partitions=16",
            "--Host:CheckpointRecords=5000",
            "--Host:CheckpointSeconds=1",
            string.Create(CultureInfo.InvariantCulture, $"--Clock:Start={now:O}"),
            string.Create(CultureInfo.InvariantCulture, $"--Clock:Speed={(standing ? 0 : DaysPerSecond * 86_400)}"),
        ]);

    private async Task<(int Acknowledged, double Seconds)> LoadAndKillAsync(ServerProcess server)
    {
        using var http = server.Client();
        var acknowledged = new ConcurrentBag<TrafficBatch>();
        var open = new ConcurrentDictionary<TrafficBatch, bool>();
        var warm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var dead = false;
        var senders = Enumerable.Range(0, Senders).Select(_ => Task.Run(SendAsync)).ToArray();
        // A server just started compiles its code first; the load counts from when it runs.
        await Task.WhenAny(warm.Task, Task.WhenAll(senders)).WaitAsync(TimeSpan.FromSeconds(60));
        var (began, before) = (TimeProvider.System.GetTimestamp(), acknowledged.Count);
        await Task.Delay(TimeSpan.FromSeconds(0.2 + (random.NextDouble() * 2)));
        await server.KillAsync();
        Volatile.Write(ref dead, true);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        await Task.WhenAll(senders);
        foreach (var batch in acknowledged) CountIt(batch);
        unacknowledged.AddRange(open.Keys.OrderBy(b => b.Number));
        return (acknowledged.Count - before, seconds);

        async Task SendAsync()
        {
            while (!Volatile.Read(ref dead))
            {
                if (!ready.TryDequeue(out var made)) made = Make();
                var batch = made.Batch;
                open[batch] = true;
                try
                {
                    var status = await PostAsync(http, batch, made.Body);
                    if (status == HttpStatusCode.OK)
                    {
                        acknowledged.Add(batch);
                        if (acknowledged.Count >= WarmBatches) warm.TrySetResult();
                        open.TryRemove(batch, out _);
                    }
                    else
                    {
                        // Shed: nothing was taken, and it may be sent again.
                        Assert.True(status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable, $"A batch was answered {status}.");
                        await Task.Delay(20);
                    }
                }
                catch (HttpRequestException)
                {
                    return;
                }
            }
        }
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

    private async Task SendAgainAsync(HttpClient http)
    {
        foreach (var batch in unacknowledged)
        {
            var status = await PostAsync(http, batch, traffic.Body(batch));
            Assert.True(status == HttpStatusCode.OK, $"A batch sent again was answered {status}.");
            CountIt(batch);
        }

        unacknowledged.Clear();
    }

    private Task CheckExactAsync(HttpClient http) => EachCountAsync(http, (account, kind, asOf, value) =>
    {
        var expected = traffic.Expected(account, kind, asOf);
        Assert.True(value == expected, Say(account, kind, asOf, $"{value} after everything was sent again; right is {expected}"));
    });

    private async Task EachCountAsync(HttpClient http, Action<int, int, int, long> check)
    {
        await Answers.UntilAsync(
            () => http.JsonAsync("/health/ready"), health => health["rebuilding"]!.GetValue<int>() == 0, TimeSpan.FromSeconds(60), "no account is rebuilding");
        for (var account = 0; account < traffic.Accounts; account++)
        {
            var answer = await http.AccountAsync(Traffic.AccountId(account));
            Assert.Null(answer["rebuilding"]);
            var asOf = DateOnly.ParseExact(answer["as_of"]!.GetValue<string>(), "yyyy-MM-dd", CultureInfo.InvariantCulture);
            for (var kind = 0; kind < Traffic.Kinds; kind++)
                check(account, kind, asOf.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber, (long)(answer.ValueOf(Traffic.Metric(kind)) ?? 0));
        }
    }

    private (TrafficBatch Batch, byte[] Body) Make()
    {
        var next = Interlocked.Increment(ref number);
        var batch = new TrafficBatch(next, Day(now) - 1, Import: next % 12 == 0);
        return (batch, traffic.Body(batch));
    }

    private async Task<HttpStatusCode> PostAsync(HttpClient http, TrafficBatch batch, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.PostAsync(new Uri(batch.Import ? "/v1/import" : "/v1/batch", UriKind.Relative), content);
        if (answer.StatusCode != HttpStatusCode.OK) return answer.StatusCode;
        var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        var known = (json["accepted"]?.GetValue<int>() ?? 0) + (json["duplicates"]?.GetValue<int>() ?? 0);
        Assert.True(known == traffic.EventsPerBatch, $"A batch of {traffic.EventsPerBatch} events was answered {json.ToJsonString()}");
        return answer.StatusCode;
    }

    private void CountIt(TrafficBatch batch)
    {
        traffic.Count(batch);
        Events += traffic.EventsPerBatch;
    }

    private string Say(int account, int kind, int asOf, string what) =>
        $"seed {seed}: {Traffic.AccountId(account)}, {Traffic.Metric(kind)} as of day {asOf}: {what}.";

    private static int Day(DateTimeOffset at) => (int)(at.ToUnixTimeSeconds() / 86_400);
}
