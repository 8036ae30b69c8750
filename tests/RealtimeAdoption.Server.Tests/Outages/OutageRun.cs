using System.Collections.Concurrent;
using System.Diagnostics;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Server.Tests.Crashes;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests.Outages;

/// <summary>A server under a steady load whose store is taken away and given back. Afterwards the journal and every account are held against what was acknowledged.</summary>
/// <param name="store">The database, also where a proxy stands before it.</param>
/// <param name="seed">Of the traffic.</param>
public sealed class OutageRun(PostgresCrashStore store, int seed)
{
    public const int Senders = 32;
    private const int EventsPerBatch = 500;
    private const int LateDays = 7;
    // 20,000 events a second in all.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(800);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly DateTimeOffset Today = new(2026, 3, 10, 10, 0, 0, TimeSpan.Zero);
    private static readonly string[] Standing = ["--Partitions=16", "--Clock:Speed=0", $"--Clock:Start={Today:O}", "--Host:CheckpointSeconds=1"];

    private readonly Traffic traffic = new(seed, accounts: 60, eventsPerBatch: EventsPerBatch);
    private readonly CrashLedger ledger = new(EventsPerBatch, LateDays);
    private int number;

    private readonly ConcurrentQueue<(long At, long Bytes)> memory = [];

    /// <summary>The most of the server's working set, bytes, of what was seen ten times a second from then (a timestamp of <see cref="Stopwatch"/>) until then.</summary>
    public long MemoryMost(long from, long until) => memory.Where(seen => seen.At >= from && seen.At <= until).Max(seen => seen.Bytes);

    /// <summary>Runs a story of trouble under load, and checks what came of it.</summary>
    /// <param name="folder">Of the data.</param>
    /// <param name="options">The server's: of its store, which may be reached through a proxy, and others.</param>
    /// <param name="trouble">Takes the load, which has run for some batches; it goes on until the story returns.</param>
    public async Task RunAsync(string folder, IReadOnlyList<string> options, Func<OutageLoad, HttpClient, Task> trouble)
    {
        await using var server = await ServerProcess.StartAsync(folder, [.. options, .. Standing]);
        using var http = server.Client();
        var door = new BatchDoor(EventsPerBatch, ledger.Sending, ledger.Acknowledged);
        var load = new OutageLoad((batch, body) => door.IsTakenAsync(http, batch, body), Make, Pace);
        var senders = Enumerable.Range(0, Senders).Select(_ => Task.Run(load.SendAsync)).ToArray();
        await load.AcknowledgedAsync(Senders).WaitAsync(Patience);
        memory.Enqueue((Stopwatch.GetTimestamp(), server.WorkingSet));
        var telling = trouble(load, http);
        while (await Task.WhenAny(telling, Task.Delay(Look)) != telling) memory.Enqueue((Stopwatch.GetTimestamp(), server.WorkingSet));
        await telling;
        load.End();
        await Task.WhenAll(senders).WaitAsync(Patience);

        foreach (var batch in load.Done) traffic.Count(batch);
        ledger.Take(await store.NewSegmentsAsync(), DateTimeOffset.MaxValue);
        await CheckAsync(http);
        await server.KillAsync();
        await using var again = await ServerProcess.StartAsync(folder, [.. store.Options, .. Standing]);
        using var asked = again.Client();
        await CheckAsync(asked);
    }

    private (TrafficBatch Batch, byte[] Body) Make()
    {
        var batch = new TrafficBatch(Interlocked.Increment(ref number), Days.Of(Today.ToUnixTimeMilliseconds()) - 1, Import: false);
        return (batch, traffic.Body(batch));
    }

    private async Task CheckAsync(HttpClient http)
    {
        await Answers.UntilAsync(() => http.JsonAsync("/health/ready"), health => health["rebuilding"]!.GetValue<int>() == 0, Patience, "no account is rebuilding");
        for (var account = 0; account < traffic.Accounts; account++)
        {
            var answer = await http.AccountAsync(Traffic.AccountId(account));
            for (var kind = 0; kind < Traffic.Kinds; kind++)
            {
                var (expected, value) = (traffic.Expected(account, kind, Days.Of(Today.ToUnixTimeMilliseconds())), (long)(answer.ValueOf(Traffic.Metric(kind)) ?? 0));
                Assert.True(value == expected, $"seed {seed}: {Traffic.AccountId(account)}, {Traffic.Metric(kind)}: {value}; right is {expected}.");
            }
        }
    }
}
