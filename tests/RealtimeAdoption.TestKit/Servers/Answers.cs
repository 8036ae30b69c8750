using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace RealtimeAdoption.TestKit.Servers;

/// <summary>What the tests ask and send, over HTTP like anyone. Waits look at answers until a deadline.</summary>
public static class Answers
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    public static async Task<JsonObject> AccountAsync(this HttpClient http, string account) =>
        await http.JsonAsync($"/v1/accounts/{Uri.EscapeDataString(account)}?explain=true");

    public static async Task<JsonObject> JsonAsync(this HttpClient http, string path)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"GET {path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    public static async Task<JsonObject> SendAsync(this HttpClient http, HttpMethod method, string path, string body, string type = "application/json")
    {
        var (status, text) = await http.TrySendAsync(method, path, body, type);
        Assert.True(status == HttpStatusCode.OK, $"{method} {path}: {(int)status} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    public static async Task<(HttpStatusCode Status, string Text)> TrySendAsync(this HttpClient http, HttpMethod method, string path, string body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8) };
        request.Content.Headers.ContentType = new(type);
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Ids of all accounts, by paging through the list; churned ones only with the filter for them.</summary>
    public static async Task<List<JsonObject>> AllAccountsAsync(this HttpClient http, string filter = "")
    {
        var rows = new List<JsonObject>();
        string? cursor = null;
        do
        {
            var page = await http.JsonAsync($"/v1/accounts?limit=500{filter}{(cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor))}");
            rows.AddRange(page["accounts"]!.AsArray().Select(row => row!.AsObject()));
            cursor = page["next_cursor"]?.GetValue<string>();
        }
        while (cursor is not null);
        return rows;
    }

    public static decimal? ValueOf(this JsonObject account, string metric) => Criterion(account, metric)["value"]?.GetValue<decimal>();

    public static JsonObject Criterion(this JsonObject account, string metric) => account["products"]!.AsArray()
        .SelectMany(product => product!["criteria"]!.AsArray()).Select(c => c!.AsObject()).Single(c => c["metric"]!.GetValue<string>() == metric);

    public static JsonObject Product(this JsonObject account, string product) =>
        account["products"]!.AsArray().Select(p => p!.AsObject()).Single(p => p["product"]!.GetValue<string>() == product);

    /// <summary>Until the answer is as wanted; a missed deadline tells the last one.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> wanted, TimeSpan within, string what)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (wanted(answer)) return answer;
            if (TimeProvider.System.GetElapsedTime(deadline) > within)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Not within {within.TotalSeconds} s: {what}. The last answer: {Short(answer)}"));
            await Task.Delay(Look);
        }
    }

    /// <summary>Until it has written this: a line may come after what it tells of is answered.</summary>
    public static Task SaysAsync(this ServerProcess server, string text, TimeSpan within) =>
        UntilAsync(() => Task.FromResult(server.Output), output => output.Contains(text, StringComparison.Ordinal), within, $"the server says '{text}'");

    private static string Short<T>(T answer)
    {
        var text = answer is JsonNode node ? node.ToJsonString(JsonSerializerOptions.Default) : answer?.ToString() ?? "null";
        return text.Length > 2000 ? text[..2000] : text;
    }
}
