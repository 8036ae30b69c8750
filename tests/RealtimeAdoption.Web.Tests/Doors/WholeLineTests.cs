namespace RealtimeAdoption.Web.Tests.Doors;

/// <summary>From the door to the score, over the real host and store.</summary>
public sealed class WholeLineTests
{
    private const string Lines = "application/x-ndjson";

    [Fact]
    public async Task Thirty_contacts_and_twelve_activities_of_a_grouped_user_make_crm_adopted()
    {
        await using var store = new DoorStore();
        await using var running = await store.StartAsync();
        await running.Server.PostAsync("/v1/group", """{"userId":"u1","groupId":"acme","traits":{"name":"Acme","employees":1200}}""");
        var events = Enumerable.Range(0, 42).Select(i => $$"""{"type":"track","userId":"u1","messageId":"m{{i}}","event":"{{(i < 30 ? "Contact Created" : "Activity Logged")}}","timestamp":"2026-11-20T10:00:00Z"}""");
        Assert.Equal((42, 0, 0), (await running.Server.PostAsync("/v1/batch", $$"""{"batch":[{{string.Join(',', events)}}],"sentAt":"2026-11-20T10:00:00Z"}""")).Counts);
        var view = (await running.Host.AccountAsync("acme", explain: false, CancellationToken.None))!;
        Assert.Equal(("Acme", "enterprise", "assumed", "single_product"), (view.Name, view.Segment, view.Entitlements, view.Stage));
        var crm = view.Products.Single(product => product.Product == "crm");
        Assert.True(crm.Adopted);
        Assert.Equal([30m, 12m], crm.Criteria.Select(criterion => criterion.Value!.Value));
        Assert.Equal(1, view.Users.Active);
    }

    [Fact]
    public async Task A_profile_with_a_contract_changes_what_the_account_is_entitled_to()
    {
        await using var store = new DoorStore();
        await using var running = await store.StartAsync();
        var reply = await running.Server.PutAsync("/v1/accounts/caf%C3%A9%2Fone", """
            {"name":"Café","owner":"dana","contract":[{"product":"crm","start":"2025-03-01"},{"product":"portal","start":"2027-03-01"}]}
            """);
        Assert.Equal(200, reply.Status);
        var view = (await running.Host.AccountAsync("café/one", explain: false, CancellationToken.None))!;
        Assert.Equal(("Café", "dana", "contract", 1), (view.Name, view.Owner, view.Entitlements, view.ProductsAvailable));
        await running.Server.PutAsync("/v1/accounts/caf%C3%A9%2Fone", """{"name":"Café"}""");
        view = (await running.Host.AccountAsync("café/one", explain: false, CancellationToken.None))!;
        Assert.Equal((null, "assumed", 5), (view.Owner, view.Entitlements, view.ProductsAvailable));
    }

    [Fact]
    public async Task What_was_accepted_is_a_duplicate_after_a_restart_and_what_was_refused_is_still_told()
    {
        await using var store = new DoorStore();
        var body = string.Join('\n', Enumerable.Range(0, 1000).Select(i =>
            i == 500 ? "{\"type\":" : $$"""{"type":"track","event":"Contact Created","messageId":"m{{i}}","context":{"groupId":"account-{{i % 50}}"} }"""));
        await using (var first = await store.StartAsync())
        {
            var reply = await first.Server.PostAsync("/v1/events", body, Lines);
            Assert.Equal((999, 0, 1), reply.Counts);
            Assert.Equal([(500, "invalid_json")], reply.Errors);
        }

        await using var second = await store.StartAsync();
        Assert.Equal((0, 999, 1), (await second.Server.PostAsync("/v1/events", body, Lines)).Counts);
        Assert.Equal("conflict", (await second.Server.PostAsync("/v1/track", """{"event":"Other","messageId":"m7","context":{"groupId":"account-7"}}""")).Code);
        Assert.Equal("timestamp_in_future", (await second.Server.PostAsync("/v1/track", """{"event":"E","timestamp":"2026-11-22T00:00:00Z","context":{"groupId":"account-7"}}""")).Code);
        var kept = await second.Rejections.ReadAsync(long.MaxValue, 10, null, CancellationToken.None);
        Assert.Equal(["timestamp_in_future", "conflict", "invalid_json", "invalid_json"], kept.Select(rejection => rejection.Code));
    }
}
