using static RealtimeAdoption.Silo.Tests.Processes.Progress;

namespace RealtimeAdoption.Silo.Tests.Processes;

/// <summary>Three silos of an older version on one PostgreSQL are replaced one by one under load, as an operator does it, and one goes back: both versions are in the cluster at once.</summary>
public sealed class RollingUpgradeTests(ITestOutputHelper output)
{
    private const int Silos = 3;
    private const int Some = 4_000;
    private const int Seed = 20261122;

    private static readonly string? Older = Environment.GetEnvironmentVariable("ROLLING_UPGRADE_FROM");

    private readonly Progress progress = new(output, "ROLLING_UPGRADE_LOG");

    /// <summary>Only where the script has built an older version.</summary>
    [Fact]
    public async Task Silos_of_an_older_version_are_replaced_one_by_one_and_one_goes_back_and_every_acknowledged_event_counts_once()
    {
        Assert.SkipUnless(Older is not null, "tests/rolling-upgrade.sh runs it.");
        await using var silos = new SiloProcesses(Older);
        var load = new ClusterLoad(silos, Seed);
        await progress.DoAsync("three silos of the older version are ready", () => silos.StartAsync(Silos));
        load.Begin();
        await progress.DoAsync("the load is warm", () => load.MoreAsync(Some));
        for (var place = 0; place < Silos; place++) await ReplaceAsync(silos, load, place, executable: null);
        await CheckAsync(silos, load, "all silos are of the newer version");

        load.Begin();
        await ReplaceAsync(silos, load, 1, Older);
        await CheckAsync(silos, load, "one has gone back");

        load.Begin();
        await ReplaceAsync(silos, load, 1, executable: null);
        await CheckAsync(silos, load, "it is of the newer version again");
        progress.Tell($"{load.Repeated} requests had to be sent again; the longest time without an acknowledgement was {Seconds(load.LongestPause)}");
        foreach (var silo in silos.Running) Assert.Equal(0, await silo.StopAsync(SiloProcesses.Patience));
    }

    // In the order of docs/cluster.md: stop, start, wait until it is ready. The load goes on, and goes on trying this silo.
    private async Task ReplaceAsync(SiloProcesses silos, ClusterLoad load, int place, string? executable)
    {
        var (before, repeated) = (load.Events, load.Repeated);
        await progress.DoAsync($"silo {place} stops", async () => Assert.Equal(0, await silos.At(place)!.StopAsync(SiloProcesses.Patience)));
        await using (silos.Take(place)) silos.Executable = executable;
        await progress.DoAsync($"silo {place} is ready in the {(executable is null ? "newer" : "older")} version", silos.StartOneAsync);
        await load.MoreAsync(Some);
        progress.Tell($"meanwhile {load.Events - before:N0} events were acknowledged, and {load.Repeated - repeated} requests sent again");
    }

    private async Task CheckAsync(SiloProcesses silos, ClusterLoad load, string when)
    {
        await load.EndAsync();
        await progress.DoAsync($"{when}: {load.Events:N0} events of {load.Accounts:N0} accounts count once on each silo", load.CheckAsync);
        await progress.DoAsync("and its hub gives every number", () => Walls.CheckHubsAsync(silos, load));
    }
}
