using System.Globalization;
using RealtimeAdoption.Server.Tests.Crashes;

namespace RealtimeAdoption.Server.Tests;

/// <summary>The short form runs with all tests; <c>tests/kill-9.sh</c> runs as many cycles as one likes.</summary>
public sealed class KillNineTests(ITestOutputHelper output)
{
    /// <summary>A store lives for so many cycles, then comes a fresh one: rebuilds read an account's whole history, which would grow without end.</summary>
    private const int CyclesPerStore = 10;

    /// <summary>tests/kill-9.sh sets these. Short, both stores together have 20 cycles.</summary>
    private static readonly int? Cycles = FromEnvironment("KILL_9_CYCLES");
    private static readonly int Seed = FromEnvironment("KILL_9_SEED") ?? 20261121;

    /// <summary>
    /// Only the script asks for a speed, 20,000 events/s: less load would mean little. Where all tests run, a slow machine must not fail for its speed alone; it is told there.
    /// </summary>
    private static readonly int EventsPerSecondLeast = FromEnvironment("KILL_9_EVENTS_PER_SECOND") ?? 0;

    private static readonly KillAim[] OnSqlite = [KillAim.Random, KillAim.Midnight, KillAim.Checkpoint, KillAim.Activation, KillAim.Recovery];
    private static readonly KillAim[] OnPostgres = [KillAim.Random, KillAim.StoreToo, KillAim.Midnight, KillAim.StoreBefore, KillAim.Activation, KillAim.Recovery];

    [Fact]
    public Task After_kill_9_under_load_every_acknowledged_event_is_in_the_journal_and_counted_once() =>
        RunAsync(Cycles ?? 10, OnSqlite, folder => Task.FromResult<ICrashStore>(new SqliteCrashStore(folder)));

    [Fact]
    public Task On_PostgreSQL_too_and_when_its_own_server_is_killed() =>
        RunAsync(Cycles ?? 10, OnPostgres, async _ => await PostgresCrashStore.StartAsync());

    private async Task RunAsync(int cycles, KillAim[] aims, Func<string, Task<ICrashStore>> open)
    {
        Tell($"seed {Seed}");
        var done = new List<CrashCycle>();
        var events = 0L;
        for (var first = 0; first < cycles; first += CyclesPerStore)
        {
            using var folder = new DataFolder();
            await using var store = await open(folder.In("data"));
            var run = new CrashRun(folder.In("data"), store, Seed + first, Cycles is null ? 0.4 : 0.7);
            try
            {
                await run.RunAsync([.. Enumerable.Range(0, Math.Min(CyclesPerStore, cycles - first)).Select(cycle => aims[cycle % aims.Length])], cycle =>
                {
                    done.Add(cycle);
                    Tell($"cycle {done.Count}: {cycle}; {events + run.Events:N0} events counted once");
                });
            }
            catch
            {
                Tell($"cycle {done.Count + 1} failed. Again, from this store's beginning: tests/kill-9.sh --store {(store.HasServer ? "postgres" : "sqlite")} {done.Count + 1 - first} {Seed + first}");
                throw;
            }

            events += run.Events;
        }

        var rate = done.Sum(cycle => cycle.Acknowledged) / done.Sum(cycle => cycle.Seconds);
        var rates = done.Select(cycle => cycle.Acknowledged / cycle.Seconds).Order().ToList();
        Tell(string.Create(CultureInfo.InvariantCulture, $"{cycles} cycles, {events:N0} events, {rate:N0} events/s on average, {rates[cycles / 2]:N0} in the middle cycle, {rates[0]:N0} in the slowest"));
        Tell($"{done.Sum(cycle => cycle.Open)} batches open at the kills; killed {Aimed(done)}; in the midst of {Met(done)}");
        Assert.True(rate >= EventsPerSecondLeast, $"The load was {rate:N0} events/s; it must be {EventsPerSecondLeast:N0} or more to mean anything.");
    }

    private static string Aimed(List<CrashCycle> cycles) => string.Join(", ", cycles.GroupBy(cycle => cycle.Aim).OrderBy(same => same.Key).Select(same => $"{same.Key} {same.Count()}"));

    private static string Met(List<CrashCycle> cycles) =>
        string.Join(", ", Enum.GetValues<Underway>().Where(what => what != Underway.None).Select(what => $"{what} {cycles.Count(cycle => cycle.Met.HasFlag(what))}"));

    private void Tell(string line)
    {
        output.WriteLine(line);
        // The script shows progress; a test's own output comes only at its end.
        if (Environment.GetEnvironmentVariable("KILL_9_LOG") is { Length: > 0 } log) File.AppendAllText(log, line + "\n");
    }

    private static int? FromEnvironment(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
