using System.Collections.Concurrent;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>Many seeds at once, on all processors.</summary>
public static class Campaign
{
    /// <summary>Runs every seed, even ones on the given model and odd ones on a generated model of their own.</summary>
    /// <returns>What they held, and of the first few that failed the seed, the shortest failing history and the difference.</returns>
    public static (HistoryStats Stats, IReadOnlyList<string> Failures) Run(IEnumerable<int> seeds, AdoptionModel sample, Func<History, IHistoryTarget> makeTarget)
    {
        var stats = new HistoryStats();
        var failed = new ConcurrentBag<int>();
        Parallel.ForEach(Partitioner.Create(seeds, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            var history = Make(seed, sample);
            try
            {
                using var target = makeTarget(history);
                var run = HistoryRun.Of(history, target);
                if (run.Difference is not null) failed.Add(seed);
                lock (stats) stats.Add(run.Stats);
            }
            catch (Exception)
            {
                // Told with its cause when it is explained.
                failed.Add(seed);
            }
        });
        var failures = failed.Order().Take(3).Select(seed => Shrinking.Explain(Make(seed, sample), h => HistoryRun.Failure(h, makeTarget)) ?? $"seed {seed} failed once and not again").ToList();
        if (failed.Count > failures.Count) failures.Add($"and {failed.Count - failures.Count} more: {string.Join(' ', failed.Order().Skip(3).Take(20))}");
        return (stats, failures);
    }

    public static History Make(int seed, AdoptionModel sample) => ModelChanges.Into(HistoryGenerator.Make(seed, seed % 2 == 0 ? sample : null));
}
