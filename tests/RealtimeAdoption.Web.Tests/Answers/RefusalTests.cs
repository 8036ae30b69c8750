using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Answers;

public sealed class RefusalTests : IAsyncLifetime
{
    private readonly PartitionsInMemory host = new(new SettableClock(new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero)));
    private readonly RejectionsInMemory rejections = new();
    private RunningServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await RunningServer.StartAsync(host, rejections);
        await new Traffic(host).AdoptCrm("acme").SendAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        host.Dispose();
    }

    [Theory]
    [InlineData("/v1/accounts?stage=gold", "stage", "not_adopted, single_product")]
    [InlineData("/v1/accounts?segment=big", "segment", "enterprise, mid_market, smb, unknown")]
    [InlineData("/v1/accounts?product=erp", "product", "crm, marketing")]
    [InlineData("/v1/accounts?status=sleeping", "status", "active, churned")]
    [InlineData("/v1/accounts?sort=size", "sort", "account, name, products_adopted, stage_since, last_activity")]
    [InlineData("/v1/accounts?band=blue", "band", "unknown, red, yellow, green")]
    [InlineData("/v1/accounts/acme/history?type=health", "type", "score_changed")]
    [InlineData("/v1/alerts?state=closed", "state", "live, open, acknowledged, snoozed, resolved")]
    [InlineData("/v1/alerts?type=slip", "type", "health_slip, stage_up")]
    [InlineData("/v1/alerts?severity=high", "severity", "info, notice, warning, urgent")]
    [InlineData("/v1/alerts?product=gold", "product", "crm, marketing")]
    [InlineData("/v1/alerts?opened_on=yesterday", "opened_on", "2026-11-20")]
    [InlineData("/v1/alerts?opened_by=magic", "opened_by", "event, tick")]
    [InlineData("/v1/alerts?group=true", "group", "storms")]
    [InlineData("/v1/alerts?sort=age", "sort", "severity, attention, opened, arr")]
    [InlineData("/v1/model/preview/p1?limit=0", "limit", "from 1 to 1000")]
    [InlineData("/v1/accounts?limit=0", "limit", "from 1 to 1000")]
    [InlineData("/v1/accounts?limit=1001", "limit", "from 1 to 1000")]
    [InlineData("/v1/accounts?limit=ten", "limit", "from 1 to 1000")]
    [InlineData("/v1/accounts?limit=99999999999999", "limit", "from 1 to 1000")]
    [InlineData("/v1/accounts?segement=smb", "segement", "no such field; this query has stage, band")]
    [InlineData("/v1/accounts?stage=not_adopted&stage=single_product", "stage", "once")]
    [InlineData("/v1/accounts?cursor=!!", "cursor", "not a cursor")]
    [InlineData("/v1/accounts?cursor=AAAA", "cursor", "not a cursor")]
    [InlineData("/v1/accounts?cursor=AQAAAAAAAAAAAAA", "cursor", "another query")]
    [InlineData("/v1/accounts/acme?explain=yes", "explain", "true or false")]
    [InlineData("/v1/accounts/acme?verbose=true", "verbose", "no such field")]
    [InlineData("/v1/accounts/acme/history?limit=-1", "limit", "from 1 to 1000")]
    [InlineData("/v1/accounts/acme/history?cursor=x", "cursor", "not a cursor")]
    [InlineData("/v1/accounts/acme/users?limit=1e3", "limit", "from 1 to 1000")]
    [InlineData("/v1/changes?after=x", "after", "not a cursor of this store")]
    [InlineData("/v1/changes?wait=61", "wait", "from 0 to 60")]
    [InlineData("/v1/changes?limit=", null, null)]
    [InlineData("/v1/rejections?limit=0", "limit", "from 1 to 1000")]
    public async Task A_wrong_query_is_told_what_would_be_right(string path, string? field, string? detail)
    {
        if (field is null)
        {
            await server.GetAsync(path);
            return;
        }

        var problem = await server.GetAsync(path, HttpStatusCode.BadRequest);
        Assert.Equal("invalid_query", problem.GetProperty("code").GetString());
        var error = Assert.Single(problem.GetProperty("errors").EnumerateArray());
        Assert.Equal(field, error.GetProperty("field").GetString());
        Assert.Contains(detail!, error.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_query_is_told_at_once()
    {
        var problem = await server.GetAsync("/v1/accounts?stage=gold&limit=0&sort=size&colour=red", HttpStatusCode.BadRequest);
        Assert.Equal(["colour", "limit", "sort", "stage"], problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()).Order());
    }

    [Fact]
    public async Task Damaged_and_made_up_cursors_are_refused_and_never_fail_the_server()
    {
        await new Traffic(host).Track("a", "Page").Track("b", "Page").Track("c", "Page").SendAsync();
        var dice = new Random(20261102);
        foreach (var sort in (string[])["account", "name", "products_adopted", "stage_since", "last_activity", "health", "change_7d", "rise_1d"])
        {
            var good = Base64Url.DecodeFromChars((await server.GetAsync($"/v1/accounts?sort={sort}&limit=1")).GetProperty("next_cursor").GetString()!);
            for (var i = 0; i < 50; i++)
            {
                var bad = good.ToArray();
                bad[dice.Next(bad.Length)] ^= (byte)(1 << dice.Next(8));
                using var response = await server.Client.GetAsync($"/v1/accounts?sort={sort}&cursor={Base64Url.EncodeToString(bad.AsSpan(0, dice.Next(1, bad.Length + 1)))}");
                Assert.Contains(response.StatusCode, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.BadRequest]);
            }
        }

        var feed = Base64Url.DecodeFromChars((await server.GetAsync("/v1/changes")).GetProperty("cursor").GetString()!);
        for (var i = 0; i < 200; i++)
        {
            var bad = feed.ToArray();
            bad[dice.Next(bad.Length)] ^= (byte)(1 << dice.Next(8));
            using var response = await server.Client.GetAsync($"/v1/changes?after={Base64Url.EncodeToString(bad.AsSpan(0, dice.Next(1, bad.Length + 1)))}");
            Assert.Contains(response.StatusCode, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.BadRequest]);
        }

        Assert.Empty(server.Log.Lines);
    }

    [Theory]
    [InlineData("/v1/nothing")]
    [InlineData("/v1")]
    [InlineData("/v1/accounts/acme/nothing")]
    [InlineData("/health")]
    public async Task An_unknown_route_is_a_404_with_a_body(string path)
    {
        var problem = await server.GetAsync(path, HttpStatusCode.NotFound);
        Assert.Equal("not_found", problem.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("DELETE", "/v1/accounts/acme")]
    [InlineData("POST", "/v1/model")]
    [InlineData("PUT", "/v1/changes")]
    public async Task A_wrong_method_is_a_405_that_says_which_are_right(string method, string path)
    {
        using var response = await server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("GET", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("GET", response.Content.Headers.Allow);
    }

    [Fact]
    public async Task What_is_thrown_is_a_500_that_tells_nothing_and_a_log_line_that_tells_all()
    {
        host.Failure = new InvalidOperationException("the disk of db-7 is gone");
        var problem = await server.GetAsync("/v1/accounts/acme", HttpStatusCode.InternalServerError);
        Assert.DoesNotContain("db-7", problem.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", problem.GetRawText(), StringComparison.Ordinal);
        Assert.Contains(server.Log.Lines, line => line.Contains("db-7", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_that_fails_is_a_503_that_says_when_to_ask_again()
    {
        host.Failure = new SnapshotException("the disk of db-7 is gone");
        using var answer = await server.Client.GetAsync(new Uri("/v1/accounts/acme", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
        var problem = await answer.Content.ReadAsStringAsync();
        Assert.Contains("\"unavailable\"", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("db-7", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_cannot_answer_yet_is_a_503_that_says_why_and_when_to_ask_again()
    {
        host.Failure = new HostUnavailableException("Partition 3 moves. Ask again later.", new InvalidOperationException("the silo at db-7 is gone"));
        using var answer = await server.Client.GetAsync(new Uri("/v1/accounts/acme", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
        var problem = await answer.Content.ReadAsStringAsync();
        Assert.Contains("\"detail\":\"Partition 3 moves. Ask again later.\",\"code\":\"unavailable\"", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("db-7", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_damaged_is_a_500_of_its_own_and_the_log_names_it()
    {
        host.Failure = new SnapshotDamagedException("Change 7 of partition 3 is damaged.");
        var problem = await server.GetAsync("/v1/accounts/acme", HttpStatusCode.InternalServerError);
        Assert.Equal("damaged", problem.GetProperty("code").GetString());
        Assert.DoesNotContain("Change 7", problem.GetRawText(), StringComparison.Ordinal);
        Assert.Contains(server.Log.Lines, line => line.Contains("Change 7 of partition 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Before_it_is_ready_the_server_answers_health_and_nothing_else()
    {
        Assert.Equal("ready", (await server.GetAsync("/health/ready")).GetProperty("status").GetString());
        host.Status = new HostStatus(false, "Replaying partition 3 of 8.", 2);
        var ready = await server.GetAsync("/health/ready", HttpStatusCode.ServiceUnavailable);
        Assert.Equal("""{"status":"starting","detail":"Replaying partition 3 of 8.","rebuilding":2}""", ready.GetRawText());
        Assert.Equal("live", (await server.GetAsync("/health/live")).GetProperty("status").GetString());
        var problem = await server.GetAsync("/v1/accounts/acme", HttpStatusCode.ServiceUnavailable);
        Assert.Equal(("not_ready", "Replaying partition 3 of 8."), (problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task Readers_need_a_key_where_anonymous_reading_is_off()
    {
        await using var guarded = await RunningServer.StartAsync(host, null, 0, ("Auth:Anonymous", "false"), ("Auth:ReadKeys:0", "reader-key-1"));
        foreach (var path in (string[])["/v1/accounts", "/v1/accounts/acme", "/v1/accounts/acme/history", "/v1/accounts/acme/users", "/v1/changes", "/v1/model", "/v1/rejections"])
        {
            await guarded.GetAsync(path, HttpStatusCode.Unauthorized);
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "reader-key-1") } };
            using var response = await guarded.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await guarded.GetAsync("/health/live");
        await guarded.GetAsync("/health/ready");
        using var hub = await guarded.Client.PostAsync("/hubs/board/negotiate?negotiateVersion=1", null);
        Assert.Equal(HttpStatusCode.Unauthorized, hub.StatusCode);
    }

    [Fact]
    public async Task Rejections_come_newest_first_in_pages_and_by_code()
    {
        for (var i = 0; i < 25; i++)
        {
            rejections.Add(new Rejection
            {
                At = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero), Door = "/v1/batch", Source = "key-1", Index = i, MessageId = $"m-{i}", Code = i % 5 == 0 ? "no_account" : "invalid_json", Detail = "…",
            });
        }

        var first = await server.GetAsync("/v1/rejections?limit=20");
        Assert.Equal(20, first.GetProperty("rejections").GetArrayLength());
        Assert.Equal("m-24", first.GetProperty("rejections")[0].GetProperty("message_id").GetString());
        Assert.Equal("2026-11-02T12:00:00.000Z", first.GetProperty("rejections")[0].GetProperty("at").GetString());
        var second = await server.GetAsync($"/v1/rejections?limit=20&cursor={first.GetProperty("next_cursor").GetString()}");
        Assert.Equal(["m-4", "m-3", "m-2", "m-1", "m-0"], second.GetProperty("rejections").EnumerateArray().Select(one => one.GetProperty("message_id").GetString()));
        Assert.Null(second.GetProperty("next_cursor").GetString());
        Assert.Equal(5, (await server.GetAsync("/v1/rejections?code=no_account")).GetProperty("rejections").GetArrayLength());
    }

    [Fact]
    public async Task OpenAPI_describes_every_answer_with_its_fields()
    {
        var document = await server.GetAsync("/openapi/v1.json");
        var paths = document.GetProperty("paths").EnumerateObject().ToDictionary(path => path.Name, path => path.Value);
        foreach (var path in (string[])["/v1/accounts", "/v1/accounts/{account}", "/v1/accounts/{account}/history", "/v1/accounts/{account}/users", "/v1/changes", "/v1/model", "/v1/rejections", "/health/live", "/health/ready"])
        {
            var get = paths[path].GetProperty("get");
            Assert.False(string.IsNullOrEmpty(get.GetProperty("summary").GetString()), path);
            Assert.False(string.IsNullOrEmpty(get.GetProperty("operationId").GetString()), path);
        }

        foreach (var path in (string[])["/v1/track", "/v1/identify", "/v1/group", "/v1/page", "/v1/screen", "/v1/alias", "/v1/batch", "/v1/import", "/v1/events"])
            Assert.False(string.IsNullOrEmpty(paths[path].GetProperty("post").GetProperty("summary").GetString()), path);
        Assert.Equal("PutAccount", paths["/v1/accounts/{account}"].GetProperty("put").GetProperty("operationId").GetString());
        Assert.Equal("account", paths["/v1/accounts/{account}"].GetProperty("put").GetProperty("parameters")[0].GetProperty("name").GetString());
        Assert.Equal(["200", "400", "401", "413", "415", "429", "503"], paths["/v1/batch"].GetProperty("post").GetProperty("responses").EnumerateObject().Select(response => response.Name).Order());
        Assert.DoesNotContain("/v1/t", paths.Keys);
        var list = paths["/v1/accounts"].GetProperty("get").GetProperty("parameters").EnumerateArray().ToDictionary(parameter => parameter.GetProperty("name").GetString()!);
        Assert.Equal(["stage", "band", "segment", "owner", "product", "status", "sort", "cursor", "limit"], list.Keys);
        Assert.Equal(1000, list["limit"].GetProperty("schema").GetProperty("maximum").GetInt32());
        var view = document.GetProperty("components").GetProperty("schemas").GetProperty("AccountView").GetProperty("properties");
        Assert.True(view.TryGetProperty("time_to_second_product_days", out _));
    }

    [Fact]
    public async Task A_waiting_reader_of_the_feed_gets_the_change_when_it_happens()
    {
        var cursor = (await server.GetAsync("/v1/changes")).GetProperty("cursor").GetString();
        var waiting = server.GetAsync($"/v1/changes?wait=60&after={cursor}");
        await new Traffic(host).Track("acme", "Page").SendAsync();
        await new Traffic(host).AdoptAnalytics("acme").SendAsync();
        var page = await waiting;
        Assert.Equal(["product_adopted", "stage_changed"], page.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("type").GetString()).Take(2));
        cursor = page.GetProperty("cursor").GetString();
        var quiet = await server.GetAsync($"/v1/changes?wait=1&after={cursor}");
        Assert.Equal(0, quiet.GetProperty("changes").GetArrayLength());
        Assert.Equal(cursor, quiet.GetProperty("cursor").GetString());
    }

    [Fact]
    public async Task A_stopping_server_lets_waiting_readers_go()
    {
        var other = await RunningServer.StartAsync(host);
        var cursor = (await other.GetAsync("/v1/changes")).GetProperty("cursor").GetString();
        // The boards of both servers wait for changes, too.
        while (host.Waiting < 2) await Task.Yield();
        using var client = new HttpClient();
        var waiting = client.GetStringAsync(new Uri(other.Address, $"/v1/changes?wait=60&after={cursor}"));
        while (host.Waiting < 3) await Task.Yield();
        await other.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(50));
        Assert.Equal($$"""{"changes":[],"cursor":"{{cursor}}"}""", await waiting);
    }
}
