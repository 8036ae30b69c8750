using System.Collections.Concurrent;
using System.Globalization;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Simulation.Host;

namespace RealtimeAdoption.Simulation;

/// <summary>
/// Many seeds of the simulation. <c>SIMULATION_SEEDS</c> says how many (default 500), <c>SIMULATION_FIRST</c> from which on; <c>SIMULATION_SEED</c> runs that one alone.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int SeedsByDefault = 500;

    [Fact]
    public void Whatever_fails_nothing_acknowledged_is_lost_and_nothing_counts_twice()
    {
        var seeds = Seeds();
        var tally = new FaultTally();
        var failures = new ConcurrentDictionary<int, string>();
        long records = 0, changes = 0, accounts = 0;
        Parallel.ForEach(Partitioner.Create(seeds, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            var own = new FaultTally();
            try
            {
                var run = SimulatedRun.Of(seed, default, own);
                Interlocked.Add(ref records, run.Records);
                Interlocked.Add(ref changes, run.Changes);
                Interlocked.Add(ref accounts, run.Accounts);
            }
            catch (Exception error)
            {
                failures[seed] = error.ToString();
            }

            lock (tally) tally.AddRun(own);
        });
        Tell($"{seeds.Count} seeds from {seeds[0]} on: {records} records in the journals, {accounts} accounts, {changes} changes\n{tally}");
        var told = failures.OrderBy(failure => failure.Key).Take(5).Select(failure => $"Seed {failure.Key} (again: SIMULATION_SEED={failure.Key}): {failure.Value}");
        Assert.True(failures.IsEmpty, $"{failures.Count} of {seeds.Count} seeds failed: {string.Join(' ', failures.Keys.Order().Take(50))}\n{string.Join("\n\n", told)}");
        if (seeds.Count < SeedsByDefault) return;
        // Runs in which nothing goes wrong would prove nothing: each kind fires in some runs of a hundred.
        Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.True(tally.Runs(kind) * 100 >= 5 * seeds.Count, $"{kind} fired in {tally.Runs(kind)} of {seeds.Count} runs only"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_same_seed_is_the_same_run(int seed)
    {
        var (one, other) = (new FaultTally(), new FaultTally());
        Assert.Equal(SimulatedRun.Of(seed, default, one), SimulatedRun.Of(seed, default, other));
        Assert.Equal(one.ToString(), other.ToString());
    }

    private void Tell(string text)
    {
        output.WriteLine(text);
        if (Environment.GetEnvironmentVariable("SIMULATION_LOG") is { Length: > 0 } log) File.WriteAllText(log, text);
    }

    private static List<int> Seeds()
    {
        if (Number("SIMULATION_SEED") is { } one) return [one];
        return [.. Enumerable.Range(Number("SIMULATION_FIRST") ?? 1, Math.Max(1, Number("SIMULATION_SEEDS") ?? SeedsByDefault))];
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
