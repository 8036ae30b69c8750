using System.Diagnostics;
using System.Net;
using System.Text.Json;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Silo.Tests.Fleet;

/// <summary>Real SignalR clients on the hubs of real silo processes, each behind a balancer, while silos are killed.</summary>
public sealed class BoardProcessTests(ITestOutputHelper output)
{
    private const int EventsAnAccount = 35;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task No_viewer_ever_sees_a_wrong_number_and_those_of_a_killed_silo_come_back_to_another()
    {
        await using var postgres = await PostgresServer.StartAsync();
        var connection = await postgres.NewDatabaseAsync();
        await using var first = Launch(connection);
        await using var second = Launch(connection);
        await first.ReadyAsync(Patience);
        await second.ReadyAsync(Patience);
        await using var toFirst = new TcpProxy(first.Url.Port);
        await using var toSecond = new TcpProxy(second.Url.Port);
        await using var one = await BoardViewer.JoinAsync(AddressOf(toFirst), ServerProcess.ReadKey);
        await using var other = await BoardViewer.JoinAsync(AddressOf(toSecond), ServerProcess.ReadKey);
        await SendAsync(first, 0, 3);
        await SendAsync(second, 3, 6);
        foreach (var viewer in (BoardViewer[])[one, other]) await SeesAsync(viewer, 0, 6);

        // One viewer's silo lives: it stays connected all the while.
        var began = Stopwatch.GetTimestamp();
        await second.KillAsync();
        toSecond.Target = first.Url.Port;
        await SendAsync(first, 6, 9);
        foreach (var viewer in (BoardViewer[])[one, other]) await SeesAsync(viewer, 6, 9);
        output.WriteLine($"Both viewers have everything {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s after one silo of two was killed.");

        // By now the board is in the silo that is killed next.
        await using var third = Launch(connection);
        await third.ReadyAsync(Patience);
        var epoch = EpochOf(await one.DocumentAsync());
        began = Stopwatch.GetTimestamp();
        await first.KillAsync();
        (toFirst.Target, toSecond.Target) = (third.Url.Port, third.Url.Port);
        await SendAsync(third, 9, 12);
        foreach (var viewer in (BoardViewer[])[one, other]) await SeesAsync(viewer, 9, 12);
        output.WriteLine($"And {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s after the board's silo was killed.");

        foreach (var viewer in (BoardViewer[])[one, other])
        {
            var document = await viewer.DocumentAsync();
            Assert.NotEqual(epoch, EpochOf(document));
            Assert.Equal(12, document.GetProperty("stages").EnumerateArray().Sum(stage => stage.GetProperty("count").GetInt32()));
            Assert.Equal(12, document.GetProperty("products")[0].GetProperty("adopted").GetInt32());
        }
    }

    private static ServerProcess Launch(string connection) => ServerProcess.LaunchProject(
        "RealtimeAdoption.Silo", [], "", "--Storage:Kind=postgres", $"--Storage:ConnectionString={connection}", "--Partitions=8", "--Cluster:SiloPort=0", "--Cluster:ProbesMissed=5", "--Cluster:Owner:CheckpointSeconds=1");

    private static Uri AddressOf(TcpProxy proxy) => new($"http://127.0.0.1:{proxy.Port}");

    private static string EpochOf(JsonElement document) => document.GetProperty("version").GetString()!.Split(':')[0];

    /// <summary>Everything that the viewer is shown on the way is the fleet of some moment, and none goes back.</summary>
    private static async Task SeesAsync(BoardViewer viewer, int from, int to)
    {
        var accounts = from;
        await viewer.UntilAsync(
            shown =>
            {
                var what = shown.GetProperty("what").GetString();
                var holds = what == "delta" ? shown.GetProperty("delta") : shown;
                if (what is not ("delta" or "snapshot") || !holds.TryGetProperty("fleet", out var fleet)) return false;
                var now = fleet.GetProperty("accounts").GetInt32();
                Assert.InRange(now, accounts, to);
                Assert.Equal(now * EventsAnAccount, fleet.GetProperty("events").GetInt32());
                Assert.Equal(now, fleet.GetProperty("adopted_products").GetInt32());
                accounts = now;
                return now == to;
            },
            $"{to} accounts");
    }

    // Each account adopts a product in one request, and so in one commit. What is shed is sent again.
    private static async Task SendAsync(ServerProcess silo, int from, int to)
    {
        using var http = silo.Client();
        for (var account = from; account < to; account++)
        {
            var body = JsonSerializer.Serialize(new { batch = Enumerable.Range(0, EventsAnAccount).Select(number => EventOf(account, number)) });
            using var patience = new CancellationTokenSource(Patience);
            while (true)
            {
                var (status, text) = await http.TrySendAsync(HttpMethod.Post, "/v1/batch", body);
                if (status == HttpStatusCode.OK) break;
                Assert.True(status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests, text);
                await Task.Delay(TimeSpan.FromMilliseconds(200), patience.Token);
            }
        }
    }

    private static object EventOf(int account, int number) => new
    {
        type = "track",
        messageId = $"m{number}",
        userId = "dana",
        @event = number < 25 ? "Contact Created" : "Activity Logged",
        context = new { groupId = $"account-{account}" },
    };
}
