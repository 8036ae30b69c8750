using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>A restart changes no answer, however the server ended.</summary>
public sealed class RestartTests
{
    private const int Accounts = 120;
    private static readonly string[] Standing = ["--Clock:Start=2026-03-10T10:00:00Z", "--Clock:Speed=0", "--Partitions=8"];

    [Fact]
    public async Task After_SIGTERM_and_after_kill_9_every_account_answers_the_same()
    {
        using var folder = new DataFolder();
        Dictionary<string, string> before;
        await using (var server = await ServerProcess.StartAsync(folder.In("data"), Standing))
        {
            using var http = server.Client();
            await FillAsync(http);
            before = await AllAnswersAsync(http);
            Assert.Equal(Accounts * 3, before.Count);
            Assert.Equal(0, await server.StopAsync(TimeSpan.FromSeconds(90)));
        }

        await using (var server = await ServerProcess.StartAsync(folder.In("data"), Standing))
        {
            using var http = server.Client();
            AssertSame(before, await AllAnswersAsync(http));
            // More, that only the journal knows when the server dies.
            await SendAsync(http, import: false, first: 900_000);
            before = await AllAnswersAsync(http);
            await server.KillAsync();
        }

        await using (var server = await ServerProcess.StartAsync(folder.In("data"), Standing))
        {
            using var http = server.Client();
            AssertSame(before, await AllAnswersAsync(http));
        }
    }

    [Fact]
    public async Task A_start_at_a_later_instant_makes_the_missed_days_happen()
    {
        using var folder = new DataFolder();
        await using (var server = await ServerProcess.StartAsync(folder.In("data"), Standing))
        {
            using var http = server.Client();
            var events = Enumerable.Range(0, 40).Select(i =>
                $$$"""{"type":"track","event":"{{{(i < 28 ? "Contact Created" : "Activity Logged")}}}","userId":"u","messageId":"m{{{i}}}","timestamp":"2026-03-09T05:00:00Z","context":{"groupId":"acme"}}""");
            await http.SendAsync(HttpMethod.Post, "/v1/batch", "{\"batch\":[" + string.Join(',', events) + "]}");
            Assert.True((await http.AccountAsync("acme")).Product("crm")["adopted"]!.GetValue<bool>());
            await server.KillAsync();
        }

        await using (var server = await ServerProcess.StartAsync(folder.In("data"), "--Clock:Start=2026-05-20T00:00:01Z", "--Clock:Speed=0"))
        {
            using var http = server.Client();
            var account = await http.AccountAsync("acme");
            Assert.Equal("2026-05-20", account["as_of"]!.GetValue<string>());
            Assert.Equal("not_adopted", account["stage"]!.GetValue<string>());
            Assert.Equal(0, account.ValueOf("contacts_created"));
            var crm = account.Product("crm");
            Assert.False(crm["adopted"]!.GetValue<bool>());
            // The 9th of March is in the windows of thirty days up to the 7th of April; the first day that fails is the 8th, found out when it closes.
            Assert.Equal("2026-04-08", crm["lapsed_on"]!.GetValue<string>());
            var history = (await http.JsonAsync("/v1/accounts/acme/history"))["changes"]!.AsArray();
            var lapse = history.Single(change => change!["type"]!.GetValue<string>() == "product_lapsed")!;
            Assert.Equal("2026-04-09", lapse["day"]!.GetValue<string>());
            Assert.Equal("tick", lapse["cause"]!["kind"]!.GetValue<string>());
        }
    }

    private static async Task FillAsync(HttpClient http)
    {
        for (var i = 0; i < Accounts; i += 3)
        {
            await http.SendAsync(HttpMethod.Put, $"/v1/accounts/{Traffic.AccountId(i)}", $$"""
                { "name": "Company {{i}}", "employees": {{i * 20}}, "owner": "dana@vendor.example", "seats": {{i + 3}}, "status": "{{(i % 30 == 0 ? "churned" : "active")}}",
                  "contract": [ { "product": "crm", "start": "2025-03-01", "end": null, "arr": 20000, "list_price": 20000, "bundled": false },
                                { "product": "analytics", "start": "2026-01-15", "end": "2026-03-1{{i % 5}}", "arr": 500, "list_price": 12000, "bundled": true } ] }
                """);
        }

        await SendAsync(http, import: true, first: 1);
        await SendAsync(http, import: false, first: 5000);
        await Answers.UntilAsync(
            () => http.JsonAsync("/health/ready"), health => health["rebuilding"]!.GetValue<int>() == 0, TimeSpan.FromSeconds(60), "no account is rebuilding");
    }

    private static async Task SendAsync(HttpClient http, bool import, int first)
    {
        var traffic = new Traffic(20260310, Accounts, eventsPerBatch: 500);
        for (var i = 0; i < 12; i++) await PostAsync(http, traffic, new TrafficBatch(first + i, Day(2026, 3, 9), import));
    }

    private static async Task PostAsync(HttpClient http, Traffic traffic, TrafficBatch batch)
    {
        using var content = new ByteArrayContent(traffic.Body(batch));
        content.Headers.ContentType = new("application/json");
        using var answer = await http.PostAsync(new Uri(batch.Import ? "/v1/import" : "/v1/batch", UriKind.Relative), content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Account, users and history of every account.</summary>
    private static async Task<Dictionary<string, string>> AllAnswersAsync(HttpClient http)
    {
        await Answers.UntilAsync(
            () => http.JsonAsync("/health/ready"), health => health["rebuilding"]!.GetValue<int>() == 0, TimeSpan.FromSeconds(60), "no account is rebuilding");
        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < Accounts; i++)
        {
            foreach (var rest in new[] { "?explain=true", "/users?limit=500", "/history?limit=500" })
            {
                var path = $"/v1/accounts/{Traffic.AccountId(i)}{rest}";
                answers[path] = (await http.JsonAsync(path)).ToJsonString();
            }
        }

        return answers;
    }

    private static void AssertSame(Dictionary<string, string> before, Dictionary<string, string> after)
    {
        foreach (var (path, answer) in before) Assert.True(answer == after[path], $"{path}\nbefore {answer}\nafter  {after[path]}");
    }

    private static int Day(int year, int month, int day) => new DateOnly(year, month, day).DayNumber - new DateOnly(1970, 1, 1).DayNumber;
}
