using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.Hosting.Options;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Membership;
using RealtimeAdoption.Storage.Postgres;

namespace RealtimeAdoption.Silo;

/// <summary>The composition root: a silo put together with what every server has, and run until it is told to stop. It ends with an <see cref="ExitCode"/>.</summary>
public static class SiloApplication
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(500);

    public static async Task<int> RunAsync(string[] arguments)
    {
        using var fileLimit = ServerStart.HoldFileLimit();
        if (ServerStart.Read(arguments, SiloServices.Sections, settle: null, out var errors) is not { } start) return ExitCode.Refuse(errors);
        var options = start.Options;
        var isAlone = IsAlone(start, errors);
        start.Builder.AddSilo(options.Storage, isAlone);
        var broken = new BrokenStart(isAlone);
        broken.Quiet(start.Builder.Logging, start.Builder.Configuration);
        await using (var app = start.Build())
        {
            if (errors.Count > 0) return ExitCode.Refuse(errors);
            try
            {
                app.UseWeb();
                await RunAsync(app, options, broken);
            }
            catch (Exception error) when (ServerStart.IsOfTheMachine(error) || error is OrleansException or DbException or TimeoutException)
            {
                await Console.Error.WriteLineAsync(error.Message);
                return ExitCode.Failed;
            }
        }

        // Said last: what was logged before is written by a thread of its own, which has ended by now.
        if (Environment.ExitCode == 0 && broken.IsBroken) Console.WriteLine("The silo was told to stop before it was ready.");
        return Environment.ExitCode;
    }

    // What is no word for it is told with the other options.
    private static bool IsAlone(ServerStart start, List<string> errors)
    {
        var isSaid = bool.TryParse(start.Builder.Configuration[$"{SiloOptions.Section}:{nameof(SiloOptions.Alone)}"], out var isAlone);
        var storage = start.Options.Storage;
        if (storage.IsPostgres)
        {
            if (!isAlone && storage.Schema.Length > OrleansTables.DataSchemaLengthMax)
                errors.Add($"Storage:Schema is '{storage.Schema}', of {storage.Schema.Length} characters; in a cluster, whose membership lies in a schema beside it, it must have {OrleansTables.DataSchemaLengthMax} at most.");
            return isAlone;
        }

        if (isSaid && !isAlone) errors.Add("Storage:Kind: the silos of a cluster share a store. Right would be postgres, with Storage:ConnectionString.");
        return true;
    }

    // Orleans would share a port with a silo that has it, and declare that one dead.
    private static void HoldPorts(SiloOptions options)
    {
        Hold(nameof(options.SiloPort), options.SiloPort);
        Hold(nameof(options.GatewayPort), options.GatewayPort);

        void Hold(string name, int port)
        {
            if (port == 0) return;
            try
            {
                using var listener = new TcpListener(IPAddress.Parse(options.Address), port);
                listener.Start();
            }
            catch (SocketException error)
            {
                throw new IOException($"{SiloOptions.Section}:{name}: the silo cannot listen on {options.Address}:{port}. {error.Message}. Each silo of a machine has a port of its own.", error);
            }
        }
    }

    /// <summary>The store first; then the silo joins, and the web listens while the partitions are found.</summary>
    private static async Task RunAsync(WebApplication app, ServerOptions options, BrokenStart broken)
    {
        // The host hears of signals only once it is started.
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        broken.Begin(app.Lifetime);
        try
        {
            await StartAsync(app, options, app.Lifetime.ApplicationStopping);
            broken.Ready();
        }
        catch (Exception) when (broken.IsBroken)
        {
            await BreakOffAsync(app);
            return;
        }

        try
        {
            await app.WaitForShutdownAsync();
        }
        finally
        {
            await app.StopAsync();
            var made = app.Services.GetRequiredService<SiloHouse>().Calls;
            app.Logger.LogInformation("This silo's partitions have made {Calls} calls of account grains, with {Records} records", made.Calls, made.Records);
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            app.Lifetime.StopApplication();
        }
    }

    // What has begun is stopped. Orleans refuses to stop a silo that has not joined: it ends with the process.
    private static async Task BreakOffAsync(WebApplication app)
    {
        try
        {
            await app.StopAsync();
        }
        catch (Exception error)
        {
            app.Logger.LogDebug("Not all of it was stopped: {Reason}", error.Message);
        }
    }

    private static async Task StartAsync(WebApplication app, ServerOptions options, CancellationToken stop)
    {
        HoldPorts(app.Services.GetRequiredService<IOptions<SiloOptions>>().Value);
        await app.Services.GetRequiredService<SiloStore>().OpenAsync(options.Partitions, stop);
        // Behind the store's own lock: it is nobody else's by now.
        app.Services.GetRequiredService<IOptions<IdOptions>>().Value.CheckScratch();
        await app.Services.GetRequiredService<IRejections>().OpenAsync(stop);
        await app.ListenAsync(options);
        StartUpLog.Write(app, options);
        await FindPartitionsAsync(app, stop);
        StartUpLog.WriteModel(app);
    }

    // An owner that is lost meanwhile is found again elsewhere.
    private static async Task FindPartitionsAsync(WebApplication app, CancellationToken stop)
    {
        for (var told = ""; ;)
        {
            try
            {
                await app.Services.GetRequiredService<ClusterHost>().StartAsync(stop);
                return;
            }
            catch (Exception error) when (error is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                // Once: one that is damaged says the same until somebody has mended it.
                if (error.Message != told) app.Logger.LogWarning("A partition has not answered, and is asked again: {Reason}", error.Message);
                told = error.Message;
                await Task.Delay(TryAgain, stop);
            }
        }
    }
}
