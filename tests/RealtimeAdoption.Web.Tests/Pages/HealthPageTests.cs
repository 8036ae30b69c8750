using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Pages;

/// <summary>
/// The account that docs/health.md explains, made through the doors of the real host and store with a clock that is driven day by day: what the page prints is what the server answers.
/// </summary>
public sealed class HealthPageTests(ITestOutputHelper output)
{
    private const string WriteKey = "a-write-key";
    private static readonly DateTimeOffset FirstNoon = new(2026, 10, 12, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_slipping_account_of_the_page_is_answered_as_it_is_printed_there()
    {
        await using var store = new RealStore(FirstNoon);
        await using var real = await store.OpenAsync(partitions: 1);
        await using var server = await RunningServer.StartAsync(real.Host, real.Rejections, 0, ("Auth:WriteKeys:0", WriteKey));
        await PutAsync(server);
        for (var day = 0; day < 40; day++)
        {
            store.Clock.Now = FirstNoon.AddDays(day);
            await SendAsync(server, day);
        }

        var answered = JsonNode.Parse((await server.GetAsync("/v1/accounts/acme?explain=true")).GetRawText())!.AsObject();
        foreach (var masked in (string[])["partition", "position"]) answered[masked] = 0;
        output.WriteLine(answered.ToJsonString());
        var history = (await server.GetAsync("/v1/accounts/acme/history?limit=1000")).GetProperty("changes").EnumerateArray().ToList();
        foreach (var change in history) output.WriteLine($"{change.GetProperty("day")} {change.GetProperty("type")}: {change.GetProperty("sentence")}");
        Assert.True(JsonNode.DeepEquals(Printed(), answered), $"docs/health.md prints another answer. The server's: {answered.ToJsonString()}");
        var sentences = history.Select(change => change.GetProperty("sentence").GetString()).ToHashSet();
        foreach (var quoted in Quoted()) Assert.Contains(quoted, sentences);
    }

    // Six weeks: all of four users every day for 30 days, half of them for six, then nobody of this account.
    private static async Task SendAsync(RunningServer server, int day)
    {
        var at = FirstNoon.AddDays(day).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        // Another account is there every day, so that each day is opened in its turn.
        var messages = new List<string> { Message("other", "u9", "Page", at, $"{day}-other") };
        var users = day < 30 ? 4 : day < 36 ? 2 : 0;
        for (var user = 1; user <= users; user++)
        {
            messages.Add(Message("acme", $"u{user}", "Contact Created", at, $"{day}-{user}-contact"));
            messages.Add(Message("acme", $"u{user}", "Activity Logged", at, $"{day}-{user}-activity"));
            if (user <= 2) messages.Add(Message("acme", $"u{user}", "Report Viewed", at, $"{day}-{user}-view"));
            if (user == 1 && day % 5 == 0) messages.Add(Message("acme", "u1", "Report Generated", at, $"{day}-report"));
        }

        await PostAsync(server, HttpMethod.Post, "/v1/batch", $$"""{"batch":[{{string.Join(',', messages)}}]}""");
    }

    private static string Message(string account, string user, string name, string at, string id) =>
        $$"""{"type":"track","userId":"{{user}}","event":"{{name}}","messageId":"{{id}}","timestamp":"{{at}}","context":{"groupId":"{{account}}"},"properties":{} }""";

    private static Task PutAsync(RunningServer server) => PostAsync(server, HttpMethod.Put, "/v1/accounts/acme", """
        { "name": "Acme", "employees": 420, "industry": "retail", "owner": "dana@vendor.example", "seats": 6, "nps": 20, "nps_at": "2026-09-01", "renewal_date": "2027-01-31", "status": "active",
          "contract": [
            { "product": "crm", "start": "2026-03-01", "arr": 18000 },
            { "product": "analytics", "start": "2026-03-01", "arr": 9000 },
            { "product": "portal", "start": "2026-10-01", "arr": 6000 } ] }
        """);

    private static async Task PostAsync(RunningServer server, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", WriteKey);
        using var response = await server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
    }

    /// <summary>The sentences of changes that the page quotes.</summary>
    private static IEnumerable<string> Quoted() => string.Join(' ', Page()).Split('`').Where(text => text.StartsWith("Health fell ", StringComparison.Ordinal) || text.StartsWith("Health slipped ", StringComparison.Ordinal));

    private static string[] Page()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RealtimeAdoption.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("Not in the repository.");
        return File.ReadAllLines(Path.Combine(folder.FullName, "docs", "health.md"));
    }

    /// <summary>The page's indented block, which begins with the account.</summary>
    private static JsonNode? Printed()
    {
        var block = Page().SkipWhile(line => !line.StartsWith("    { \"account\": \"acme\"", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal));
        return JsonNode.Parse(string.Join('\n', block));
    }
}
