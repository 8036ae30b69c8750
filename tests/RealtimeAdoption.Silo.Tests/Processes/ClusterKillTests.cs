using System.Globalization;
using RealtimeAdoption.Hosting;
using static RealtimeAdoption.Silo.Tests.Processes.Progress;

namespace RealtimeAdoption.Silo.Tests.Processes;

/// <summary>
/// Three silo processes on a real PostgreSQL under load, and what happens to silos. In the end every event that any of them has acknowledged counts once, whichever silo is asked, and no wall in a browser ever shows a wrong
/// number. <c>tests/cluster-kills.sh</c> runs as long as one likes.
/// </summary>
public sealed class ClusterKillTests(ITestOutputHelper output)
{
    private const int Silos = 3;
    private const int Warm = 2_000;
    private const int Some = 4_000;

    // Places of silos with a wall each: the first is never killed, the other one comes back at its address.
    private const int Steady = 0;
    private const int Shaken = 1;

    // Some thousand events a second: more would only have each silo wait for processor time while it starts. The script sends as fast as it can.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(20);

    // A page knows at once that its connection is gone, and tries again every 6 s at most.
    private static readonly TimeSpan OfflineWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(20);
    private static readonly int Seed = FromEnvironment("CLUSTER_KILLS_SEED") ?? 20261122;
    private static readonly int? Minutes = FromEnvironment("CLUSTER_KILLS_MINUTES");
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("CLUSTER_KILLS_PICTURES");

    private readonly Progress progress = new(output, "CLUSTER_KILLS_LOG");
    private readonly List<TimeSpan> offline = [];
    private readonly List<TimeSpan> heard = [];

    [Fact]
    public async Task Whatever_happens_to_silos_and_store_every_acknowledged_event_counts_once_on_every_silo()
    {
        await using var silos = new SiloProcesses { ProbesMissed = 5 };
        var load = new ClusterLoad(silos, Seed, Rest);
        await progress.DoAsync("three silos are ready", () => silos.StartAsync(Silos));
        load.Begin();
        await progress.DoAsync("the load is warm", () => load.MoreAsync(Warm));
        await load.EndAsync();
        await using var walls = await Walls.OpenAsync(load, silos.At(Steady)!, silos.At(Shaken)!);
        await CheckAsync("one is killed, and started again", silos, load, walls, () => KillAsync(silos, load, walls, Shaken));
        await CheckAsync("one is frozen, and woken when others have its partitions", silos, load, walls, () => FreezeAsync(silos, load, 2));
        await CheckAsync("one is added, and stopped as an operator would", silos, load, walls, () => AddAsync(silos, load));
        await CheckAsync("PostgreSQL is killed, and started again", silos, load, walls, () => KillStoreAsync(silos, load));
        await progress.DoAsync("the hub of each silo gives every number", () => Walls.CheckHubsAsync(silos, load));
        progress.Tell(walls.Summary);
        foreach (var silo in silos.Running) Assert.Equal(0, await silo.StopAsync(SiloProcesses.Patience));
        progress.Tell($"{load.Events:N0} events counted once on each silo; {load.Repeated} requests were sent again");
    }

    /// <summary>Only where the script asks for it.</summary>
    [Fact]
    public async Task Killed_every_20_s_for_minutes_silos_lose_nothing_and_count_nothing_twice()
    {
        Assert.SkipUnless(Minutes is not null, "tests/cluster-kills.sh runs it.");
        var end = Now().AddMinutes(Minutes.GetValueOrDefault());
        await using var silos = new SiloProcesses();
        var load = new ClusterLoad(silos, Seed);
        await progress.DoAsync($"three silos are ready (seed {Seed})", () => silos.StartAsync(Silos));
        load.Begin();
        await progress.DoAsync("the load is warm", () => load.MoreAsync(Warm));
        await using var walls = await Walls.OpenAsync(load, silos.At(Steady)!, silos.At(Shaken)!);
        var random = new Random(Seed);
        for (var kill = 1; Now() < end; kill++)
        {
            var place = random.Next(Steady + 1, Silos);
            await Task.Delay(Between);
            var before = load.Events;
            await progress.DoAsync($"kill {kill}: silo {place} is killed and again ready", () => KillAsync(silos, load, walls, place));
            if (Pictures is not null) await walls.ShootAsync(Path.Combine(Pictures, $"kill-{kill}"));
            progress.Tell($"{load.Events:N0} events of {load.Accounts:N0} accounts acknowledged, {load.Events - before:N0} events while it was away, {load.Repeated} requests sent again");
        }

        await EndAsync(silos, load, walls);
        await progress.DoAsync("the hub of each silo gives every number", () => Walls.CheckHubsAsync(silos, load));
        if (Pictures is not null) await walls.ShootAsync(Path.Combine(Pictures, "end"));
        progress.Tell(walls.Summary);
        progress.Tell($"the wall of the silo that was killed {offline.Count} times said so after {Times(offline)}, and heard it again {Times(heard)} after its silo was ready");
        progress.Tell($"{load.Repeated} requests were sent again; the longest time without an acknowledgement was {Seconds(load.LongestPause)}");
    }

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static string Times(List<TimeSpan> times) => times.Count == 0 ? "no time" : $"{Seconds(times.Order().ElementAt(times.Count / 2))} (at most {Seconds(times.Max())})";

    private async Task KillAsync(SiloProcesses silos, ClusterLoad load, Walls walls, int place)
    {
        var killed = Now();
        await silos.KillAsync(place);
        await load.MoreAsync(Some);
        if (place == Shaken && Pictures is not null) await walls.ShootAsync(Path.Combine(Pictures, $"away-{offline.Count + 1}"));
        await silos.StartOneAsync();
        var ready = Now();
        await load.MoreAsync(Some);
        if (place == Shaken)
        {
            var back = await walls.HeardAsync(Shaken, ready);
            var (gone, story) = await walls.OfflineAsync(Shaken, killed);
            offline.Add(gone);
            heard.Add(back);
            progress.Tell($"its wall: {story}; its silo was ready after {Seconds(ready - killed)}");
            Assert.True(gone < OfflineWithin, $"The wall said only after {Seconds(gone)} that its silo was away: {story}.");
            Assert.True(back < HeardWithin, $"The wall heard its silo only {Seconds(back)} after that was ready: {story}.");
        }

        walls.Check();
    }

    // It does not know that it has been declared dead until it looks: what it would still write is refused by the partitions' new owners' epochs.
    private static async Task FreezeAsync(SiloProcesses silos, ClusterLoad load, int place)
    {
        await using var silo = silos.Take(place);
        silo.Freeze();
        await load.MoreAsync(Some);
        // It may have had no partition, and nobody would then notice that it does not answer.
        await silos.KnownAsync();
        // The other silos answer for every account, and so have all partitions.
        await load.AskAllAsync();
        silo.Thaw();
        Assert.Equal(ExitCode.TakenOver, await silo.ExitAsync(SiloProcesses.Patience));
        await silos.StartOneAsync();
        await load.MoreAsync(Some);
    }

    private static async Task AddAsync(SiloProcesses silos, ClusterLoad load)
    {
        var place = await silos.StartOneAsync();
        await load.MoreAsync(Some);
        await using var silo = silos.Take(place);
        Assert.Equal(0, await silo.StopAsync(SiloProcesses.Patience));
        await load.MoreAsync(Some);
    }

    private static async Task KillStoreAsync(SiloProcesses silos, ClusterLoad load)
    {
        await silos.Postgres.KillAsync();
        await silos.Postgres.StartAgainAsync();
        await load.MoreAsync(Some);
    }

    // Under load; then nothing more is sent, and everything is counted.
    private async Task CheckAsync(string what, SiloProcesses silos, ClusterLoad load, Walls walls, Func<Task> act)
    {
        load.Begin();
        await progress.DoAsync(what, act);
        await EndAsync(silos, load, walls);
    }

    private async Task EndAsync(SiloProcesses silos, ClusterLoad load, Walls walls)
    {
        await load.EndAsync();
        await progress.DoAsync($"{load.Events:N0} events count once on {silos.Running.Count} silos", load.CheckAsync);
        await progress.DoAsync("both walls show every number as each silo tells it", () => walls.CheckAsync(silos, load));
    }

    private static int? FromEnvironment(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
