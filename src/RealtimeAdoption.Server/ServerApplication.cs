using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Options;
using RealtimeAdoption.Embedded;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Server.Demo;
using RealtimeAdoption.Server.Options;
using RealtimeAdoption.Web.Answers;
using RealtimeAdoption.Web.Auth;
using RealtimeAdoption.Web.Board;
using RealtimeAdoption.Web.Doors;
using RealtimeAdoption.Web.Problems;

namespace RealtimeAdoption.Server;

/// <summary>
/// The composition root: configuration in, the parts put together, the server run until it is told to stop. Exit codes: 0 stopped as asked, 1 failed,
/// 2 something in options or model file is wrong (everything that is, is listed), 3 another server has taken the store over, 4 an invariant is broken (start it again).
/// </summary>
public static class ServerApplication
{
    private const int Failed = 1;
    private const int Refused = 2;

    // SIGXFSZ, which would end the process.
    private const int FileSizeExceeded = 25;
    private const int TakenOver = 3;
    private const int Broken = 4;

    public static int Refuse(IEnumerable<string> errors)
    {
        foreach (var error in errors) Console.Error.WriteLine(error);
        return Refused;
    }

    public static async Task<int> RunAsync(string[] arguments, DemoRequest? demo)
    {
        // Where a limit is set on the size of files, a write beyond it fails like any other.
        using var fileSize = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create((PosixSignal)FileSizeExceeded, signal => signal.Cancel = true);
        var errors = StrayWords(arguments);
        if (errors.Count > 0) return Refuse(errors);
        if (NewBuilder(arguments, errors) is not { } builder) return Refuse(errors);
        demo?.Configure(builder.Configuration);
        var options = OptionsReader.Read(builder.Configuration, out var wrong);
        errors.AddRange(wrong);
        var model = ReadModel(options, errors);
        AddParts(builder, options, model, demo);
        await using var app = builder.Build();
        errors.AddRange(WrongInParts(app.Services));
        if (demo is not null && options.IsModelGiven) errors.Add("--demo: its customers use the sample model's products; leave Model:Path out.");
        if (errors.Count > 0) return Refuse(errors);
        try
        {
            var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
            if (demo is not null && !demo.Claim(options.Storage.Path, now, out var refusal)) return Refuse([refusal]);
            UseParts(app);
            await RunAsync(app, options, demo);
            return Environment.ExitCode;
        }
        catch (Exception error) when (IsOfTheMachine(error))
        {
            await Console.Error.WriteLineAsync(error.Message);
            return Failed;
        }
    }

    /// <summary>The options of a command that works on a store without a server; null: something is wrong with them, and was said.</summary>
    internal static ServerOptions? ReadOptions(string[] arguments)
    {
        var errors = StrayWords(arguments);
        ServerOptions? options = null;
        if (errors.Count == 0 && NewBuilder(arguments, errors) is { } builder)
        {
            options = OptionsReader.Read(builder.Configuration, out var wrong);
            errors.AddRange(wrong);
        }

        if (errors.Count == 0) return options;
        Refuse(errors);
        return null;
    }

    /// <summary>Something about address, folder or store that its one sentence tells an operator. Anything else is a fault of the program and shows where.</summary>
    internal static bool IsOfTheMachine(Exception error) =>
        error is IOException or UnauthorizedAccessException or JournalException or SnapshotException or ModelFileException or InvalidOperationException;

    /// <summary>Listens while it recovers, so that /health tells how far it is; what goes wrong with the store ends it.</summary>
    private static async Task RunAsync(WebApplication app, ServerOptions options, DemoRequest? demo)
    {
        // The journal first: its lock keeps a second server out of the data.
        var journal = app.Services.GetRequiredService<IJournal>();
        await journal.OpenAsync(options.Partitions, CancellationToken.None);
        if (options.Storage.IsPostgres && demo is not null) demo.Settle(options.Storage.Schema, Array.TrueForAll(await journal.HeadsAsync(CancellationToken.None), head => head == 0));
        await app.Services.GetRequiredService<IRejections>().OpenAsync(CancellationToken.None);
        var recovery = app.Services.GetRequiredService<EmbeddedHost>().StartAsync(app.Lifetime.ApplicationStopping);
        try
        {
            await ListenAsync(app, options);
            StartUpLog.Write(app, options);
            await recovery;
            StartUpLog.WriteModel(app);
            await UntilStoppedAsync(app);
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Told to stop while it recovered.
        }
        finally
        {
            await app.StopAsync();
        }
    }

    // One that takes nothing more would stand there unready for ever: it ends, so that a supervisor sees it and starts it again.
    private static async Task UntilStoppedAsync(WebApplication app)
    {
        var stopped = app.WaitForShutdownAsync();
        var failed = app.Services.GetRequiredService<EmbeddedHost>().Failed;
        if (await Task.WhenAny(stopped, failed) == stopped) return;
        var failure = await failed;
        await Console.Error.WriteLineAsync(failure.Reason);
        Environment.ExitCode = failure.IsTakenOver ? TakenOver : Broken;
    }

    private static async Task ListenAsync(WebApplication app, ServerOptions options)
    {
        try
        {
            await app.StartAsync();
        }
        catch (SocketException error)
        {
            throw new IOException($"Urls: the server cannot listen on {options.Urls}. {error.Message}.", error);
        }
    }

    /// <summary>Everything but options is a mistake: a forgotten -- would else go unnoticed.</summary>
    private static List<string> StrayWords(string[] arguments)
    {
        var stray = new List<string>();
        var isValue = false;
        foreach (var argument in arguments)
        {
            var isName = argument.StartsWith("--", StringComparison.Ordinal) && argument.Length > 2;
            if (!isName && !isValue) stray.Add($"'{argument}' is not an option. Options look like --Name=value; --help lists them.");
            isValue = isName && !argument.Contains('=', StringComparison.Ordinal);
        }

        if (isValue) stray.Add($"'{arguments[^1]}' has no value. Right would be {arguments[^1]}=value; --help lists what needs none.");
        return stray;
    }

    /// <summary>Null with errors where a settings file cannot be read.</summary>
    private static WebApplicationBuilder? NewBuilder(string[] arguments, List<string> errors)
    {
        WebApplicationBuilder builder;
        try
        {
            // The web root lies beside the executable, appsettings.json in the working folder.
            builder = WebApplication.CreateBuilder(new WebApplicationOptions
            {
                Args = arguments,
                ContentRootPath = Directory.GetCurrentDirectory(),
                WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
            });
        }
        catch (InvalidDataException error)
        {
            errors.Add($"{error.Message} {error.GetBaseException().Message}");
            return null;
        }

        builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft"] = "Warning",
                // At less it logs with its whole stack what RunAsync tells in one sentence.
                ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
                ["Logging:Console:FormatterName"] = "simple",
                ["Logging:Console:FormatterOptions:SingleLine"] = "true",
                ["Logging:Console:FormatterOptions:TimestampFormat"] = "HH:mm:ss ",
            },
        });
        return builder;
    }

    /// <summary>Null with errors where the file is not a valid model.</summary>
    private static ModelFileText? ReadModel(ServerOptions options, List<string> errors)
    {
        if (!File.Exists(options.ModelPath)) return null;
        try
        {
            var text = File.ReadAllText(options.ModelPath);
            var result = ModelFileReader.Read(text, options.ModelPath);
            if (result.IsValid) return new ModelFileText(options.ModelPath, text, result.Model);
            errors.AddRange(result.Describe().Split('\n'));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            errors.Add($"Model:Path: {error.Message}");
        }

        return null;
    }

    private static void AddParts(WebApplicationBuilder builder, ServerOptions options, ModelFileText? model, DemoRequest? demo)
    {
        builder.WebHost.UseUrls(options.Urls).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The doors hold bodies to limits of their own, packed and unpacked.
            kestrel.Limits.MaxConcurrentConnections = 20_000;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        });
        builder.Host.ConfigureHostOptions(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.AddScoringHost(options, model);
        builder.Services.AddDoors(builder.Configuration);
        builder.Services.AddAnswers();
        builder.Services.AddBoard(builder.Configuration);
        if (demo is not null) builder.Services.AddSingleton(demo).AddHostedService<DemoRun>();
    }

    private static void UseParts(WebApplication app)
    {
        app.UseProblemPages();
        app.UseDefaultFiles();
        app.UseStaticFiles(new StaticFileOptions { OnPrepareResponse = SayHowLongItStands });
        app.UseRouting();
        app.MapDoors();
        app.MapAnswers();
        app.MapBoard().RequireReader();
        if (!app.Environment.WebRootFileProvider.GetFileInfo("index.html").Exists)
            app.MapGet("/", () => "The board was not built (BuildBoard=false). Everything else works; /openapi/v1.json says what there is.\n").ExcludeFromDescription();
    }

    /// <summary>The page is asked for each time; what it loads carries a hash in its name.</summary>
    private static void SayHowLongItStands(StaticFileResponseContext file)
    {
        var isAsset = file.Context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal);
        file.Context.Response.Headers.CacheControl = isAsset ? "public, max-age=31536000, immutable" : "no-cache";
        file.Context.Response.Headers.XContentTypeOptions = "nosniff";
    }

    /// <summary>What the libraries' own options have to say.</summary>
    private static IEnumerable<string> WrongInParts(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return [];
        }
        catch (OptionsValidationException error)
        {
            return error.Failures;
        }
        catch (AggregateException error)
        {
            return error.InnerExceptions.SelectMany(inner => inner is OptionsValidationException wrong ? wrong.Failures : [inner.Message]);
        }
        catch (InvalidOperationException error)
        {
            return [error.Message];
        }
    }
}
