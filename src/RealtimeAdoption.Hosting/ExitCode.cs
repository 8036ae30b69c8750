using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RealtimeAdoption.Hosting;

/// <summary>What a server's process ends with; 0 where it was stopped as asked.</summary>
public static class ExitCode
{
    /// <summary>The machine, the store or the network.</summary>
    public const int Failed = 1;

    /// <summary>Something in options or model file is wrong; everything that is, was listed.</summary>
    public const int Refused = 2;

    /// <summary>Another server has taken the store over, or the cluster goes on without this silo.</summary>
    public const int TakenOver = 3;

    /// <summary>An invariant is broken. Started again it reads everything from the journal.</summary>
    public const int Broken = 4;

    /// <summary>
    /// Of a host that is started: the process is to end with <see cref="Broken"/> where it is one of the services that run as long as the server does whose failure ends it; the host logs which. One that fails while the server stops as it was asked to changes nothing.
    /// </summary>
    public static void BrokenWhereAServiceFails(IHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        var services = host.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() =>
        {
            if (Environment.ExitCode == 0 && services.Exists(service => service.ExecuteTask is { IsFaulted: true })) Environment.ExitCode = Broken;
        });
    }

    /// <summary>Tells each error.</summary>
    /// <returns><see cref="Refused"/>.</returns>
    public static int Refuse(IEnumerable<string> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        foreach (var error in errors) Console.Error.WriteLine(error);
        return Refused;
    }
}
