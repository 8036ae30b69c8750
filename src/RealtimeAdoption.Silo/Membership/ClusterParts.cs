using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Versions.Compatibility;
using Orleans.Versions.Selector;
using RealtimeAdoption.Silo.Fleet;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Streams;
using MemberOptions = Orleans.Configuration.ClusterOptions;

namespace RealtimeAdoption.Silo.Membership;

/// <summary>What this silo is to Orleans: its name and ports, who it hears from, when it takes another one for dead, what it keeps.</summary>
internal static class ClusterParts
{
    private const string Npgsql = "Npgsql";

    // For the rest of the stop, after the last checkpoint.
    private const int StopReserveSeconds = 10;

    public static void AddCluster(this ISiloBuilder silo, bool isAlone)
    {
        silo.Services.AddSingleton<IFatalErrorHandler, SiloEnd>();
        if (isAlone) silo.AddAlone();
        else silo.AddShared();
        silo.AddMembership();
        silo.AddUsageStreams(provider => new UsageStreams(
            provider.GetRequiredService<SiloStore>().Journal, provider.GetRequiredService<SiloStore>().Identity.Partitions, SiloServices.Of<StreamBounds>(provider)));
        silo.AddSiloFleet();
        if (!isAlone) silo.AddPartitionMoves();
        silo.Set<GrainCollectionOptions>((options, own) =>
        {
            options.EnableActivationSheddingOnMemoryPressure = own.MemoryPercentMax < 100;
            options.MemoryUsageLimitPercentage = own.MemoryPercentMax;
            options.MemoryUsageTargetPercentage = own.MemoryPercentMax * 0.95;
            options.DeactivationTimeout = TimeSpan.FromSeconds(own.StopSecondsMax);
        });
        // After what the web's parts set. Read by itself: the host is made before options are checked.
        silo.Services.PostConfigure<HostOptions>(options => options.ShutdownTimeout = StopTime(silo.Configuration));
        // Grain contracts only grow: a newer silo understands an older one, and is not asked by it for what it lacks. So a rolling upgrade needs no further setting.
        silo.Set<GrainVersioningOptions>((options, _) =>
        {
            options.DefaultCompatibilityStrategy = nameof(BackwardCompatible);
            options.DefaultVersionSelectorStrategy = nameof(AllCompatibleVersions);
        });
    }

    private static void AddMembership(this ISiloBuilder silo)
    {
        silo.Set<MemberOptions>((options, own) => (options.ClusterId, options.ServiceId) = (own.ClusterId, own.ServiceId));
        silo.Set<EndpointOptions>((options, own) =>
        {
            var address = IPAddress.Parse(own.Address);
            options.AdvertisedIPAddress = address;
            options.SiloPort = own.FindSiloPort();
            options.GatewayPort = own.GatewayPort;
            options.SiloListeningEndpoint = new IPEndPoint(address, options.SiloPort);
            if (own.GatewayPort > 0) options.GatewayListeningEndpoint = new IPEndPoint(address, own.GatewayPort);
        });
        silo.Set<ClusterMembershipOptions>((options, own) =>
        {
            options.ProbeTimeout = TimeSpan.FromMilliseconds(own.ProbeMs);
            options.NumMissedProbesLimit = own.ProbesMissed;
            // A cluster that was killed as a whole leaves silos behind that nobody probes: a new one waits until their sign of life is old, which by default takes minutes.
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedTableIAmAliveLimit = 3;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            options.DefunctSiloExpiration = TimeSpan.FromDays(1);
        });
    }

    // The others hear of it, and it is remembered, in the database.
    private static void AddShared(this ISiloBuilder silo)
    {
        silo.UseAdoNetClustering(clustering => clustering.Configure<SiloStore>((options, store) => (options.Invariant, options.ConnectionString) = (Npgsql, store.OrleansConnection)));
        silo.UseAdoNetReminderService(reminders => reminders.Configure<SiloStore>((options, store) => (options.Invariant, options.ConnectionString) = (Npgsql, store.OrleansConnection)));
        silo.AddAdoNetGrainStorageAsDefault(storage => storage.Configure<SiloStore>((options, store) => (options.Invariant, options.ConnectionString) = (Npgsql, store.OrleansConnection)));
    }

    private static void AddAlone(this ISiloBuilder silo)
    {
        silo.UseLocalhostClustering();
        silo.UseInMemoryReminderService();
        silo.AddMemoryGrainStorageAsDefault();
    }

    private static TimeSpan StopTime(IConfiguration configuration)
    {
        var isRead = int.TryParse(configuration[$"{SiloOptions.Section}:{nameof(SiloOptions.StopSecondsMax)}"], out var seconds) && seconds is >= 1 and <= SiloOptions.StopSecondsGreatest;
        return TimeSpan.FromSeconds((isRead ? seconds : new SiloOptions().StopSecondsMax) + StopReserveSeconds);
    }

    private static void Set<T>(this ISiloBuilder silo, Action<T, SiloOptions> set)
        where T : class => silo.Services.AddOptions<T>().Configure<IOptions<SiloOptions>>((options, own) => set(options, own.Value));
}
