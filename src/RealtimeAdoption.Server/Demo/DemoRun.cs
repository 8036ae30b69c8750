using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using RealtimeAdoption.Engine.Host;

namespace RealtimeAdoption.Server.Demo;

/// <summary>Fills the demo's folder once, then keeps traffic flowing until the server stops. What goes wrong here stops the server.</summary>
public sealed class DemoRun(
    DemoRequest request, IScoringHost host, IServer server, IHostApplicationLifetime lifetime, ILogger<DemoRun> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The doors close before this service is told to stop.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        try
        {
            await RunAsync(stopping.Token);
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // The server stops, and with it what was under way.
        }
        catch (Exception error)
        {
            log.LogError(error, "The demo failed; the server stops.");
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await StartedAsync(cancellationToken);
        var today = DateOnly.FromDateTime(request.Folder.HistoryEnd.UtcDateTime);
        var customers = new CustomerBase(request.Folder.Seed, request.Folder.Accounts, today);
        using var door = new DemoDoor(Address(), request.WriteKey, request.ReadKey);
        if (!request.Folder.Filled) await FillAsync(door, customers, cancellationToken);
        if (!request.Traffic) return;
        log.LogInformation("Live traffic flows.");
        // To be copied from the terminal, so not through a logger that folds lines.
        Console.WriteLine("\nSend an event of your own:\n" + Example() + "\n");
        await new DemoTraffic(door, request.Folder, customers, host.Clock).RunAsync(cancellationToken);
    }

    private async Task StartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
        while (!host.Status.Ready) await Task.Delay(Look, cancellationToken);
    }

    private async Task FillAsync(DemoDoor door, CustomerBase customers, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var fill = new DemoFill(door, request.Folder, customers);
        var what = string.Create(CultureInfo.InvariantCulture, $"Filling in {CustomerBase.HistoryDays} days of {customers.Customers.Count} accounts");
        var events = await DemoProgress.ShowAsync(what, customers.Customers.Count, async progress =>
        {
            var sent = await fill.RunAsync(progress, cancellationToken);
            while (host.Status.Rebuilding > 0) await Task.Delay(Look, cancellationToken);
            return sent;
        });
        (request.Folder with { Filled = true }).Write(request.Path);
        log.LogInformation("Filled in {Events} messages in {Seconds:0.0} s.", events, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Where this server listens, as seen from this machine.</summary>
    private Uri Address()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var address = addresses.FirstOrDefault(a => a.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            ?? throw new InvalidOperationException("--demo needs an http address to send to; give one with --Urls=http://127.0.0.1:5080.");
        return new Uri(address.Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal).Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal));
    }

    private string Example() =>
        $"  curl -u {request.WriteKey}: {Address()}v1/track -H 'Content-Type: application/json' \\\n" +
        "    -d '{\"userId\":\"you\",\"event\":\"Contact Created\",\"context\":{\"groupId\":\"my-company\"}}'";
}
