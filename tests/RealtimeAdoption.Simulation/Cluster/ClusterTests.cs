using System.Collections.Concurrent;
using System.Globalization;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Simulation.Checks;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>
/// Many seeds of the protocol between partitions, doors and remote accounts. <c>CLUSTER_SEEDS</c> says how many (default 250), <c>CLUSTER_FIRST</c> from which on; <c>CLUSTER_SEED</c> runs that one alone.
/// </summary>
public sealed class ClusterTests(ITestOutputHelper output)
{
    private const int SeedsByDefault = 250;
    private const int PlantedSeedsMost = 300;

    [Fact]
    public void Wherever_accounts_live_and_whoever_appends_the_answers_are_those_of_one_machine()
    {
        var seeds = Number("CLUSTER_SEED") is { } one ? [one] : Enumerable.Range(Number("CLUSTER_FIRST") ?? 1, Math.Max(1, Number("CLUSTER_SEEDS") ?? SeedsByDefault)).ToList();
        var tally = new ClusterTally();
        var failures = new ConcurrentDictionary<int, string>();
        long records = 0, changes = 0, calls = 0;
        Parallel.ForEach(Partitioner.Create(seeds, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            var own = new ClusterTally();
            try
            {
                var run = ClusterRun.Of(seed, PlantedFault.None, own);
                Interlocked.Add(ref records, run.Records);
                Interlocked.Add(ref changes, run.Changes);
                Interlocked.Add(ref calls, run.Calls);
            }
            catch (Exception error)
            {
                failures[seed] = error.ToString();
            }

            lock (tally) tally.AddRun(own);
        });
        output.WriteLine($"{seeds.Count} seeds from {seeds[0]} on: {records} records in the journals, {changes} changes, {calls} calls of accounts\n{tally}");
        var told = failures.OrderBy(failure => failure.Key).Take(5).Select(failure => $"Seed {failure.Key} (again: CLUSTER_SEED={failure.Key}): {failure.Value}");
        Assert.True(failures.IsEmpty, $"{failures.Count} of {seeds.Count} seeds failed: {string.Join(' ', failures.Keys.Order().Take(50))}\n{string.Join("\n\n", told)}");
        if (seeds.Count < SeedsByDefault) return;
        Assert.All(Enum.GetValues<ClusterFault>(), kind => Assert.True(tally.Runs(kind) * 100 >= 5 * seeds.Count, $"{kind} fired in {tally.Runs(kind)} of {seeds.Count} runs only"));
    }

    [Fact]
    public void The_same_seed_is_the_same_run() => Assert.Equal(ClusterRun.Of(3, PlantedFault.None, new ClusterTally()), ClusterRun.Of(3, PlantedFault.None, new ClusterTally()));

    // From a seed on that has found it, so that the rest need not be tried.
    [Theory]
    [InlineData(nameof(PlantedFault.RepetitionTaken), 1)]
    [InlineData(nameof(PlantedFault.LeftOutNotStored), 27)]
    [InlineData(nameof(PlantedFault.GapNotSeen), 93)]
    [InlineData(nameof(PlantedFault.CheckpointUnflushed), 1)]
    [InlineData(nameof(PlantedFault.RewoundWithoutRecords), 2)]
    [InlineData(nameof(PlantedFault.LateAnswerTaken), 1)]
    [InlineData(nameof(PlantedFault.TickedInAbsence), 2)]
    public void A_bug_of_the_protocol_is_caught(string name, int first)
    {
        var planted = Enum.Parse<PlantedFault>(name);
        for (var seed = first; seed < first + PlantedSeedsMost; seed++)
        {
            try
            {
                ClusterRun.Of(seed, planted, new ClusterTally());
            }
            catch (SimulationException caught)
            {
                output.WriteLine($"{planted} caught by seed {seed}: {caught.Message}");
                ClusterRun.Of(seed, PlantedFault.None, new ClusterTally());
                return;
            }
        }

        Assert.Fail($"{PlantedSeedsMost} seeds did not catch {planted}.");
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
