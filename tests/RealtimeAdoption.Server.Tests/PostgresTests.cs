using System.Net;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>The real server on a real PostgreSQL: killed, without its database for a while, and beside a second one.</summary>
public sealed class PostgresTests(ITestOutputHelper output)
{
    private const int Senders = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string[] Standing = ["--Clock:Start=2026-03-10T10:00:00Z", "--Clock:Speed=0", "--Partitions=8", "--Host:CheckpointSeconds=1"];

    [Fact]
    public async Task While_PostgreSQL_is_gone_the_doors_say_503_and_afterwards_every_acknowledged_event_is_there_once()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var folder = new DataFolder();
        string[] options = [.. Standing, .. await StoreAsync(postgres)];
        var counts = new int[Senders];
        await using (var server = await ServerProcess.StartAsync(folder.In("data"), options))
        {
            using var http = server.Client();
            using var stop = new CancellationTokenSource();
            var traffic = new Outage(http, stop.Token);
            var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(() => traffic.SendAsync(sender))).ToArray();
            await traffic.AcknowledgedAsync(40).WaitAsync(Patience);

            await postgres.StopAtOnceAsync();
            await traffic.RefusedAsync(20).WaitAsync(Patience);
            // What is in memory is still answered; what only the database knows is refused in the same way.
            Assert.NotNull((await http.AccountAsync("acme-0"))["as_of"]);
            using (var answer = await http.GetAsync(new Uri("/v1/rejections", UriKind.Relative)))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.NotNull(answer.Headers.RetryAfter);
            }

            await postgres.StartAgainAsync();
            await traffic.AcknowledgedAsync(traffic.Acknowledged + 40).WaitAsync(Patience);
            await stop.CancelAsync();
            for (var sender = 0; sender < Senders; sender++) counts[sender] = await senders[sender].WaitAsync(Patience);
            output.WriteLine($"{traffic.Acknowledged} batches acknowledged, {traffic.Refused} answers were 503");
            await CheckAsync(http, counts);
            await server.KillAsync();
        }

        await using var again = await ServerProcess.StartAsync(folder.In("data"), options);
        using var asked = again.Client();
        await CheckAsync(asked, counts);
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused_and_told_by_whom()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var folder = new DataFolder();
        string[] options = [.. Standing, .. await StoreAsync(postgres)];
        await using var first = await ServerProcess.StartAsync(folder.In("first"), options);
        await using var second = ServerProcess.Launch(folder.In("second"), options);

        Assert.Equal(1, await second.ExitAsync(Patience));
        Assert.Contains($"is in use by process {first.Id} on", second.Output, StringComparison.Ordinal);
        using var http = first.Client();
        await http.SendAsync(HttpMethod.Post, "/v1/batch", Outage.Batch(0, 0));
    }

    [Fact]
    public async Task The_demo_runs_on_PostgreSQL_and_leaves_data_alone_that_is_not_its_own()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var folder = new DataFolder();
        var store = await StoreAsync(postgres);
        await using (var demo = await ServerProcess.StartAsync(folder.In("demo"), ["--demo", "--demo-accounts=20", "--demo-traffic=false", .. store]))
        {
            using var http = demo.Client();
            await Answers.UntilAsync(() => http.AllAccountsAsync(), accounts => accounts.Count >= 15, Patience, "the demo's accounts are there");
            Assert.Equal(0, await demo.StopAsync(Patience));
        }

        await using var other = ServerProcess.Launch(folder.In("other"), ["--demo", .. store]);
        Assert.Equal(1, await other.ExitAsync(Patience));
        Assert.Contains("the schema adoption_demo holds data that is not the demo's", other.Output, StringComparison.Ordinal);
    }

    private static async Task<string[]> StoreAsync(PostgresServer postgres) => ["--Storage:Kind=postgres", "--Storage:ConnectionString=" + await postgres.NewDatabaseAsync()];

    private static async Task CheckAsync(HttpClient http, int[] batches)
    {
        for (var sender = 0; sender < Senders; sender++)
            Assert.Equal(batches[sender] * Outage.EventsPerBatch, (await http.AccountAsync($"acme-{sender}")).ValueOf("contacts_created"));
    }
}
