using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests.Repeats;

/// <summary>
/// Sends a schedule to the real server over all doors, one request after the other, with a start for each day and, where it is told so, a kill -9 in the midst of requests besides. Then it asks for all that there is to be
/// seen: accounts, users, histories, alerts, the board's document.
/// </summary>
/// <param name="folder">Of the data.</param>
/// <param name="seed">Of doors, sizes of requests and kills.</param>
/// <param name="isKilled">Whether the server is killed, or only stopped.</param>
/// <param name="store">The server's options of its store; none: SQLite.</param>
public sealed class RepeatRun(string folder, int seed, bool isKilled, params string[] store)
{
    private const int LastDay = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Random random = new(seed);

    public int Requests { get; private set; }

    public int Kills { get; private set; }

    /// <summary>All answers by their path, without positions.</summary>
    public async Task<Dictionary<string, JsonNode>> PlayAsync(IReadOnlyList<RepeatPhase> phases)
    {
        foreach (var phase in phases)
        {
            var rest = new Queue<string>(phase.Messages);
            var server = await StartAsync(phase.Day);
            try
            {
                using (var http = server.Client())
                {
                    if (phase.Import is { } import) await ImportAsync(http, import);
                    while (rest.Count > (isKilled ? phase.Messages.Count / 2 : 0)) await SendAsync(http, Next(rest));
                }

                if (isKilled)
                {
                    server = await KillInFlightAsync(server, phase.Day, Next(rest));
                    using var again = server.Client();
                    while (rest.Count > 0) await SendAsync(again, Next(rest));
                }

                // Every other phase ends in an orderly way.
                if (!isKilled || phase.Day % 2 == 0) Assert.Equal(0, await server.StopAsync(Patience));
                else await server.KillAsync();
            }
            finally
            {
                await server.DisposeAsync();
            }
        }

        return await AnswersAsync();
    }

    private Task<ServerProcess> StartAsync(int day) => ServerProcess.StartAsync(
        folder, [.. store, "--Partitions=8", "--Clock:Speed=0", "--Host:CheckpointSeconds=1", string.Create(CultureInfo.InvariantCulture, $"--Clock:Start={RepeatSchedule.At(day):O}")]);

    // One request, so that no rebuild comes in between; and the whole of it again.
    private async Task ImportAsync(HttpClient http, string body)
    {
        await http.SendAsync(HttpMethod.Post, "/v1/import", body);
        if (isKilled) await http.SendAsync(HttpMethod.Post, "/v1/import", body);
        await Answers.UntilAsync(() => http.JsonAsync("/health/ready"), health => health["rebuilding"]!.GetValue<int>() == 0, Patience, "no account is rebuilding");
    }

    /// <summary>A request is on its way when the server dies; it may have been taken or not, and is sent again whole.</summary>
    private async Task<ServerProcess> KillInFlightAsync(ServerProcess server, int day, List<string> messages)
    {
        using (var http = server.Client())
        {
            var sending = TrySendAsync(http, messages);
            await Task.Delay(random.Next(12));
            await server.KillAsync();
            try
            {
                await sending;
            }
            catch (HttpRequestException)
            {
                // As wanted.
            }
        }

        await server.DisposeAsync();
        Kills++;
        var again = await StartAsync(day);
        using var next = again.Client();
        await SendAsync(next, messages);
        return again;
    }

    private List<string> Next(Queue<string> rest)
    {
        var size = random.Next(4) == 0 ? 1 : random.Next(2, 80);
        var messages = new List<string>();
        while (messages.Count < size && rest.TryDequeue(out var message)) messages.Add(message);
        return messages;
    }

    private async Task SendAsync(HttpClient http, List<string> messages)
    {
        if (messages.Count == 0) return;
        var (status, text) = await TrySendAsync(http, messages);
        Assert.True(status == HttpStatusCode.OK, $"A request was answered {(int)status} {text}");
        var answer = JsonNode.Parse(text)!;
        Assert.True(answer["rejected"] is null || answer["rejected"]!.GetValue<int>() == 0, text);
    }

    private Task<(HttpStatusCode Status, string Text)> TrySendAsync(HttpClient http, List<string> messages)
    {
        Requests++;
        if (messages.Count == 1) return http.TrySendAsync(HttpMethod.Post, "/v1/track", messages[0]);
        return random.Next(2) == 0
            ? http.TrySendAsync(HttpMethod.Post, "/v1/batch", "{\"batch\":[" + string.Join(',', messages) + "]}")
            : http.TrySendAsync(HttpMethod.Post, "/v1/events", string.Join('\n', messages), "application/x-ndjson");
    }

    /// <summary>After one more start, weeks later, so that products lapse; and one more, so that the board's latest changes come from the store.</summary>
    private async Task<Dictionary<string, JsonNode>> AnswersAsync()
    {
        await using (var server = await StartAsync(LastDay)) Assert.Equal(0, await server.StopAsync(Patience));
        await using var last = await StartAsync(LastDay);
        using var http = last.Client();
        var answers = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        for (var i = 0; i < RepeatSchedule.Accounts; i++)
        {
            foreach (var rest in new[] { "?explain=true", "/users?limit=500", "/history?limit=1000" }) await AskAsync($"/v1/accounts/{RepeatSchedule.AccountId(i)}{rest}");
        }

        foreach (var path in new[] { "/v1/accounts?limit=1000", "/v1/alerts?limit=1000", "/v1/alerts?state=resolved&limit=1000" }) await AskAsync(path);
        var board = await BoardSnapshot.TakeAsync(last.Url, ServerProcess.ReadKey);
        board.Remove("version");
        answers["board"] = WithoutPositions(board);
        return answers;

        async Task AskAsync(string path) => answers[path] = WithoutPositions(await http.JsonAsync(path));
    }

    private static JsonNode WithoutPositions(JsonNode node)
    {
        if (node is JsonObject of)
        {
            foreach (var name in new[] { "position", "from_position", "next_cursor" }) of.Remove(name);
            // A change's id is made of its position.
            if (of.ContainsKey("ordinal")) of.Remove("id");
        }

        foreach (var inner in (node as JsonObject)?.Select(field => field.Value).ToList() ?? (node as JsonArray)?.ToList() ?? [])
        {
            if (inner is not null) WithoutPositions(inner);
        }

        return node;
    }
}
