using System.Globalization;
using System.Net;
using Npgsql;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Silo.Tests.Hosts;

public sealed class ConnectionBudgetTests(ITestOutputHelper output)
{
    private const int Most = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string[] Questions = ["/v1/accounts", "/v1/alerts", "/v1/changes?limit=1000", "/v1/rejections", "/v1/accounts/a-1/history", "/v1/accounts/a-1", "/v1/quarantine"];

    [Fact]
    public async Task A_silo_opens_no_more_connections_than_it_may_whatever_is_asked_of_it()
    {
        var server = await PostgresServer.SharedAsync();
        var connection = await server.NewDatabaseAsync();
        using var stop = new CancellationTokenSource();
        var counting = CountAsync(connection, stop.Token);
        await using var silo = ServerProcess.LaunchProject(
            "RealtimeAdoption.Silo", [], "", "--Storage:Kind=postgres", $"--Storage:ConnectionString={connection}", "--Cluster:SiloPort=0", "--Partitions=32", $"--Cluster:ConnectionsMax={Most}", "--Cluster:Owner:CheckpointSeconds=1");
        await silo.ReadyAsync(Patience);
        using var http = silo.Client();
        await Task.WhenAll(Enumerable.Range(0, 24).Select(sender => LoadAsync(http, sender)));
        Assert.Equal(0, await silo.StopAsync(Patience));
        await stop.CancelAsync();
        var (seen, whose) = await counting;
        output.WriteLine($"{seen} connections at most: {whose}");
        Assert.InRange(seen, Most - 6, Most);
    }

    private static async Task LoadAsync(HttpClient http, int sender)
    {
        for (var i = 0; i < 40; i++)
        {
            var body = $$$"""{"userId":"u{{{i}}}","messageId":"m-{{{sender}}}-{{{i}}}","event":"{{{(i % 5 == 0 ? "" : "Contact Created")}}}","context":{"groupId":"a-{{{(sender * i) % 50}}}"}}""";
            await http.TrySendAsync(HttpMethod.Post, "/v1/track", body);
            using var answer = await http.GetAsync(new Uri(Questions[(sender + i) % Questions.Length], UriKind.Relative));
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, await answer.Content.ReadAsStringAsync());
        }
    }

    // The most at any one time, and which they were.
    private static async Task<(int Seen, string Whose)> CountAsync(string connection, CancellationToken stop)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var own = await source.OpenConnectionAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(
            "SELECT application_name, count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY application_name ORDER BY 1", own);
        var (most, whose) = (0, "");
        while (!stop.IsCancellationRequested)
        {
            var seen = new List<(string Name, int Count)>();
            await using (var rows = await command.ExecuteReaderAsync(CancellationToken.None))
            {
                while (await rows.ReadAsync(CancellationToken.None)) seen.Add((rows.GetString(0), (int)rows.GetInt64(1)));
            }

            if (seen.Sum(one => one.Count) is var now && now > most) (most, whose) = (now, string.Join(", ", seen.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Count} {one.Name}"))));
        }

        return (most, whose);
    }
}
