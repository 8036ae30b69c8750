using System.Collections.Concurrent;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Comparison;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Scoring.Tests.Generated;

/// <summary>
/// The core, driven by the partition machine, against a naive reference that was written from docs/semantics.md alone. Even seeds run on the sample model, odd ones
/// on models of their own, and many change to another model in their midst. A failure tells its seed, the shortest history that still fails, and the first field that differs.
/// </summary>
public sealed class GeneratedHistoryTests(ITestOutputHelper output)
{
    private const int FirstSeed = 1;
    private const int Histories = 10_000;
    private const int FewerHistories = 1_000;

    private static readonly CompiledModel Sample = new(SampleModel.Definition);

    [Fact]
    public void The_machine_agrees_with_the_reference_on_thousands_of_generated_histories()
    {
        var (stats, failures) = Campaign.Run(Enumerable.Range(FirstSeed, Histories), SampleModel.Definition, Machine);
        output.WriteLine(stats.ToString());
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        Assert.Equal(Histories, stats.Histories);
        Assert.True(stats.Rebuilds * 1000 >= 400 * Histories && stats.Crashes * 1000 >= 200 * Histories, $"only {stats.Rebuilds} rebuilds and {stats.Crashes} crashes");
        Assert.All(Minima(), minimum => Assert.True(stats[minimum.Of] * 1000 >= minimum.OfThousand * Histories, $"{minimum.Of}: only {stats[minimum.Of]}, {minimum.OfThousand} of a thousand histories are due"));
    }

    [Fact]
    public void The_core_alone_agrees_with_the_reference_on_generated_histories()
    {
        var (stats, failures) = Campaign.Run(Enumerable.Range(100_000, FewerHistories), SampleModel.Definition, Core);
        output.WriteLine(stats.ToString());
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }

    [Fact]
    public void Shuffling_the_arrival_of_events_never_changes_a_measured_value()
    {
        var failures = new ConcurrentBag<string>();
        Parallel.ForEach(Enumerable.Range(200_000, FewerHistories), seed =>
        {
            var (straight, shuffled) = Shuffle.Of(Campaign.Make(seed, SampleModel.Definition));
            using var one = Machine(straight);
            using var other = Machine(shuffled);
            if (HistoryRun.Of(straight, one).Difference is { } first) failures.Add(first);
            if (HistoryRun.Of(shuffled, other).Difference is { } second) failures.Add(second);
            var last = straight.Models.Last();
            foreach (var account in straight.Sends.Select(s => s.Account).Distinct())
                if (one.Read(account)!.Measured(last).FirstDifference(other.Read(account)!.Measured(last)) is { } difference) failures.Add($"seed {seed} {account}: {difference}\n{straight}\n{shuffled}");
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Take(2)) + $"\n{failures.Count} failed");
    }

    // A comparison over histories in which nothing happens would prove nothing.
    private static List<(string Of, long OfThousand)> Minima()
    {
        List<(string, long)> minima =
        [
            ("comparisons", 5_000), ("adoptions", 800), ("lapses", 800), ("days of grace", 2_000), ("Correction", 100), ("comparisons with a missing gauge", 2_000), ("late events", 5_000),
            ("historic events", 2_000), ("duplicates", 1_000), ("conflicts", 400), ("refused for their date", 100), ("BandChanged", 1_500), ("ScoreChanged", 14_000), ("slips by band", 400),
            ("slips by fall", 600), ("measures Stale", 250), ("measures Missing", 10_000), ("closes filled by a rebuild", 3_000), ("OverrideSet", 100), ("OverrideEnded", 100),
            ("alerts open again", 80), ("openings kept back", 3_000), ("resolved ByPerson", 120), ("resolved Churned", 25), ("resolved Passed", 700), ("resolved Ended", 1_300), ("resolved Pinned", 20),
        ];
        minima.AddRange(MinimaOfModels());
        foreach (var type in Enum.GetValues<AlertType>()) minima.AddRange([($"AlertOpened {ReferenceAlerts.NameOf(type)}", 40), ($"AlertResolved {ReferenceAlerts.NameOf(type)}", 20)]);
        return minima;
    }

    // How much of the histories is about models that change in their midst: what an activation moved, and what went on meanwhile.
    private static List<(string Of, long OfThousand)> MinimaOfModels() =>
    [
        ("activations", 480), ("activations that moved a product", 50), ("activations that moved a stage", 45), ("activations that moved a band", 110), ("activations with a slip", 30),
        ("activations that opened an alert", 90), ("activations that resolved an alert", 90), ("activations that ended a pin", 4), ("activations that remember longer", 50),
        ("activations that remember shorter", 50), ("activations with a new product", 120), ("activations without a product", 100), ("activations without a stage", 100),
        ("activations without health", 8), ("activations without alerts", 10), ("changes by Model", 800), ("sends during an activation", 2_000), ("historic sends during an activation", 500),
        ("ticks during an activation", 9_000), ("accounts born during an activation", 4), ("accounts marked at a model's swap", 80),
    ];

    // Some read the tail of an activation from the journal until nothing is left, some keep it in memory.
    private static MachineTarget Machine(History history) => new(Compiled(history), new PartitionOptions { ActivationTailBytesMax = history.Seed % 3 == 0 ? 0 : 1 << 20 });

    private static CoreTarget Core(History history) => new(Compiled(history));

    private static CompiledModel Compiled(History history) => ReferenceEquals(history.Model, SampleModel.Definition) ? Sample : new CompiledModel(history.Model);
}
