using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.People;

/// <summary>What people do to alerts and pins, over HTTP into the real partitions.</summary>
public sealed class PeopleTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly PartitionsInMemory host = new(new SettableClock(Noon));
    private RunningServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await RunningServer.StartAsync(host, null, 0, ("Auth:ReadKeys:0", "a-read-key"), ("Auth:WriteKeys:0", "a-write-key"));
        await new Traffic(host).Profile("acme", ("name", "Acme"), ("owner", "dana@vendor.example")).AdoptCrm("acme").SendAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        host.Dispose();
    }

    [Fact]
    public async Task An_account_tells_its_alerts_with_ids_and_the_fleet_lists_the_same()
    {
        var told = (await server.GetAsync("/v1/accounts/acme")).GetProperty("alerts").EnumerateArray().ToList();
        Assert.Equal(["stage_up::acme", "product_adopted:crm:acme"], told.Select(alert => alert.GetProperty("id").GetString()));
        Assert.Equal("dana@vendor.example", told[0].GetProperty("owner").GetString());
        Assert.False(told[0].TryGetProperty("resolution", out _));

        var listed = (await server.GetAsync("/v1/alerts?account=acme")).GetProperty("alerts").EnumerateArray().ToList();
        Assert.Equal(told.Select(alert => alert.GetProperty("id").GetString()), listed.Select(alert => alert.GetProperty("id").GetString()));
        Assert.Equal(("Acme", "single_product", "info"), (listed[1].GetProperty("name").GetString(), listed[1].GetProperty("stage").GetString(), listed[1].GetProperty("severity").GetString()));
        Assert.Equal("product_adopted:crm:acme", Assert.Single((await server.GetAsync("/v1/alerts?product=crm")).GetProperty("alerts").EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task An_acknowledged_alert_says_by_whom_and_a_second_time_changes_nothing()
    {
        for (var times = 0; times < 2; times++)
        {
            var alert = await PostAsync("/v1/alerts/stage_up::acme/acknowledge", """{"by":"kim"}""");
            Assert.Equal(("acknowledged", "kim"), (alert.GetProperty("state").GetString(), alert.GetProperty("acknowledged_by").GetString()));
        }

        var change = Assert.Single((await server.GetAsync("/v1/accounts/acme/history?type=alert_acknowledged")).GetProperty("changes").EnumerateArray());
        Assert.Equal(("stage_up::acme", "kim"), (change.GetProperty("alert").GetProperty("id").GetString(), change.GetProperty("alert").GetProperty("by").GetString()));
        Assert.StartsWith("kim acknowledged: ", change.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.Equal("person", change.GetProperty("cause").GetProperty("kind").GetString());
        Assert.Equal(1, (await server.GetAsync("/v1/alerts?state=acknowledged")).GetProperty("alerts").GetArrayLength());
    }

    [Fact]
    public async Task A_snoozed_alert_is_open_again_on_its_day()
    {
        var alert = await PostAsync("/v1/alerts/stage_up::acme/snooze", """{"by":"kim","until":"2026-11-05","until_worse":true}""");
        Assert.Equal(("snoozed", "2026-11-05", true), (alert.GetProperty("state").GetString(), alert.GetProperty("snoozed_until").GetString(), alert.GetProperty("snoozed_until_worse").GetBoolean()));
        host.AdvanceTo(Noon.AddDays(3));
        Assert.Equal(1, (await server.GetAsync("/v1/alerts?state=open&type=stage_up")).GetProperty("alerts").GetArrayLength());
        Assert.Equal(1, (await server.GetAsync("/v1/accounts/acme/history?type=alert_reopened")).GetProperty("changes").GetArrayLength());
    }

    [Fact]
    public async Task An_assigned_alert_is_found_by_its_new_owner_and_can_be_given_back()
    {
        await PostAsync("/v1/alerts/stage_up::acme/assign", """{"by":"kim","assignee":"lee"}""");
        Assert.Equal("stage_up::acme", Assert.Single((await server.GetAsync("/v1/alerts?owner=lee")).GetProperty("alerts").EnumerateArray()).GetProperty("id").GetString());
        var alert = await PostAsync("/v1/alerts/stage_up::acme/assign", """{"by":"kim","assignee":null}""");
        Assert.Equal("dana@vendor.example", alert.GetProperty("owner").GetString());
    }

    [Fact]
    public async Task A_resolved_alert_says_so_to_whoever_comes_later()
    {
        var alert = await PostAsync("/v1/alerts/stage_up::acme/resolve", """{"by":"kim"}""");
        Assert.Equal(("resolved", "by_person", "kim", "2026-11-02"),
            (alert.GetProperty("state").GetString(), alert.GetProperty("resolution").GetString(), alert.GetProperty("resolved_by").GetString(), alert.GetProperty("resolved_on").GetString()));
        await PostAsync("/v1/alerts/stage_up::acme/resolve", """{"by":"kim"}""");
        foreach (var verb in (string[])["acknowledge", "resolve"])
        {
            var problem = await PostAsync($"/v1/alerts/stage_up::acme/{verb}", """{"by":"lee"}""", HttpStatusCode.Conflict);
            Assert.Equal("alert_not_live", problem.GetProperty("code").GetString());
            Assert.Contains("by kim", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(1, (await server.GetAsync("/v1/alerts?state=resolved")).GetProperty("alerts").GetArrayLength());
        Assert.DoesNotContain((await server.GetAsync("/v1/alerts")).GetProperty("alerts").EnumerateArray(), row => row.GetProperty("type").GetString() == "stage_up");
    }

    [Theory]
    [InlineData("stage_down::acme")]
    [InlineData("stage_up::nobody")]
    [InlineData("stage_up")]
    [InlineData("stage_up::")]
    [InlineData("%20")]
    public async Task An_unknown_alert_is_a_404(string id) =>
        Assert.Equal("unknown_alert", (await PostAsync($"/v1/alerts/{id}/acknowledge", """{"by":"kim"}""", HttpStatusCode.NotFound)).GetProperty("code").GetString());

    [Theory]
    [InlineData("acknowledge", "{}", "by")]
    [InlineData("acknowledge", """{"by":7,"why":"x","until":"2026-12-01"}""", "by why until")]
    [InlineData("acknowledge", "[]", " by")]
    [InlineData("acknowledge", "", " by")]
    [InlineData("acknowledge", """{"by":"\ud800"}""", " by")]
    [InlineData("acknowledge", """{"by":"a\u0000b"}""", "by")]
    [InlineData("snooze", """{"by":"kim"}""", "until")]
    [InlineData("snooze", """{"by":"kim","until":null}""", "until")]
    [InlineData("snooze", """{"by":"kim","until":"2026-11-02"}""", "until")]
    [InlineData("snooze", """{"by":"kim","until":"soon","until_worse":1}""", "until until_worse")]
    [InlineData("assign", """{"by":"kim"}""", "assignee")]
    [InlineData("assign", """{"by":"kim","assignee":""}""", "assignee")]
    [InlineData("resolve", """{"by":""}""", "by")]
    public async Task All_that_is_wrong_with_an_action_is_told_at_once(string verb, string body, string fields)
    {
        var problem = await PostAsync($"/v1/alerts/stage_up::acme/{verb}", body, HttpStatusCode.BadRequest);
        Assert.Equal("invalid_action", problem.GetProperty("code").GetString());
        Assert.Equal(fields.Split(' ').Order(), problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()).Order());
        Assert.Contains((await server.GetAsync("/v1/rejections?code=invalid_action")).GetProperty("rejections").EnumerateArray(), kept => kept.GetProperty("account").GetString() == "acme");
    }

    [Fact]
    public async Task An_action_that_is_too_large_is_told_what_an_action_is_and_not_to_be_split()
    {
        var problem = await PostAsync("/v1/alerts/stage_up::acme/acknowledge", $$"""{"by":"{{new string('k', 20_000)}}"}""", HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal(
            "The body has more than 16384 bytes (unpacked). An action has a few short fields: names of at most 255 bytes, a reason of at most 1024. Shorten them, and send one action a request.",
            problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task An_action_with_a_known_key_has_no_second_effect_and_another_one_under_it_is_refused()
    {
        for (var times = 0; times < 2; times++) await PostAsync("/v1/alerts/stage_up::acme/snooze", """{"by":"kim","until_worse":true}""", key: "k1");
        Assert.Equal(1, (await server.GetAsync("/v1/accounts/acme/history?type=alert_snoozed")).GetProperty("changes").GetArrayLength());
        var problem = await PostAsync("/v1/alerts/stage_up::acme/snooze", """{"by":"lee","until_worse":true}""", HttpStatusCode.Conflict, key: "k1");
        Assert.Equal("conflict", problem.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("a/b:c", "a%2Fb:c")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("Zoë?", "Zo%C3%AB%3F")]
    public async Task An_alert_s_account_is_any_text(string account, string inPath)
    {
        await new Traffic(host).AdoptCrm(account).SendAsync();
        var alert = await PostAsync($"/v1/alerts/product_adopted:crm:{inPath}/acknowledge", """{"by":"kim"}""");
        Assert.Equal(($"product_adopted:crm:{account}", account), (alert.GetProperty("id").GetString(), alert.GetProperty("account").GetString()));
    }

    [Fact]
    public async Task Many_alerts_of_a_kind_are_told_as_a_storm()
    {
        var traffic = new Traffic(host);
        for (var i = 0; i < 25; i++) traffic.AdoptCrm($"a-{i:00}");
        await traffic.Track("quiet", "Page").SendAsync();
        var page = await server.GetAsync("/v1/alerts?group=storms");
        Assert.Equal(["stage_up", "product_adopted"], page.GetProperty("storms").EnumerateArray().Select(storm => storm.GetProperty("type").GetString()));
        var storm = page.GetProperty("storms")[1];
        Assert.Equal(("2026-11-02", "event", 26), (storm.GetProperty("opened_on").GetString(), storm.GetProperty("opened_by").GetString(), storm.GetProperty("alerts").GetInt32()));
        Assert.Equal("""{"urgent":0,"warning":0,"notice":0,"info":26}""", storm.GetProperty("by_severity").GetRawText());
        Assert.DoesNotContain(page.GetProperty("alerts").EnumerateArray(), alert => alert.GetProperty("type").GetString() is "product_adopted" or "stage_up");

        var members = new List<string>();
        string? cursor = null;
        do
        {
            var part = await server.GetAsync($"/v1/alerts?type=product_adopted&opened_on=2026-11-02&opened_by=event&limit=10{(cursor is null ? "" : $"&cursor={cursor}")}");
            members.AddRange(part.GetProperty("alerts").EnumerateArray().Select(alert => alert.GetProperty("account").GetString()!));
            cursor = part.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal([.. Enumerable.Range(0, 25).Select(i => $"a-{i:00}"), "acme"], members);
    }

    [Theory]
    [InlineData("health", "score", 1)]
    [InlineData("change_1d", "change_1d", 1)]
    [InlineData("rise_1d", "change_1d", -1)]
    [InlineData("change_7d", "change_7d", 1)]
    public async Task Pages_by_score_hold_every_account_once_and_those_without_one_last(string sort, string field, int direction)
    {
        var traffic = new Traffic(host);
        for (var i = 0; i < 9; i++) traffic.Track($"a-{i}", "Contact Created", 5 * i, "u1").Profile($"a-{i}", ("seats", i + 1), ("nps", 10 * i));
        await traffic.SendAsync();
        for (var day = 1; day < 9; day++)
        {
            host.AdvanceTo(Noon.AddDays(day));
            await new Traffic(host).AdoptCrm($"a-{day}").Track("a-1", "Contact Created").SendAsync();
        }

        await new Traffic(host).Track("new", "Page").SendAsync();
        var rows = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await server.GetAsync($"/v1/accounts?sort={sort}&limit=3{(cursor is null ? "" : $"&cursor={cursor}")}");
            rows.AddRange(page.GetProperty("accounts").EnumerateArray());
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(11, rows.Select(row => row.GetProperty("account").GetString()).Distinct().Count());
        Assert.Equal(11, rows.Count);
        var keys = rows.Select(row => row.GetProperty(field) is { ValueKind: JsonValueKind.Number } points ? direction * points.GetDecimal() : decimal.MaxValue).ToList();
        Assert.Equal(keys.Order(), keys);
        Assert.True(keys.Distinct().Count() > 2);
        foreach (var row in rows)
        {
            var health = (await server.GetAsync($"/v1/accounts/{row.GetProperty("account").GetString()}")).GetProperty("health");
            foreach (var told in (string[])["score", "change_7d", "change_1d"]) Assert.Equal(health.GetProperty(told).GetRawText(), row.GetProperty(told).GetRawText());
        }
    }

    [Fact]
    public async Task A_pinned_band_is_shown_filtered_and_told_with_what_is_measured()
    {
        var measured = (await server.GetAsync("/v1/accounts/acme")).GetProperty("health").GetProperty("band").GetString();
        var pin = await SendAsync(HttpMethod.Put, "/v1/accounts/acme/override/band", """{"value":"green","by":"kim","reason":"They told us so","until":"2026-11-09"}""");
        Assert.Equal(("acme", "band", "green"), (pin.GetProperty("account").GetString(), pin.GetProperty("kind").GetString(), pin.GetProperty("value").GetString()));
        Assert.Equal($$"""{"measured":"{{measured}}","by":"kim","reason":"They told us so","since":"2026-11-02","until":"2026-11-09"}""", pin.GetProperty("override").GetRawText());
        Assert.Equal("acme", Assert.Single((await server.GetAsync("/v1/accounts?band=green")).GetProperty("accounts").EnumerateArray()).GetProperty("account").GetString());
        var change = Assert.Single((await server.GetAsync("/v1/accounts/acme/history?type=override_set")).GetProperty("changes").EnumerateArray());
        Assert.Equal("kim pinned the band at green until 2026-11-09: They told us so", change.GetProperty("sentence").GetString());

        for (var times = 0; times < 2; times++)
        {
            var none = await SendAsync(HttpMethod.Delete, "/v1/accounts/acme/override/band?by=lee", null);
            Assert.Equal((measured, JsonValueKind.Null), (none.GetProperty("value").GetString(), none.GetProperty("override").ValueKind));
        }

        Assert.Equal(1, (await server.GetAsync("/v1/accounts/acme/history?type=override_ended")).GetProperty("changes").GetArrayLength());
        Assert.False((await server.GetAsync("/v1/accounts/acme")).GetProperty("health").TryGetProperty("override", out _));
    }

    [Fact]
    public async Task A_pinned_stage_holds_until_its_day()
    {
        await SendAsync(HttpMethod.Put, "/v1/accounts/acme/override/stage", """{"value":"full_platform","by":"kim","reason":"migration","until":"2026-11-04"}""");
        var account = await server.GetAsync("/v1/accounts/acme");
        Assert.Equal(("full_platform", "single_product"), (account.GetProperty("stage").GetString(), account.GetProperty("stage_override").GetProperty("measured").GetString()));
        host.AdvanceTo(Noon.AddDays(2));
        account = await server.GetAsync("/v1/accounts/acme");
        Assert.Equal("single_product", account.GetProperty("stage").GetString());
        Assert.False(account.TryGetProperty("stage_override", out _));
    }

    [Theory]
    [InlineData("band", """{"value":"blue","by":"kim","reason":"x","until":"2026-11-09"}""", "value")]
    [InlineData("band", """{"value":"unknown"}""", "by reason until value")]
    [InlineData("stage", """{"value":"gold","by":"kim","reason":"","until":"2026-11-02"}""", "reason until value")]
    public async Task All_that_is_wrong_with_a_pin_is_told_at_once(string kind, string body, string fields)
    {
        var problem = await SendAsync(HttpMethod.Put, $"/v1/accounts/acme/override/{kind}", body, HttpStatusCode.BadRequest);
        Assert.Equal("invalid_action", problem.GetProperty("code").GetString());
        Assert.Equal(fields.Split(' '), problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()).Order());
    }

    [Fact]
    public async Task Nobody_is_pinned_who_does_not_exist()
    {
        await SendAsync(HttpMethod.Put, "/v1/accounts/nobody/override/stage", """{"value":"full_platform","by":"kim","reason":"x","until":"2026-11-04"}""", HttpStatusCode.NotFound);
        await SendAsync(HttpMethod.Delete, "/v1/accounts/acme/override/band", null, HttpStatusCode.BadRequest);
        await server.GetAsync("/v1/accounts/nobody", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("a-read-key", HttpStatusCode.OK)]
    [InlineData("a-write-key", HttpStatusCode.Unauthorized)]
    [InlineData("another-key", HttpStatusCode.Unauthorized)]
    public async Task Who_may_read_may_act_and_a_write_key_may_not(string key, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/alerts/stage_up::acme/acknowledge") { Content = new StringContent("""{"by":"kim"}""", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_body_that_a_foreign_web_page_could_send_is_not_taken()
    {
        using var content = new StringContent("""{"by":"kim"}""", Encoding.UTF8, "text/plain");
        using var response = await server.Client.PostAsync(new Uri("/v1/alerts/stage_up::acme/acknowledge", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    private Task<JsonElement> PostAsync(string path, string body, HttpStatusCode status = HttpStatusCode.OK, string? key = null) => SendAsync(HttpMethod.Post, path, body, status, key);

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, HttpStatusCode status = HttpStatusCode.OK, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        using var response = await server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
