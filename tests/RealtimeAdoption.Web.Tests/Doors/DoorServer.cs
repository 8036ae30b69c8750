using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Doors;

namespace RealtimeAdoption.Web.Tests.Doors;

/// <summary>The doors behind a real Kestrel on a port of its own, in front of a host that records, or of any other.</summary>
internal sealed class DoorServer : IAsyncDisposable
{
    public const string WriteKey = "test-write-key";
    public const string ReadKey = "test-read-key";

    private readonly WebApplication app;

    private DoorServer(WebApplication app)
    {
        this.app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", WriteKey);
    }

    public RecordingHost Host { get; private init; } = new();

    public RecordingRejections Rejections { get; private init; } = new();

    /// <summary>Sends the write key.</summary>
    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public static async Task<DoorServer> StartAsync(params (string Key, string Value)[] settings)
    {
        var host = new RecordingHost();
        var rejections = new RecordingRejections();
        return new DoorServer(await RunAsync(host, rejections, settings)) { Host = host, Rejections = rejections };
    }

    public static async Task<DoorServer> StartAsync(IScoringHost host, IRejections rejections) => new(await RunAsync(host, rejections));

    private static async Task<WebApplication> RunAsync(IScoringHost host, IRejections rejections, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Auth:WriteKeys:0"] = WriteKey,
            ["Auth:ReadKeys:0"] = ReadKey,
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(host);
        builder.Services.AddSingleton(rejections);
        builder.Services.AddDoors(builder.Configuration);
        var doors = builder.Build();
        doors.MapDoors();
        doors.MapGet("/read", context => context.Response.WriteAsync("read")).RequireReader();
        doors.MapGet("/hubs/read", context => context.Response.WriteAsync("read")).RequireReader();
        await doors.StartAsync();
        return doors;
    }

    public Task<Reply> PostAsync(string path, string body, string contentType = "application/json") => PostAsync(path, Encoding.UTF8.GetBytes(body), contentType);

    public Task<Reply> PostAsync(string path, byte[] body, string contentType = "application/json", string? encoding = null) =>
        SendAsync(HttpMethod.Post, path, body, contentType, encoding);

    public Task<Reply> PutAsync(string path, string body) => SendAsync(HttpMethod.Put, path, Encoding.UTF8.GetBytes(body), "application/json", null);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }

    public async Task<Reply> SendAsync(HttpMethod method, string path, byte[] body, string contentType, string? encoding)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await Client.SendAsync(request);
        return await Reply.OfAsync(response);
    }
}

/// <summary>An answer, read.</summary>
internal sealed record Reply(int Status, string? ContentType, JsonElement Json, HttpResponseHeaders Headers)
{
    public string? Code => Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    public string Detail => Json.GetProperty("detail").GetString()!;

    public (int Accepted, int Duplicates, int Rejected) Counts =>
        (Json.GetProperty("accepted").GetInt32(), Json.GetProperty("duplicates").GetInt32(), Json.GetProperty("rejected").GetInt32());

    public (int Index, string Code)[] Errors =>
        [.. Json.GetProperty("errors").EnumerateArray().Select(error => (error.GetProperty("index").GetInt32(), error.GetProperty("code").GetString()!))];

    public static async Task<Reply> OfAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        var json = text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
        return new Reply((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, json, response.Headers);
    }
}
