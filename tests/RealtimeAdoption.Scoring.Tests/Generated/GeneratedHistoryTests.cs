using System.Collections.Concurrent;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Comparison;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Scoring.Tests.Generated;

/// <summary>The core against a naive reference that was written from docs/semantics.md alone. Even seeds run on the sample model, odd ones on models of their own.</summary>
public sealed class GeneratedHistoryTests(ITestOutputHelper output)
{
    private static readonly CompiledModel Sample = new(SampleModel.Definition);

    [Fact]
    public void The_core_alone_agrees_with_the_reference_on_generated_histories()
    {
        var (stats, failures) = Campaign.Run(Enumerable.Range(100_000, 1_000), SampleModel.Definition, Core);
        output.WriteLine(stats.ToString());
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }

    [Fact]
    public void Every_change_comes_with_the_record_or_tick_that_is_due_to_cause_it()
    {
        var changes = 0;
        var failures = new ConcurrentBag<string>();
        Parallel.ForEach(Enumerable.Range(1, 1_000), seed =>
        {
            var history = Campaign.Make(seed, SampleModel.Definition);
            if (!history.AllLive) return;
            var run = FeedRun.Of(history, Core(history));
            Interlocked.Add(ref changes, run.Changes);
            if (run.Difference is not null) failures.Add(Shrinking.Explain(history, h => FeedRun.Of(h, Core(h)).Difference)!);
        });
        output.WriteLine($"{changes} changes");
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Take(3)) + $"\n{failures.Count} failed");
        Assert.True(changes > 1_000, $"only {changes} changes");
    }

    [Fact]
    public void Shuffling_the_arrival_of_events_never_changes_a_measured_value()
    {
        var failures = new ConcurrentBag<string>();
        Parallel.ForEach(Enumerable.Range(200_000, 1_000), seed =>
        {
            var (straight, shuffled) = Shuffle.Of(Campaign.Make(seed, SampleModel.Definition));
            var (one, other) = (Core(straight), Core(shuffled));
            if (HistoryRun.Of(straight, one).Difference is { } first) failures.Add(first);
            if (HistoryRun.Of(shuffled, other).Difference is { } second) failures.Add(second);
            foreach (var account in straight.Sends.Select(s => s.Account).Distinct())
                if (one.Read(account)!.FirstDifference(other.Read(account)!) is { } difference) failures.Add($"seed {seed} {account}: {difference}\n{straight}\n{shuffled}");
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Take(2)) + $"\n{failures.Count} failed");
    }

    private static IHistoryTarget Core(History history) => new CoreTarget(ReferenceEquals(history.Model, SampleModel.Definition) ? Sample : new CompiledModel(history.Model));
}
