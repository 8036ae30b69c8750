using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Comparison;

namespace RealtimeAdoption.Scoring.Tests.Generated;

/// <summary>The comparison is worth something: each known bug, planted in the core, is caught by it.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int HistoriesMost = 400;

    [Theory]
    [InlineData(nameof(PlantedBug.WindowOffByOneDay))]
    [InlineData(nameof(PlantedBug.GraceIgnored))]
    [InlineData(nameof(PlantedBug.LateEventDropped))]
    [InlineData(nameof(PlantedBug.GaugeNeverExpires))]
    [InlineData(nameof(PlantedBug.EntitlementIgnored))]
    [InlineData(nameof(PlantedBug.UserCountedTwice))]
    public void A_bug_planted_in_the_core_is_caught_by_generated_histories(string name)
    {
        var bug = Enum.Parse<PlantedBug>(name);
        for (var seed = 1; seed <= HistoriesMost; seed++)
        {
            var history = Campaign.Make(seed, SampleModel.Definition);
            var caught = HistoryRun.Failure(history, h => new CoreTarget(new CompiledModel(h.Model) { Planted = bug }));
            if (caught is null) continue;
            Assert.Null(HistoryRun.Failure(history, h => new CoreTarget(new CompiledModel(h.Model))));
            output.WriteLine($"caught by history {seed}: {caught}");
            return;
        }

        Assert.Fail($"{HistoriesMost} histories did not catch {name}.");
    }
}
