using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RealtimeAdoption.Hosting.Tests;

/// <summary>What a server that has stopped ends with.</summary>
public sealed class ExitCodeTests
{
    [Fact]
    public async Task A_server_whose_service_has_failed_ends_as_broken_and_not_as_stopped_as_asked()
    {
        using var host = Host.CreateEmptyApplicationBuilder(null).With<Failing>().With<Waiting>().Build();
        await host.StartAsync();
        await host.WaitForShutdownAsync();
        Assert.Equal(ExitCode.Broken, ExitCode.Of(host.Services));
    }

    [Fact]
    public async Task A_server_that_was_stopped_as_asked_ends_with_zero()
    {
        using var host = Host.CreateEmptyApplicationBuilder(null).With<Waiting>().Build();
        await host.StartAsync();
        await host.StopAsync();
        Assert.Equal(0, ExitCode.Of(host.Services));
    }

    private sealed class Failing : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new InvalidDataException("A service that fails.");
        }
    }

    private sealed class Waiting : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Delay(Timeout.Infinite, stoppingToken);
    }
}

internal static class HostBuilding
{
    public static HostApplicationBuilder With<T>(this HostApplicationBuilder builder)
        where T : class, IHostedService
    {
        builder.Services.AddHostedService<T>();
        return builder;
    }
}
