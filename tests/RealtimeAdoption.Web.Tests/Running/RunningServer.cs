using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Web.Answers;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Board;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Web.Tests.Running;

/// <summary>Doors, answers and board on a real Kestrel, on a port of its own.</summary>
public sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private RunningServer(WebApplication app, LogLines log)
    {
        this.app = app;
        Log = log;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public LogLines Log { get; }

    public T Service<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    /// <param name="host">Whose answers it gives; not disposed with it.</param>
    /// <param name="rejections">As the host.</param>
    /// <param name="port">0: any.</param>
    /// <param name="settings">Configuration on top of anonymous reading.</param>
    public static Task<RunningServer> StartAsync(IScoringHost host, IRejections? rejections = null, int port = 0, params (string Key, string Value)[] settings) =>
        StartAsync(host, rejections, port, settings, null);

    /// <param name="host">As above.</param>
    /// <param name="board">Where the hub's frames come from.</param>
    public static Task<RunningServer> StartAsync(IScoringHost host, IBoardSource board) => StartAsync(host, null, 0, [], board);

    private static async Task<RunningServer> StartAsync(IScoringHost host, IRejections? rejections, int port, (string Key, string Value)[] settings, IBoardSource? board)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var log = new LogLines();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Configuration.AddInMemoryCollection([new("Auth:Anonymous", "true")])
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddSingleton(host);
        builder.Services.AddSingleton(rejections ?? new RejectionsInMemory());
        builder.Services.AddAccessKeys(builder.Configuration).AddDoors(builder.Configuration).AddAnswers().AddBoard(builder.Configuration);
        if (board is not null) builder.Services.AddSingleton(board);
        var made = builder.Build();
        made.UseProblemPages();
        made.MapDoors();
        made.MapAnswers();
        made.MapBoard().RequireReader();
        await made.StartAsync();
        return new RunningServer(made, log);
    }

    /// <summary>The JSON at a path, with the status that it must have.</summary>
    public async Task<JsonElement> GetAsync(string path, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await Client.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{path}: {(int)response.StatusCode} {text}");
        var type = response.Content.Headers.ContentType?.MediaType;
        var isProblem = (int)status >= 400 && !path.StartsWith("/health/", StringComparison.Ordinal);
        Assert.Equal(isProblem ? "application/problem+json" : "application/json", type);
        var json = JsonDocument.Parse(text).RootElement;
        if (!isProblem) return json;
        Assert.Equal((int)status, json.GetProperty("status").GetInt32());
        foreach (var field in new[] { "type", "title", "detail", "code" }) Assert.NotEqual("", json.GetProperty(field).GetString());
        return json;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

/// <summary>What the server logged as warning or worse.</summary>
public sealed class LogLines : ILoggerProvider
{
    private readonly List<string> lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines) return [.. lines];
        }
    }

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Writer(LogLines to, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // Kestrel warns where the machine lets it wait, which says nothing of us.
        public bool IsEnabled(LogLevel logLevel) => logLevel >= (category.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal) ? LogLevel.Error : LogLevel.Warning);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            lock (to.lines) to.lines.Add($"{logLevel} {category}: {formatter(state, exception)} {exception}");
        }
    }
}
