using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace RealtimeAdoption.Server.Demo;

/// <summary>
/// The demo's way in: the same doors over loopback HTTP that a customer's producers use. Waits where the server asks it to (429, 503); any other refusal is an
/// <see cref="InvalidOperationException"/>, since the demo sends nothing that could be refused. Thread-safe.
/// </summary>
public sealed class DemoDoor : IDisposable
{
    private readonly HttpClient http;

    private readonly AuthenticationHeaderValue writer;
    private readonly AuthenticationHeaderValue reader;

    public DemoDoor(Uri server, string writeKey, string readKey)
    {
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server };
        writer = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(writeKey + ":")));
        reader = new AuthenticationHeaderValue("Bearer", readKey);
    }

    public void Dispose() => http.Dispose();

    /// <summary>To the import door, gzipped: history, effective with the accounts' rebuild.</summary>
    public Task ImportAsync(IReadOnlyList<(string Account, DemoEvent Event)> events, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "/v1/import", Gzip(Batch(events)), "gzip", cancellationToken);

    public Task BatchAsync(IReadOnlyList<(string Account, DemoEvent Event)> events, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "/v1/batch", Batch(events), null, cancellationToken);

    /// <summary>The whole profile, as a CRM would put it.</summary>
    public Task PutAsync(Customer customer, IReadOnlyList<ContractLine> contract, bool churned, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, "/v1/accounts/" + Uri.EscapeDataString(customer.Id), Profile(customer, contract, churned), null, cancellationToken);

    /// <summary>Null: no such account.</summary>
    public async Task<AccountAnswer?> GetAsync(string account, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/accounts/{Uri.EscapeDataString(account)}");
        request.Headers.Authorization = reader;
        using var answer = await http.SendAsync(request, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
        return AccountAnswer.Read(json.RootElement);
    }

    /// <summary>The first open alerts, most severe first: each one's id and owner.</summary>
    public async Task<IReadOnlyList<(string Id, string? Owner)>> OpenAlertsAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/alerts?state=open&limit=40");
        request.Headers.Authorization = reader;
        using var answer = await http.SendAsync(request, cancellationToken);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
        return [.. json.RootElement.GetProperty("alerts").EnumerateArray().Select(alert => (
            alert.GetProperty("id").GetString()!, alert.TryGetProperty("owner", out var owner) ? owner.GetString() : null))];
    }

    /// <summary>As its owner would in a console. An alert that has ended meanwhile is no failure.</summary>
    public async Task AcknowledgeAsync(string alert, string by, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/alerts/{Uri.EscapeDataString(alert)}/acknowledge");
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["by"] = by }));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = reader;
        using var answer = await http.SendAsync(request, cancellationToken);
    }

    private async Task SendAsync(HttpMethod method, string path, byte[] body, string? encoding, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
            request.Headers.Authorization = writer;
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (encoding is not null) request.Content.Headers.ContentEncoding.Add(encoding);
            using var answer = await http.SendAsync(request, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            {
                await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), cancellationToken);
                continue;
            }

            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{method} {path} was answered {(int)answer.StatusCode}: {text}");
            if (path is "/v1/import" or "/v1/batch") RefuseRejections(path, text);
            return;
        }
    }

    private static void RefuseRejections(string path, string text)
    {
        using var json = JsonDocument.Parse(text);
        if (json.RootElement.TryGetProperty("rejected", out var rejected) && rejected.GetInt32() > 0)
            throw new InvalidOperationException($"{path} refused events of the demo: {text}");
    }

    private static byte[] Batch(IReadOnlyList<(string Account, DemoEvent Event)> events)
    {
        using var stream = new MemoryStream(events.Count * 256);
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("batch");
            foreach (var (account, made) in events) made.Write(json, account);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static byte[] Gzip(byte[] body)
    {
        using var stream = new MemoryStream(body.Length / 8);
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest)) gzip.Write(body);
        return stream.ToArray();
    }

    private static byte[] Profile(Customer customer, IReadOnlyList<ContractLine> contract, bool churned)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("name", customer.Name);
            json.WriteNumber("employees", customer.Employees);
            json.WriteString("industry", customer.Industry);
            json.WriteString("owner", customer.Owner);
            var known = customer.Relationship;
            if (known.Seats is { } seats) json.WriteNumber("seats", seats);
            if (known.Nps is { } nps) json.WriteNumber("nps", nps);
            if (known.NpsAt is { } asked) json.WriteString("nps_at", Date(asked));
            json.WriteString("renewal_date", Date(known.Renewal));
            if (known.LastContact is { } contact) json.WriteString("last_contact", Date(contact));
            json.WriteString("status", churned ? "churned" : "active");
            json.WriteStartArray("contract");
            foreach (var line in contract)
            {
                json.WriteStartObject();
                json.WriteString("product", line.Product);
                json.WriteString("start", Date(line.Start));
                if (line.End is { } end) json.WriteString("end", Date(end));
                else json.WriteNull("end");
                json.WriteNumber("arr", line.Arr);
                json.WriteNumber("list_price", line.ListPrice);
                json.WriteBoolean("bundled", line.Bundled);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>What the live traffic looks at in an account's answer.</summary>
/// <param name="Churned">Its status.</param>
/// <param name="Score">Of its health; null: there is none.</param>
/// <param name="Band">Of its health; null: the answer has none.</param>
/// <param name="Products">In model order.</param>
public sealed record AccountAnswer(bool Churned, decimal? Score, string? Band, IReadOnlyList<AccountAnswer.Product> Products)
{
    public sealed record Product(string Id, bool Entitled, bool Adopted, IReadOnlyList<Criterion> Criteria);

    public sealed record Criterion(string Metric, decimal Missing);

    public static AccountAnswer Read(JsonElement json)
    {
        var health = json.TryGetProperty("health", out var found) && found.ValueKind == JsonValueKind.Object ? found : (JsonElement?)null;
        var score = health is { } told && told.GetProperty("score") is { ValueKind: JsonValueKind.Number } number ? number.GetDecimal() : (decimal?)null;
        return new(
            json.GetProperty("status").GetString() == "churned", score, health?.GetProperty("band").GetString(), [.. json.GetProperty("products").EnumerateArray().Select(ReadProduct)]);
    }

    private static Product ReadProduct(JsonElement json) => new(
        json.GetProperty("product").GetString()!,
        json.GetProperty("entitled").GetBoolean(),
        json.GetProperty("adopted").GetBoolean(),
        [.. json.GetProperty("criteria").EnumerateArray().Select(ReadCriterion)]);

    // What is missing is worked out here rather than read, so that it does not hang on explain's shape.
    private static Criterion ReadCriterion(JsonElement json)
    {
        var value = json.GetProperty("value");
        var missing = json.GetProperty("at_least").GetDecimal() - (value.ValueKind == JsonValueKind.Null ? 0 : value.GetDecimal());
        return new Criterion(json.GetProperty("metric").GetString()!, Math.Max(0, missing));
    }
}
