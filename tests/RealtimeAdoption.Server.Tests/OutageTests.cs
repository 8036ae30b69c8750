using System.Diagnostics;
using System.Globalization;
using System.Net;
using RealtimeAdoption.Server.Tests.Crashes;
using RealtimeAdoption.Server.Tests.Outages;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>A PostgreSQL that is gone, or slow, under load. The short form runs with all tests; <c>tests/outage.sh</c> takes it away for a minute.</summary>
public sealed class OutageTests(ITestOutputHelper output)
{
    private const int Seed = 20261122;

    /// <summary>Beyond what it took in the first half: 32 requests that wait, and what the collector has not looked at yet. A queue of what is sent again and again would take gigabytes in a minute.</summary>
    private const long MemoryMore = 300L << 20;

    private static readonly int Seconds = int.TryParse(Environment.GetEnvironmentVariable("OUTAGE_SECONDS"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var given) ? given : 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The long form looks longer at what was before and what comes after.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(Seconds > 30 ? 15 : 2);

    [Fact]
    public async Task PostgreSQL_gone_under_load_costs_no_acknowledged_event_and_comes_back_by_itself()
    {
        await using var store = await PostgresCrashStore.StartAsync();
        using var folder = new DataFolder();
        var run = new OutageRun(store, Seed);
        await run.RunAsync(folder.In("data"), store.Options, async (load, http) =>
        {
            // A server just started compiles its code first.
            await load.AcknowledgedAsync(load.Done.Count + (Around.Seconds * OutageRun.Senders / 2)).WaitAsync(Patience);
            var began = Stopwatch.GetTimestamp();
            await Task.Delay(Around);
            var gone = Stopwatch.GetTimestamp();
            await store.StopAsync();
            await load.RefusedAsync(OutageRun.Senders).WaitAsync(Patience);
            await CheckDoorsAsync(http);
            var left = TimeSpan.FromSeconds(Seconds) - Stopwatch.GetElapsedTime(gone);
            if (left > TimeSpan.Zero) await Task.Delay(left);
            var (goneFor, refused) = (Stopwatch.GetElapsedTime(gone), load.Refused);
            await store.StartAgainAsync();
            var (half, back) = (gone + (Stopwatch.GetTimestamp() - gone) / 2, Stopwatch.GetTimestamp());
            await load.AcknowledgedAsync(load.Done.Count + (2 * OutageRun.Senders)).WaitAsync(Patience);
            await Task.Delay(Around);
            var before = load.Between(began, gone);
            // In the latest seconds of the load, in which each sender is due twice; on a busy machine not any two seconds will do.
            var shortWait = Math.Min((10 * before.P50) + 250, 1_500);
            while (load.Between(Stopwatch.GetTimestamp() - (4 * Stopwatch.Frequency), Stopwatch.GetTimestamp() - (2 * Stopwatch.Frequency)) is var latest && (latest.Count < OutageRun.Senders * 3 / 2 || latest.P50 > shortWait))
            {
                Assert.True(Stopwatch.GetElapsedTime(back) < Patience, $"The waits have not become short again: {latest}.");
                await Task.Delay(100);
            }

            var after = load.Between(back + (Stopwatch.GetTimestamp() - back) / 2, Stopwatch.GetTimestamp());
            Tell($"before: {before}");
            Tell($"gone for {goneFor.TotalSeconds:0.0} s: {refused} answers were 503 with Retry-After, after {load.RefusalMsMost:0} ms at most");
            Tell($"back: the first acknowledgement {load.FirstAfter(back):0.00} s after PostgreSQL took connections again, as fast as twice the time before {load.AsFastAfter(back, 2 * before.P50):0.0} s after");
            Tell($"then: {after}");
            TellMemory(run, gone, half);
            TellMemory(run, half, Stopwatch.GetTimestamp());
            Assert.InRange(run.MemoryMost(half, Stopwatch.GetTimestamp()) - run.MemoryMost(gone, half), long.MinValue, MemoryMore);
        });
    }

    [Fact]
    public async Task A_slow_and_stalling_PostgreSQL_sheds_load_in_bounded_memory_and_costs_no_acknowledged_event()
    {
        await using var store = await PostgresCrashStore.StartAsync();
        await using var proxy = new TcpProxy(store.Port);
        using var folder = new DataFolder();
        var run = new OutageRun(store, Seed);
        await run.RunAsync(folder.In("data"), [.. store.Through(proxy.Port), "--Host:BytesInFlightMax=1048576"], async (load, _) =>
        {
            (proxy.AnswerDelayMs, proxy.UpBytesPerSecond) = (100, 100_000);
            await Task.WhenAll(load.RefusedAsync(60), load.AcknowledgedAsync(load.Done.Count + 10)).WaitAsync(Patience);
            var slow = Stopwatch.GetTimestamp();
            (proxy.AnswerDelayMs, proxy.UpBytesPerSecond) = (2_500, 0);
            // More than were on their way: some were sent and acknowledged while it stalled.
            await load.AcknowledgedAsync(load.Done.Count + OutageRun.Senders + 1).WaitAsync(Patience);
            (proxy.AnswerDelayMs, proxy.UpBytesPerSecond) = (0, 0);
            var normal = Stopwatch.GetTimestamp();
            await load.AcknowledgedAsync(load.Done.Count + 60).WaitAsync(Patience);
            Tell($"slow: {load.Refused} answers were 503 with Retry-After; afterwards: {load.Between(normal, Stopwatch.GetTimestamp())}");
            TellMemory(run, 0, slow);
            TellMemory(run, slow, Stopwatch.GetTimestamp());
            Assert.InRange(run.MemoryMost(slow, Stopwatch.GetTimestamp()) - run.MemoryMost(0, slow), long.MinValue, MemoryMore);
        });
    }

    /// <summary>What is in memory is still answered; what only the database knows is refused in the same way as events.</summary>
    private static async Task CheckDoorsAsync(HttpClient http)
    {
        Assert.NotNull((await http.AccountAsync(Traffic.AccountId(0)))["as_of"]);
        using var answer = await http.GetAsync(new Uri("/v1/rejections", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    private void TellMemory(OutageRun run, long from, long until) =>
        Tell($"memory {run.MemoryMost(from, until) >> 20} MiB at most{(from == 0 ? "" : $" in the next {Stopwatch.GetElapsedTime(from, until).TotalSeconds:0} s")}");

    private void Tell(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
