using System.Globalization;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

public sealed class KillNineTests(ITestOutputHelper output)
{
    /// <summary>tests/kill-9.sh sets these.</summary>
    private static readonly int Cycles = FromEnvironment("KILL_9_CYCLES", 5);
    private static readonly int Seed = FromEnvironment("KILL_9_SEED", 20261121);

    [Fact]
    public async Task After_kill_9_under_load_every_acknowledged_event_is_counted_once()
    {
        using var folder = new DataFolder();
        output.WriteLine($"seed {Seed}");
        var run = new CrashRun(folder.In("data"), Seed, Tell);
        var cycles = await run.RunAsync(Cycles);
        var rate = cycles.Sum(cycle => cycle.EventsPerSecond * cycle.Seconds) / cycles.Sum(cycle => cycle.Seconds);
        Tell(string.Create(CultureInfo.InvariantCulture, $"{Cycles} cycles, {run.Events:N0} events, {rate:N0} events/s on average, {cycles.Sum(c => c.Open)} batches open at the kills"));
        Assert.True(rate >= 20_000, $"The load was {rate:N0} events/s; it must be 20,000 or more to mean anything.");
    }

    [Fact]
    public async Task On_PostgreSQL_too()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var folder = new DataFolder();
        output.WriteLine($"seed {Seed}");
        var run = new CrashRun(folder.In("data"), Seed, Tell, "--Storage:Kind=postgres", "--Storage:ConnectionString=" + await postgres.NewDatabaseAsync());
        await run.RunAsync(Math.Max(2, Cycles / 2));
    }

    private void Tell(string line)
    {
        output.WriteLine(line);
        // The script shows progress; a test's own output comes only at its end.
        if (Environment.GetEnvironmentVariable("KILL_9_LOG") is { Length: > 0 } log) File.AppendAllText(log, line + "\n");
    }

    private static int FromEnvironment(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : fallback;
}
