using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Tests.Doors;

public sealed class ProfileDoorTests : IAsyncLifetime
{
    private DoorServer server = null!;

    public async ValueTask InitializeAsync() => server = await DoorServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_whole_profile_is_written_in_normal_form()
    {
        var reply = await server.PutAsync("/v1/accounts/acme", """
            { "name": "Acme", "segment": null, "employees": 1.2e3, "industry": "retail", "owner": "dana@vendor.example", "seats": 40, "nps": 31.5,
              "nps_at": "2026-11-01T10:00:00+01:00", "renewal_date": "2027-03-01", "status": "active",
              "contract": [
                { "product": "crm", "start": "2025-03-01", "end": null, "arr": 20000, "list_price": 20000.50, "bundled": false },
                { "end": "2027-01-15", "product": "analytics", "start": "2026-01-15" } ] }
            """);
        Assert.Equal(200, reply.Status);
        Assert.Equal(("acme", true), (reply.Json.GetProperty("account").GetString(), reply.Json.GetProperty("accepted").GetBoolean()));
        var record = Assert.Single(server.Host.Records);
        Assert.Equal((RecordKind.Profile, "acme", RecordFlags.None), (record.Kind, record.Account, record.Flags));
        Assert.Equal(["name", "employees", "industry", "owner", "seats", "nps", "nps_at", "renewal_date", "status", "contract"], record.Properties.Keys);
        Assert.Equal(("1200", "31.5", "\"2026-11-01T09:00:00.000Z\"", "\"2027-03-01\""), (record.Properties["employees"], record.Properties["nps"], record.Properties["nps_at"], record.Properties["renewal_date"]));
        Assert.Equal(
            """[{"product":"crm","start":"2025-03-01","end":null,"arr":20000,"list_price":20000.5,"bundled":false},{"product":"analytics","start":"2026-01-15","end":"2027-01-15","arr":null,"list_price":null,"bundled":false}]""",
            record.Properties["contract"]);
    }

    [Fact]
    public async Task Absent_and_null_fields_are_not_written_but_an_empty_contract_is()
    {
        await server.PutAsync("/v1/accounts/a", """{"name":null}""");
        await server.PutAsync("/v1/accounts/a", """{"contract":[]}""");
        Assert.Empty(server.Host.Records[0].Properties);
        Assert.Equal("[]", server.Host.Records[1].Properties["contract"]);
    }

    [Fact]
    public async Task Everything_wrong_is_told_at_once()
    {
        var reply = await server.PutAsync("/v1/accounts/acme", """
            { "name": 7, "segment": "huge", "employees": -1, "seats": 1.5, "nps": 101, "nps_at": "soon", "status": "asleep", "emplyees": 4, "owner": true,
              "contract": [ 5, { "product": "crn", "start": "2025-03-01", "end": "2025-03-01" }, { "product": "crm", "arr": -1, "list_price": "x", "bundled": 1, "color": "red" } ] }
            """);
        Assert.Equal((400, "application/problem+json", "invalid_profile"), (reply.Status, reply.ContentType, reply.Code));
        var fields = reply.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()!).ToList();
        Assert.Equal(
            ["name", "segment", "employees", "seats", "nps", "nps_at", "status", "emplyees", "owner", "contract[0]", "contract[1].product", "contract[1].end",
             "contract[2].start", "contract[2].arr", "contract[2].list_price", "contract[2].bundled", "contract[2].color"],
            fields);
        Assert.Contains(reply.Json.GetProperty("errors").EnumerateArray(), error => error.GetProperty("detail").GetString()!.Contains("crm, marketing", StringComparison.Ordinal));
        Assert.Empty(server.Host.Records);
        Assert.Equal(("invalid_profile", "acme"), Assert.Single(server.Rejections.All) is var kept ? (kept.Code, kept.Account) : default);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("""{"name":"\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"employees":1e999}""")]
    [InlineData("""{"nps":1e999999999999}""")]
    [InlineData("""{"contract":{} }""")]
    [InlineData("""{"a":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}""")]
    public async Task What_is_no_profile_is_a_problem(string body)
    {
        var reply = await server.PutAsync("/v1/accounts/acme", body);
        Assert.Equal((400, "invalid_profile"), (reply.Status, reply.Code));
        Assert.NotEmpty(reply.Json.GetProperty("errors").EnumerateArray());
    }

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("caf%C3%A9%20%3F", "café ?")]
    [InlineData("a+b", "a+b")]
    public async Task An_account_s_id_is_read_from_the_path_without_loss(string path, string account)
    {
        var reply = await server.PutAsync($"/v1/accounts/{path}", "{}");
        Assert.Equal((200, account), (reply.Status, reply.Json.GetProperty("account").GetString()));
        Assert.Equal(account, Assert.Single(server.Host.Records).Account);
    }

    [Fact]
    public async Task An_id_of_more_than_255_bytes_is_refused()
    {
        Assert.Equal(400, (await server.PutAsync($"/v1/accounts/{new string('x', 256)}", "{}")).Status);
        Assert.Equal(200, (await server.PutAsync($"/v1/accounts/{new string('x', 255)}", "{}")).Status);
    }
}
