using System.Collections.Concurrent;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Comparison;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Scoring.Tests.Generated;

/// <summary>
/// The core, driven by the partition machine, against a naive reference that was written from docs/semantics.md alone. Even seeds run on the sample model, odd ones
/// on models of their own. A failure tells its seed, the shortest history that still fails, and the first field that differs.
/// </summary>
public sealed class GeneratedHistoryTests(ITestOutputHelper output)
{
    private const int FirstSeed = 1;
    private const int Histories = 10_000;

    private static readonly CompiledModel Sample = new(SampleModel.Definition);

    [Fact]
    public void The_machine_agrees_with_the_reference_on_ten_thousand_generated_histories()
    {
        var (stats, failures) = Campaign.Run(Enumerable.Range(FirstSeed, Histories), SampleModel.Definition, Machine);
        output.WriteLine(stats.ToString());
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        Assert.Equal(Histories, stats.Histories);
        Assert.All(Minima(), minimum => Assert.True(minimum.Held(stats) >= minimum.AtLeast, $"{minimum.Of}: only {minimum.Held(stats)} of {minimum.AtLeast}"));
    }

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
        Parallel.ForEach(Enumerable.Range(300_000, 1_000), seed =>
        {
            var history = Campaign.Make(seed, SampleModel.Definition);
            if (!history.AllLive) return;
            var run = Feed(history);
            Interlocked.Add(ref changes, run.Changes);
            if (run.Difference is not null) failures.Add(Shrinking.Explain(history, h => Feed(h).Difference)!);
        });
        output.WriteLine($"{changes} changes");
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Take(3)) + $"\n{failures.Count} failed");
        Assert.True(changes > 1_500, $"only {changes} changes");
    }

    [Fact]
    public void Shuffling_the_arrival_of_events_never_changes_a_measured_value()
    {
        var failures = new ConcurrentBag<string>();
        Parallel.ForEach(Enumerable.Range(200_000, 1_000), seed =>
        {
            var (straight, shuffled) = Shuffle.Of(Campaign.Make(seed, SampleModel.Definition));
            using var one = Machine(straight);
            using var other = Machine(shuffled);
            if (HistoryRun.Of(straight, one).Difference is { } first) failures.Add(first);
            if (HistoryRun.Of(shuffled, other).Difference is { } second) failures.Add(second);
            foreach (var account in straight.Sends.Select(s => s.Account).Distinct())
                if (one.Read(account)!.FirstDifference(other.Read(account)!) is { } difference) failures.Add($"seed {seed} {account}: {difference}\n{straight}\n{shuffled}");
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Take(2)) + $"\n{failures.Count} failed");
    }

    // A comparison over histories in which nothing happens would prove nothing.
    private static List<(string Of, Func<HistoryStats, long> Held, long AtLeast)> Minima() =>
    [
        ("comparisons", s => s.Comparisons, 50_000),
        ("adoptions", s => s.Adoptions, 8_000),
        ("lapses", s => s.Lapses, 8_000),
        ("days of grace", s => s.Graces, 20_000),
        ("corrections", s => s.Corrections, 1_000),
        ("rebuilds", s => s.Rebuilds, 4_000),
        ("comparisons with a missing gauge", s => s.Gaugeless, 20_000),
        ("late events", s => s.LateEvents, 50_000),
        ("historic events", s => s.HistoricEvents, 20_000),
        ("duplicates", s => s.Duplicates, 10_000),
        ("conflicts", s => s.Conflicts, 4_000),
        ("refused for their date", s => s.Future, 1_000),
        ("crashes", s => s.Crashes, 2_000),
    ];

    private static FeedRun Feed(History history)
    {
        using var target = Machine(history);
        return FeedRun.Of(history, target);
    }

    private static MachineTarget Machine(History history) => new(Compiled(history));

    private static CoreTarget Core(History history) => new(Compiled(history));

    private static CompiledModel Compiled(History history) => ReferenceEquals(history.Model, SampleModel.Definition) ? Sample : new CompiledModel(history.Model);
}
