using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using RealtimeAdoption.TestKit.Servers;
using RealtimeAdoption.Web.Board;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Board;

public sealed class BoardHubTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly SettableClock clock = new(Noon);
    private readonly PartitionsInMemory host;
    private RunningServer server = null!;

    public BoardHubTests() => host = new(clock);

    public async ValueTask InitializeAsync()
    {
        await new Traffic(host).Profile("acme", ("name", "Acme"), ("employees", 1200)).Profile("globex", ("name", "Globex"), ("status", "churned")).AdoptCrm("initech").SendAsync();
        server = await RunningServer.StartAsync(host);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        host.Dispose();
    }

    [Fact]
    public async Task A_viewer_that_joins_gets_the_whole_board()
    {
        await using var viewer = await BoardViewer.JoinAsync(server.Address);
        var board = await viewer.DocumentAsync();
        Assert.Equal(
            ["version", "model", "fleet", "stages", "products", "segments", "bands", "alert_counts", "alerts", "slips", "movers", "feed"], board.EnumerateObject().Select(section => section.Name));
        Assert.Equal("2026-11", board.GetProperty("model").GetProperty("version").GetString());
        Assert.Equal("""{"id":"enterprise","name":"Enterprise","benchmark_products":3.8}""", board.GetProperty("model").GetProperty("segments")[0].GetRawText());
        Assert.Equal(
            """{"day":"2026-11-02","accounts":2,"churned":1,"rebuilding":0,"events":35,"adopted_products":1,"entitled_products":10,"average_products":0.5,"adoption_rate":0.1,"activation":null}""",
            board.GetProperty("fleet").GetRawText());
        Assert.Equal(
            """{"id":"not_adopted","count":1,"accounts":[{"id":"acme","name":"Acme","segment":"enterprise","since":"2026-11-02"}]}""", board.GetProperty("stages")[0].GetRawText());
        Assert.Equal("""{"id":"crm","adopted":1,"entitled":2}""", board.GetProperty("products")[0].GetRawText());
        Assert.Equal("""{"id":"unknown","accounts":1,"average_products":1}""", board.GetProperty("segments")[3].GetRawText());
        var line = board.GetProperty("feed")[0];
        Assert.Equal(
            ["id", "at", "day", "account", "name", "segment", "type", "product", "from", "to", "cause_kind", "cause"], line.EnumerateObject().Select(field => field.Name));
        Assert.Equal(("stage_changed", "crm", "not_adopted", "single_product", "event", "Activity Logged by dana"), (
            line.GetProperty("type").GetString(), line.GetProperty("product").GetString(), line.GetProperty("from").GetString(), line.GetProperty("to").GetString(),
            line.GetProperty("cause_kind").GetString(), line.GetProperty("cause").GetString()));
    }

    [Fact]
    public async Task Deltas_come_in_order_and_lead_to_the_same_board_as_a_fresh_snapshot()
    {
        await using var viewer = await BoardViewer.JoinAsync(server.Address);
        var version = (await viewer.DocumentAsync()).GetProperty("version").GetString();
        for (var i = 0; i < 60; i++)
        {
            var traffic = new Traffic(host).AdoptCrm($"new-{i}");
            if (i % 3 == 0) traffic.AdoptAnalytics($"new-{i}");
            if (i % 10 == 9) traffic.Profile($"new-{i - 1}", ("status", "churned")).Profile($"new-{i - 2}", ("name", $"New {i}"), ("employees", 300));
            await traffic.SendAsync();
            if (i % 7 == 0)
            {
                var delta = await viewer.UntilAsync("delta");
                Assert.Equal(version, delta.GetProperty("delta").GetProperty("from").GetString());
                version = delta.GetProperty("version").GetString();
            }
        }

        // The names and churned accounts that no change tells of come with the next reading of the movers.
        host.AdvanceTo(Noon.AddDays(40));
        await viewer.UntilAsync("delta", delta => delta.GetProperty("delta").TryGetProperty("fleet", out var fleet) && fleet.GetProperty("day").GetString() == "2026-12-12");
        await using var other = await BoardViewer.JoinAsync(server.Address);
        await SameAsync(viewer, other);
        Assert.Equal(50, (await other.DocumentAsync()).GetProperty("feed").GetArrayLength());
    }

    [Fact]
    public async Task A_lost_delta_makes_the_viewer_join_again_and_its_board_is_whole()
    {
        await using var viewer = await BoardViewer.JoinAsync(server.Address);
        viewer.Tell("lose");
        await viewer.UntilAsync("losing");
        await new Traffic(host).AdoptCrm("acme").SendAsync();
        await viewer.UntilAsync("lost");
        await new Traffic(host).AdoptAnalytics("acme").SendAsync();
        await viewer.UntilAsync("gap");
        await viewer.UntilAsync("snapshot");
        await viewer.UntilAsync("joined");
        await using var other = await BoardViewer.JoinAsync(server.Address);
        await SameAsync(viewer, other);
    }

    [Fact]
    public async Task A_lost_delta_with_quiet_after_it_is_found_out_by_the_heartbeat()
    {
        await using var viewer = await BoardViewer.JoinAsync(server.Address);
        viewer.Tell("lose");
        await viewer.UntilAsync("losing");
        // Of a churned account: nothing follows from it but the count.
        await new Traffic(host).Track("globex", "Page").SendAsync();
        await viewer.UntilAsync("lost");
        var gap = await viewer.UntilAsync("gap");
        Assert.StartsWith("heartbeat", gap.GetProperty("reason").GetString(), StringComparison.Ordinal);
        await viewer.UntilAsync("snapshot");
        Assert.Equal(36, (await viewer.DocumentAsync()).GetProperty("fleet").GetProperty("events").GetInt64());
    }

    [Fact]
    public async Task A_restarted_server_has_another_epoch_and_viewers_get_a_snapshot_again()
    {
        await server.DisposeAsync();
        var port = Ports.Free();
        server = await RunningServer.StartAsync(host, null, port);
        await using var viewer = await BoardViewer.JoinAsync(server.Address);
        var before = (await viewer.DocumentAsync()).GetProperty("version").GetString()!;
        await server.DisposeAsync();
        await new Traffic(host).AdoptCrm("acme").SendAsync();
        server = await RunningServer.StartAsync(host, null, port);
        await viewer.UntilOtherEpochAsync(before);
        Assert.Equal(2, (await viewer.DocumentAsync()).GetProperty("stages")[1].GetProperty("count").GetInt32());
        await new Traffic(host).AdoptAnalytics("acme").SendAsync();
        await viewer.UntilAsync("delta");
    }

    [Fact]
    public async Task A_server_that_stops_takes_no_viewers()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var goOn = new ManualResetEventSlim();
        server.Service<IHostApplicationLifetime>().ApplicationStopping.Register(() =>
        {
            begun.SetResult();
            goOn.Wait();
        });
        var stopped = Task.Run(() => server.DisposeAsync().AsTask());
        try
        {
            await begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
            using var client = new HttpClient { BaseAddress = server.Address };
            using var negotiation = await client.PostAsync(new Uri("/hubs/board/negotiate?negotiateVersion=1", UriKind.Relative), null);
            using var connection = await client.GetAsync(new Uri("/hubs/board", UriKind.Relative));
            foreach (var answer in (HttpResponseMessage[])[negotiation, connection])
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
                Assert.Equal("The server is stopping. Connect again.", JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString());
            }
        }
        finally
        {
            goOn.Set();
            await stopped;
        }
    }

    [Fact]
    public async Task Heartbeats_tell_quiet_from_disconnected()
    {
        await using var viewer = await BoardViewer.JoinAsync(server.Address);
        clock.Now = Noon.AddSeconds(90);
        var quiet = (await viewer.UntilAsync("heartbeat", beat => beat.GetProperty("heartbeat").GetProperty("data_age_ms").GetInt64() == 90_000)).GetProperty("heartbeat");
        Assert.Equal("2026-11-02T12:01:30.000Z", quiet.GetProperty("server_time").GetString());
        Assert.Equal(35, quiet.GetProperty("events").GetInt64());
        Assert.True(quiet.GetProperty("ready").GetBoolean());
        Assert.Equal((await viewer.DocumentAsync()).GetProperty("version").GetString(), quiet.GetProperty("version").GetString());

        await new Traffic(host).Track("acme", "Page", 500).SendAsync();
        var busy = (await viewer.UntilAsync("heartbeat", beat => beat.GetProperty("heartbeat").GetProperty("events").GetInt64() == 535)).GetProperty("heartbeat");
        Assert.Equal(0, busy.GetProperty("data_age_ms").GetInt64());
        Assert.InRange(busy.GetProperty("events_per_second").GetDouble(), 50, 5000);
        var after = (await viewer.UntilAsync("heartbeat", beat => beat.GetProperty("heartbeat").GetProperty("events_per_second").GetDouble() == 0)).GetProperty("heartbeat");
        Assert.Equal(535, after.GetProperty("events").GetInt64());
    }

    [Fact]
    public async Task Under_load_frames_are_paced_and_the_newest_state_wins()
    {
        await using var viewer = await BoardViewer.JoinAsync(server.Address);
        var began = Stopwatch.GetTimestamp();
        var frames = new ConcurrentQueue<long>();
        var last = long.MaxValue;
        var looking = viewer.UntilAsync(
            said =>
            {
                if (said.GetProperty("what").GetString() == "delta") frames.Enqueue(Stopwatch.GetTimestamp());
                return FleetOf(said)?.GetProperty("events").GetInt64() == Interlocked.Read(ref last);
            },
            "the newest state");
        var sends = 0;
        for (; Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(2) || sends <= 100 || (frames.Count < 10 && !looking.IsCompleted); sends++)
        {
            await new Traffic(host).Track("acme", "Page").SendAsync();
            await Task.Yield();
        }

        Interlocked.Exchange(ref last, 35 + sends + 1);
        await new Traffic(host).Track("acme", "Page").SendAsync();
        await looking;
        var times = frames.ToArray();
        Assert.True(times.Length <= (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * 10) + 2, $"{times.Length} frames");
        // A machine that does other things may hold some of them up.
        Assert.InRange(Enumerable.Range(5, times.Length - 5).Min(i => Stopwatch.GetElapsedTime(times[i - 5], times[i])), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task An_unknown_view_is_refused_with_those_that_exist()
    {
        await using var viewer = await BoardViewer.ConnectAsync(server.Address);
        viewer.Tell("join moon");
        Assert.Contains("Views: fleet", (await viewer.UntilAsync("refused")).GetProperty("message").GetString(), StringComparison.Ordinal);
        viewer.Tell("join fleet");
        await viewer.UntilAsync("snapshot");
    }

    [Fact]
    public async Task A_viewer_that_comes_while_the_server_starts_hears_so_and_gets_its_snapshot_when_it_is_ready()
    {
        host.Status = new(false, "Replaying.", 0);
        await using var starting = await RunningServer.StartAsync(host);
        await using var viewer = await BoardViewer.ConnectAsync(starting.Address);
        viewer.Tell("join fleet");
        var beat = (await viewer.UntilAsync("heartbeat")).GetProperty("heartbeat");
        Assert.False(beat.GetProperty("ready").GetBoolean());
        Assert.Equal("Replaying.", beat.GetProperty("detail").GetString());
        Assert.Equal(JsonValueKind.Null, beat.GetProperty("version").ValueKind);
        host.Status = new(true, "Ready.", 0);
        await viewer.UntilAsync("snapshot");
    }

    [Fact]
    public async Task A_viewer_needs_a_key_where_anonymous_reading_is_off()
    {
        await using var guarded = await RunningServer.StartAsync(host, null, 0, ("Auth:Anonymous", "false"), ("Auth:ReadKeys:0", "reader-key-1"));
        await using var viewer = await BoardViewer.JoinAsync(guarded.Address, "reader-key-1");
        await Assert.ThrowsAsync<TimeoutException>(() => BoardViewer.ConnectAsync(guarded.Address, "reader-key-2"));
    }

    [Fact]
    public async Task A_viewer_that_takes_nothing_is_let_go_and_delays_nobody()
    {
        await using var quick = await RunningServer.StartAsync(host, null, 0, ("Board:FrameInterval", "00:00:00.010"), ("Board:SlowViewerTimeout", "00:00:01"));
        await using var viewer = await BoardViewer.JoinAsync(quick.Address);
        using var stalled = await StalledViewerAsync(quick);
        while (quick.Service<BoardViewers>().Count < 2) await Task.Yield();

        // Long names make large frames, which fill the buffers between the two soon.
        var padding = new string('x', 20_000);
        var sends = 0;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (quick.Service<BoardViewers>().Count > 1)
        {
            patience.Token.ThrowIfCancellationRequested();
            await new Traffic(host).Profile($"big-{sends}", ("name", $"{sends}{padding}")).AdoptCrm($"big-{sends}").SendAsync();
            sends++;
            var events = 35 * (1 + sends);
            // In a snapshot, where it was behind for a moment.
            await viewer.UntilAsync(said => FleetOf(said) is { } fleet && fleet.GetProperty("events").GetInt64() >= events, $"{events} events");
        }

        Assert.Contains(quick.Log.Lines, line => line.Contains("took nothing", StringComparison.Ordinal));
        await using var other = await BoardViewer.JoinAsync(quick.Address);
        await SameAsync(viewer, other);
    }

    /// <summary>The fleet section of a snapshot or delta that has one.</summary>
    private static JsonElement? FleetOf(JsonElement said) => said.GetProperty("what").GetString() switch
    {
        "snapshot" => said.GetProperty("fleet"),
        "delta" when said.GetProperty("delta").TryGetProperty("fleet", out var fleet) => fleet,
        _ => null,
    };

    /// <summary>Joins and never reads again.</summary>
    private static async Task<ClientWebSocket> StalledViewerAsync(RunningServer server)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/hubs/board" }.Uri, CancellationToken.None);
        foreach (var message in (string[])["""{"protocol":"json","version":1}""", """{"type":1,"invocationId":"1","target":"Join","arguments":["fleet"]}"""])
            await socket.SendAsync(Encoding.UTF8.GetBytes(message + "\u001e"), WebSocketMessageType.Text, true, CancellationToken.None);
        return socket;
    }

    /// <summary>Both boards are the same as soon as they are at the same version.</summary>
    private static async Task SameAsync(BoardViewer left, BoardViewer right)
    {
        for (var i = 0; ; i++)
        {
            var (one, two) = (await left.DocumentAsync(), await right.DocumentAsync());
            if (one.GetProperty("version").GetString() == two.GetProperty("version").GetString())
            {
                Assert.Equal(two.GetRawText(), one.GetRawText());
                return;
            }

            Assert.True(i < 20, "The viewers never were at the same version.");
            await left.UntilAsync("heartbeat");
            await right.UntilAsync("heartbeat");
        }
    }
}
