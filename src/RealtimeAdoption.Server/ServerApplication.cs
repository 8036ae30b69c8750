using Microsoft.AspNetCore.Builder;
using RealtimeAdoption.Embedded;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.Hosting.Options;
using RealtimeAdoption.Server.Demo;

namespace RealtimeAdoption.Server;

/// <summary>The composition root: the embedded host put together with what every server has, and run until it is told to stop. It ends with an <see cref="ExitCode"/>.</summary>
public static class ServerApplication
{
    public static async Task<int> RunAsync(string[] arguments, DemoRequest? demo)
    {
        using var fileLimit = ServerStart.HoldFileLimit();
        if (ServerStart.Read(arguments, HostServices.Sections, configuration => demo?.Configure(configuration), out var errors) is not { } start) return ExitCode.Refuse(errors);
        var options = start.Options;
        start.Builder.Services.AddScoringHost(options, start.Model);
        if (demo is not null) start.Builder.Services.AddSingleton(demo).AddHostedService<DemoRun>();
        await using var app = start.Build();
        if (demo is not null && options.IsModelGiven) errors.Add("--demo: its customers use the sample model's products; leave Model:Path out.");
        if (errors.Count > 0) return ExitCode.Refuse(errors);
        try
        {
            var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
            if (demo is not null && !demo.Claim(options.Storage.Path, now, out var refusal)) return ExitCode.Refuse([refusal]);
            app.UseWeb();
            await RunAsync(app, options, demo);
            return Environment.ExitCode;
        }
        catch (Exception error) when (ServerStart.IsOfTheMachine(error))
        {
            await Console.Error.WriteLineAsync(error.Message);
            return ExitCode.Failed;
        }
    }

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
            await app.ListenAsync(options);
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
        Environment.ExitCode = failure.IsTakenOver ? ExitCode.TakenOver : ExitCode.Broken;
    }
}
