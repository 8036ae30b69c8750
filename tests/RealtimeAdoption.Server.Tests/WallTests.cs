using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>The wall in a browser, against the real server: health and alerts as they come.</summary>
public sealed class WallTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_slip_stands_on_the_wall_with_its_sentence_within_two_seconds_and_without_a_reload()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--Auth:Anonymous=true");
        using var http = server.Client();
        var took = new List<TimeSpan>();
        foreach (var name in (string[])["Acme", "Globex", "Initech"]) took.Add(await SlipAsync(http, server.Url.ToString(), name, red: took.Count + 1));
        // A machine that does other things may keep browser or server waiting once.
        Assert.True(took.Count(time => time < Soon) >= 2, $"The wall showed them {string.Join(", ", took)} after the acknowledgement.");
    }

    private async Task<TimeSpan> SlipAsync(HttpClient http, string url, string name, int red)
    {
        var account = name.ToLowerInvariant();
        await PutAsync(http, account, $$"""{ "name": "{{name}}", "owner": "dana@vendor.example", "nps": 60 }""");
        await AdoptAsync(http, account);
        await using var watcher = new Script("watch-wall.mjs", url, $"""#slips > li[data-account="{account}"]""", $"""#band-red-box[data-count="{red}"]""");
        await watcher.LineAsync("watching", Patience);

        await PutAsync(http, account, $$"""{ "name": "{{name}}", "owner": "dana@vendor.example", "nps": -100 }""");
        var acknowledged = DateTimeOffset.UtcNow;
        var seen = await watcher.LineAsync("seen-0", Patience);
        var took = Instant(seen) - acknowledged;
        output.WriteLine($"{seen}; {took.TotalMilliseconds:0} ms after the profile was acknowledged");
        Assert.Equal("1", seen.Split(' ')[2]);
        Assert.Contains(name, seen, StringComparison.Ordinal);
        Assert.Contains("NPS cost ", seen, StringComparison.Ordinal);
        Assert.Contains("The account's profile changed", seen, StringComparison.Ordinal);
        Assert.Contains("Yellow", seen, StringComparison.Ordinal);
        await watcher.LineAsync("seen-1", Patience);
        return took;
    }

    [Fact]
    public async Task An_alert_that_somebody_acknowledges_says_so_and_many_at_once_are_one_line()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--Auth:Anonymous=true");
        using var http = server.Client();
        var longAgo = DateTimeOffset.UtcNow.AddDays(-200).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        await using var watcher = new Script(
            "watch-wall.mjs",
            server.Url.ToString(),
            """#alerts > li[data-account="acme"][data-type="sentiment_low"][data-state="open"]""",
            """#alerts > li[data-account="acme"][data-type="sentiment_low"][data-state="acknowledged"]""",
            """#alerts > li[data-type="contact_due"][data-alerts="25"]""",
            """#alerts-notice-box[data-open="25"]""");
        await watcher.LineAsync("watching", Patience);

        await PutAsync(http, "acme", """{ "name": "Acme", "nps": -40 }""");
        output.WriteLine(await watcher.LineAsync("seen-0", Patience));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/alerts/" + Uri.EscapeDataString("sentiment_low::acme") + "/acknowledge")
        {
            Content = new StringContent("""{ "by": "kim@vendor.example" }""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ServerProcess.ReadKey);
        using var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        var taken = await watcher.LineAsync("seen-1", Patience);
        output.WriteLine(taken);
        Assert.Contains("Acknowledged by kim", taken, StringComparison.Ordinal);

        for (var i = 0; i < 25; i++) await PutAsync(http, $"late-{i}", $$"""{ "name": "Late {{i}}", "last_contact": "{{longAgo}}" }""");
        var storm = await watcher.LineAsync("seen-2", Patience);
        output.WriteLine(storm);
        Assert.Equal("1", storm.Split(' ')[3]);
        Assert.Contains("25 alerts", storm, StringComparison.Ordinal);
        Assert.Contains("Contact due", storm, StringComparison.Ordinal);
        await watcher.LineAsync("seen-3", Patience);
    }

    [Fact]
    public async Task While_a_model_is_being_activated_the_wall_says_so_and_then_names_it()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--Auth:Anonymous=true");
        using var http = server.Client();
        for (var i = 0; i < 200; i++) await AdoptAsync(http, $"account-{i}");
        await using var watcher = new Script("watch-wall.mjs", server.Url.ToString(), "#activation:not([hidden])", """#dateline:has-text("model 2027-01")""");
        await watcher.LineAsync("watching", Patience);

        var sample = Path.Combine(Path.GetDirectoryName(ServerProcess.Executable())!, "models", "saas-suite.yaml");
        var model = (await File.ReadAllTextAsync(sample)).Replace("model: \"2026-11\"", "model: \"2027-01\"", StringComparison.Ordinal);
        using var anybody = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Url };
        using var content = new StringContent(model, Encoding.UTF8, "application/yaml");
        using var answer = await anybody.PutAsync(new Uri("/v1/model?by=kim", UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        var under = await watcher.LineAsync("seen-0", Patience);
        output.WriteLine(under);
        Assert.Contains("Model 2027-01 is being activated", under, StringComparison.Ordinal);
        Assert.Contains("partitions", under, StringComparison.Ordinal);
        output.WriteLine(await watcher.LineAsync("seen-1", Patience));
    }

    private static async Task PutAsync(HttpClient http, string account, string profile) => await http.SendAsync(HttpMethod.Put, $"/v1/accounts/{account}", profile);

    /// <summary>Enough of crm and analytics for a score in yellow.</summary>
    private static async Task AdoptAsync(HttpClient http, string account)
    {
        var events = new StringBuilder();
        foreach (var (name, times) in new[] { ("Contact Created", 25), ("Activity Logged", 10), ("Report Generated", 3), ("Report Viewed", 10) })
        {
            for (var i = 0; i < times; i++)
                events.Append(CultureInfo.InvariantCulture, $$$"""{"type":"track","userId":"dana","event":"{{{name}}}","context":{"groupId":"{{{account}}}"}}""").Append('\n');
        }

        await http.SendAsync(HttpMethod.Post, "/v1/events", events.ToString(), "application/x-ndjson");
    }

    private static DateTimeOffset Instant(string line) => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
}
