using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RealtimeAdoption.Hosting.Tests;

/// <summary>What the process of a server ends with whose own services fail.</summary>
public sealed class ExitCodeTests : IDisposable
{
    private static readonly InvalidDataException Failure = new("A service that fails.");

    [Fact]
    public async Task A_service_that_fails_ends_the_server_as_broken_and_not_as_stopped_as_asked()
    {
        using var host = Make(async _ =>
        {
            await Task.Yield();
            throw Failure;
        });
        await host.StartAsync();
        ExitCode.BrokenWhereAServiceFails(host);
        await host.WaitForShutdownAsync();
        Assert.Equal(ExitCode.Broken, Environment.ExitCode);
    }

    [Fact]
    public async Task A_service_that_fails_while_the_server_stops_as_asked_changes_nothing()
    {
        using var host = Make(async stop =>
        {
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw Failure;
        });
        await host.StartAsync();
        ExitCode.BrokenWhereAServiceFails(host);
        await host.StopAsync();
        Assert.Equal(0, Environment.ExitCode);
    }

    // It is this process's too.
    public void Dispose() => Environment.ExitCode = 0;

    private static IHost Make(Func<CancellationToken, Task> run)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHostedService(_ => new Service(run));
        return builder.Build();
    }

    private sealed class Service(Func<CancellationToken, Task> run) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => run(stoppingToken);
    }
}
