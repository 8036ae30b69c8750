using System.Net;
using System.Text.Json;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Answers;

public sealed class AccountAnswerTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly PartitionsInMemory host = new(new SettableClock(Noon));
    private RunningServer server = null!;

    public async ValueTask InitializeAsync()
    {
        server = await RunningServer.StartAsync(host);
        await new Traffic(host)
            .Profile("acme", ("name", "Acme"), ("employees", 1200), ("owner", "dana@vendor.example"))
            .Track("acme", "Contact Created", 31, "u1").Track("acme", "Activity Logged", 12, "u2").Track("acme", "Report Viewed", 4, "u1")
            .Track("acme", "Campaigns Reported", value: 0.5m, valueName: "active")
            .SendAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        host.Dispose();
    }

    [Fact]
    public async Task An_account_is_told_in_the_shape_and_order_of_the_api_page()
    {
        var account = await server.GetAsync("/v1/accounts/acme");
        Assert.Equal(
            ["account", "name", "segment", "owner", "industry", "employees", "seats", "status", "as_of", "partition", "position", "model", "entitlements", "products_available",
                "products_adopted", "adoption_rate", "stage", "stage_since", "primary_product", "second_product", "time_to_second_product_days", "last_activity_on", "products", "users", "health", "alerts"],
            account.EnumerateObject().Select(field => field.Name));
        Assert.Equal("enterprise", account.GetProperty("segment").GetString());
        Assert.Equal("2026-11-02", account.GetProperty("as_of").GetString());
        Assert.Equal("assumed", account.GetProperty("entitlements").GetString());
        Assert.Equal("single_product", account.GetProperty("stage").GetString());
        Assert.Equal(0.2, account.GetProperty("adoption_rate").GetDouble());
        Assert.Equal(JsonValueKind.Null, account.GetProperty("second_product").ValueKind);

        var crm = account.GetProperty("products")[0];
        Assert.Equal(
            """{"product":"crm","entitled":true,"adopted":true,"first_adopted_on":"2026-11-02","adopted_on":"2026-11-02","lapsed_on":null,"depth":0.406667,"criteria":[{"metric":"contacts_created","kind":"count","value":31,"at_least":25,"within_days":30,"met":true,"falls_below_on":"2026-12-02"},{"metric":"activities_logged","kind":"count","value":12,"at_least":10,"within_days":30,"met":true,"falls_below_on":"2026-12-02"}]}""",
            crm.GetRawText());
        Assert.Equal("""{"active":2,"super_adopters":0,"by_products":{"1":1,"2":1}}""", account.GetProperty("users").GetRawText());
    }

    [Fact]
    public async Task A_gauge_without_a_value_is_null_and_one_with_a_fraction_is_told_plainly()
    {
        var marketing = (await server.GetAsync("/v1/accounts/acme")).GetProperty("products")[1];
        Assert.Equal("0.5", marketing.GetProperty("criteria")[0].GetProperty("value").GetRawText());
        Assert.Equal("gauge", marketing.GetProperty("criteria")[0].GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Null, marketing.GetProperty("criteria")[1].GetProperty("value").ValueKind);
    }

    [Fact]
    public async Task Explain_says_what_is_missing_to_each_threshold()
    {
        var analytics = (await server.GetAsync("/v1/accounts/acme?explain=true")).GetProperty("products")[3];
        Assert.Equal("6", analytics.GetProperty("criteria")[1].GetProperty("missing").GetRawText());
        var plain = (await server.GetAsync("/v1/accounts/acme?explain=false")).GetProperty("products")[3];
        Assert.False(plain.GetProperty("criteria")[1].TryGetProperty("missing", out _));
    }

    [Theory]
    [InlineData("/v1/accounts/nobody")]
    [InlineData("/v1/accounts/nobody/history")]
    [InlineData("/v1/accounts/nobody/users")]
    [InlineData("/v1/accounts/%FF%FE")]
    public async Task An_unknown_account_is_a_404(string path)
    {
        var problem = await server.GetAsync(path, HttpStatusCode.NotFound);
        Assert.Contains(problem.GetProperty("code").GetString(), (string[])["unknown_account", "not_found"]);
    }

    [Theory]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("a%2Fb", "a%252Fb")]
    [InlineData("Zoë & Söhne?", "Zo%C3%AB%20%26%20S%C3%B6hne%3F")]
    public async Task An_account_id_is_any_text(string id, string inPath)
    {
        await new Traffic(host).AdoptCrm(id).SendAsync();
        Assert.Equal(id, (await server.GetAsync($"/v1/accounts/{inPath}")).GetProperty("account").GetString());
        Assert.Equal(1, (await server.GetAsync($"/v1/accounts/{inPath}/history?type=product_adopted")).GetProperty("changes").GetArrayLength());
        Assert.Equal(1, (await server.GetAsync($"/v1/accounts/{inPath}/users")).GetProperty("users").GetArrayLength());
    }

    [Fact]
    public async Task The_history_is_newest_first_with_causes()
    {
        await new Traffic(host).AdoptAnalytics("acme", "kim").SendAsync();
        host.AdvanceTo(Noon.AddDays(40));
        var changes = (await server.GetAsync("/v1/accounts/acme/history?limit=1000")).GetProperty("changes").EnumerateArray()
            .Where(change => change.GetProperty("type").GetString() is "stage_changed" or "product_adopted" or "product_lapsed").ToList();
        Assert.Equal(
            ["stage_changed", "product_lapsed", "product_lapsed", "stage_changed", "product_adopted", "stage_changed", "product_adopted"],
            changes.Select(change => change.GetProperty("type").GetString()));

        var byEvent = changes[^2];
        Assert.Equal("not_adopted", byEvent.GetProperty("from").GetString());
        Assert.Equal("single_product", byEvent.GetProperty("to").GetString());
        var cause = byEvent.GetProperty("cause");
        Assert.Equal("event", cause.GetProperty("kind").GetString());
        Assert.Equal("Activity Logged", cause.GetProperty("event").GetString());
        Assert.Equal("u2", cause.GetProperty("user").GetString());
        Assert.Equal("Activity Logged by u2", byEvent.GetProperty("sentence").GetString());

        var byTick = changes.First(change => change.GetProperty("type").GetString() == "product_lapsed");
        Assert.Equal("tick", byTick.GetProperty("cause").GetProperty("kind").GetString());
        Assert.StartsWith("Expired with 2026-12-", byTick.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(0, byTick.GetProperty("cause").GetProperty("expired").GetArrayLength());
    }

    [Fact]
    public async Task A_pending_rebuild_is_told_only_while_it_is_pending()
    {
        Assert.False((await server.GetAsync("/v1/accounts/acme")).TryGetProperty("rebuilding", out _));
        host.HoldRebuilds = true;
        await new Traffic(host).Track("acme", "Contact Created", at: Noon.AddDays(-20)).SendAsync();
        Assert.True((await server.GetAsync("/v1/accounts/acme")).GetProperty("rebuilding").GetBoolean());
        Assert.True((await server.GetAsync("/v1/accounts")).GetProperty("accounts")[0].GetProperty("rebuilding").GetBoolean());
        host.HoldRebuilds = false;
        await new Traffic(host).Track("acme", "Contact Created").SendAsync();
        Assert.False((await server.GetAsync("/v1/accounts/acme")).TryGetProperty("rebuilding", out _));
        Assert.False((await server.GetAsync("/v1/accounts")).GetProperty("accounts")[0].GetProperty("rebuilding").GetBoolean());
    }

    [Fact]
    public async Task The_model_is_told_with_ids_and_names()
    {
        var model = await server.GetAsync("/v1/model");
        Assert.Equal("2026-11", model.GetProperty("version").GetString());
        Assert.Equal(["crm", "marketing", "sales_engagement", "analytics", "portal"], model.GetProperty("products").EnumerateArray().Select(product => product.GetProperty("id").GetString()));
        Assert.Equal("""{"metric":"contacts_created","at_least":25,"within_days":30}""", model.GetProperty("products")[0].GetProperty("adopted_when")[0].GetRawText());
        Assert.Equal("crm", model.GetProperty("metrics")[0].GetProperty("product").GetString());
        Assert.Equal("full_platform", model.GetProperty("stages")[4].GetProperty("id").GetString());
        Assert.Equal("0.45", model.GetProperty("segments")[0].GetProperty("benchmark").GetProperty("expansion_90d").GetRawText());
    }
}
