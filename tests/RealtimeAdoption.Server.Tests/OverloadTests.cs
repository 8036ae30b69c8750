using System.Net;
using System.Text;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>More than the server takes, and its end in the midst of it: what is refused says when to come back, what is acknowledged is there, memory stays what it was.</summary>
public sealed class OverloadTests(ITestOutputHelper output)
{
    private const int Senders = 48;
    private const long MemoryMost = 192L << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string[] Standing = ["--Clock:Start=2026-03-10T10:00:00Z", "--Clock:Speed=0", "--Partitions=8"];

    [Fact]
    public async Task Under_more_load_than_it_takes_it_refuses_before_memory_grows_and_loses_nothing_that_it_took()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), [.. Standing, "--Host:EventsInFlightMax=1000"]);
        using var http = server.Client();
        using var stop = new CancellationTokenSource();
        var traffic = new Outage(http, stop.Token);
        var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(() => traffic.SendAsync(sender))).ToArray();
        await traffic.AcknowledgedAsync(200).WaitAsync(Patience);
        var before = server.WorkingSet;
        await traffic.RefusedAsync(traffic.Refused + 200).WaitAsync(Patience);
        await traffic.AcknowledgedAsync(traffic.Acknowledged + 400).WaitAsync(Patience);
        var after = server.WorkingSet;
        await stop.CancelAsync();

        output.WriteLine($"{traffic.Acknowledged} batches acknowledged, {traffic.Refused} answers were 503; {before >> 20} MiB before, {after >> 20} MiB after");
        Assert.InRange(after - before, long.MinValue, MemoryMost);
        for (var sender = 0; sender < Senders; sender++)
            Assert.Equal(await senders[sender].WaitAsync(Patience) * Outage.EventsPerBatch, (await http.AccountAsync($"acme-{sender}")).ValueOf("contacts_created"));
    }

    [Fact]
    public async Task SIGTERM_under_load_ends_it_with_code_0_and_everything_acknowledged_is_in_the_journal()
    {
        using var folder = new DataFolder();
        var acknowledged = new int[Senders];
        await using (var server = await ServerProcess.StartAsync(folder.In("data"), [.. Standing, "--Host:StopSecondsMax=30"]))
        {
            using var http = server.Client();
            using var started = new SemaphoreSlim(0);
            var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
            {
                while (await IsTakenAsync(http, Outage.Batch(sender, acknowledged[sender])))
                {
                    acknowledged[sender]++;
                    started.Release();
                }
            })).ToArray();
            for (var i = 0; i < 200; i++) Assert.True(await started.WaitAsync(Patience), "There is no traffic.");

            Assert.Equal(0, await server.StopAsync(TimeSpan.FromSeconds(90)));
            await Task.WhenAll(senders).WaitAsync(Patience);
        }

        await using var again = await ServerProcess.StartAsync(folder.In("data"), Standing);
        using var asked = again.Client();
        output.WriteLine($"{acknowledged.Sum()} batches were acknowledged");
        for (var sender = 0; sender < Senders; sender++)
        {
            // The batch after the last acknowledged one may have been taken, and its answer lost with the connection.
            var there = (await asked.AccountAsync($"acme-{sender}")).ValueOf("contacts_created");
            Assert.True(there == acknowledged[sender] * Outage.EventsPerBatch || there == (acknowledged[sender] + 1) * Outage.EventsPerBatch, $"Sender {sender}: {there} of {acknowledged[sender]} batches.");
        }
    }

    [Fact]
    public async Task A_server_whose_store_another_one_has_taken_over_acknowledges_nothing_more_and_ends_with_code_3()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var folder = new DataFolder();
        var connection = await postgres.NewDatabaseAsync();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), [.. Standing, "--Storage:Kind=postgres", "--Storage:ConnectionString=" + connection]);
        using var http = server.Client();
        await http.SendAsync(HttpMethod.Post, "/v1/batch", Outage.Batch(0, 0));

        await postgres.SqlAsync(connection.Split("Database=")[1].Split(';')[0], "UPDATE adoption.store SET epoch = epoch + 1; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

        Assert.False(await IsTakenAsync(http, Outage.Batch(0, 1)));
        Assert.Equal(3, await server.ExitAsync(Patience));
    }

    private static async Task<bool> IsTakenAsync(HttpClient http, string batch)
    {
        try
        {
            using var content = new StringContent(batch, Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(new Uri("/v1/batch", UriKind.Relative), content);
            if (answer.StatusCode == HttpStatusCode.OK) return true;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            return false;
        }
        catch (HttpRequestException)
        {
            // It has ended.
            return false;
        }
    }
}
