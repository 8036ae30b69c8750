using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RealtimeAdoption.Server.Models;

/// <summary>A running server, asked by its API about models and for verifications (docs/api.md). Its answers stay JSON: what is not shown is not needed here.</summary>
internal sealed class ModelServer : IDisposable
{
    private readonly HttpClient http;

    public ModelServer(Uri url, string? key)
    {
        http = new HttpClient { BaseAddress = new Uri(url.AbsoluteUri.TrimEnd('/') + "/"), Timeout = TimeSpan.FromSeconds(100) };
        if (key is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public void Dispose() => http.Dispose();

    public Task<JsonObject> BeginPreviewAsync(string path, string text, CancellationToken stop) =>
        SendAsync(path, new HttpRequestMessage(HttpMethod.Post, "v1/model/preview") { Content = Yaml(text) }, stop);

    public Task<JsonObject> PreviewAsync(string id, int limit, string? cursor, CancellationToken stop)
    {
        var page = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
        return SendAsync("", new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"v1/model/preview/{Uri.EscapeDataString(id)}?limit={limit}{page}")), stop);
    }

    public async Task EndPreviewAsync(string id)
    {
        using var answer = await http.DeleteAsync(new Uri($"v1/model/preview/{Uri.EscapeDataString(id)}", UriKind.Relative), CancellationToken.None);
    }

    public Task<JsonObject> ActivateAsync(string path, string text, string by, CancellationToken stop) =>
        SendAsync(path, new HttpRequestMessage(HttpMethod.Put, $"v1/model?by={Uri.EscapeDataString(by)}") { Content = Yaml(text) }, stop);

    public Task<JsonObject> ModelAsync(CancellationToken stop) => SendAsync("", new HttpRequestMessage(HttpMethod.Get, "v1/model"), stop);

    public Task<JsonObject> BeginVerificationAsync(CancellationToken stop) =>
        SendAsync("", new HttpRequestMessage(HttpMethod.Post, "v1/verify") { Content = new StringContent("{}", Encoding.UTF8, "application/json") }, stop);

    public Task<JsonObject> VerificationAsync(string id, CancellationToken stop) => SendAsync("", new HttpRequestMessage(HttpMethod.Get, $"v1/verify/{Uri.EscapeDataString(id)}"), stop);

    public async Task EndVerificationAsync(string id)
    {
        using var answer = await http.DeleteAsync(new Uri($"v1/verify/{Uri.EscapeDataString(id)}", UriKind.Relative), CancellationToken.None);
    }

    private static StringContent Yaml(string text) => new(text, Encoding.UTF8, "application/yaml");

    private async Task<JsonObject> SendAsync(string path, HttpRequestMessage request, CancellationToken stop)
    {
        using (request)
        {
            using var answer = await http.SendAsync(request, stop);
            return await ReadAsync(path, answer, stop);
        }
    }

    private static async Task<JsonObject> ReadAsync(string path, HttpResponseMessage answer, CancellationToken stop)
    {
        var text = await answer.Content.ReadAsStringAsync(stop);
        JsonObject? body = null;
        try
        {
            body = JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            // Said below: whatever it is, it is not this API's answer.
        }

        if (answer.IsSuccessStatusCode && body is not null) return body;
        if (body?["errors"] is JsonArray { Count: > 0 } errors && errors[0]?["line"] is not null)
            throw new ModelRefusedException(string.Join('\n', errors.Select(error => $"{path}:{error!["line"]}:{error["column"]}: {Place(error)}{error["problem"]}; {error["expected"]}")), isOfFile: true);
        var why = (string?)body?["detail"] ?? (string?)body?["title"] ?? "its answer is not one of this API";
        throw new ModelRefusedException($"The server refuses with {(int)answer.StatusCode}: {why}", isOfFile: false);
    }

    private static string Place(JsonNode error) => (string?)error["path"] is { Length: > 0 } path ? $"{path}: " : "";
}
