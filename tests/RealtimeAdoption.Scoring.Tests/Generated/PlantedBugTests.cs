using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Comparison;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Scoring.Tests.Generated;

/// <summary>The comparison is worth something: each known bug, planted in the core or in the partition around it, is caught by it within a few histories.</summary>
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
    [InlineData(nameof(PlantedBug.BandMarginIgnored))]
    [InlineData(nameof(PlantedBug.SegmentWeightsIgnored))]
    [InlineData(nameof(PlantedBug.StaleMeasureCounted))]
    [InlineData(nameof(PlantedBug.CloseOfTheWrongDay))]
    [InlineData(nameof(PlantedBug.WeeklyChangeOffByOneDay))]
    [InlineData(nameof(PlantedBug.CoolDownIgnored))]
    [InlineData(nameof(PlantedBug.SnoozeUntilWorseIgnored))]
    [InlineData(nameof(PlantedBug.PinNeverEnds))]
    [InlineData(nameof(PlantedBug.StageKeptByPlace))]
    [InlineData(nameof(PlantedBug.DepartedMeasureForgotten))]
    public void A_bug_planted_in_the_core_is_caught_by_generated_histories(string name) =>
        IsCaught(name, history => new MachineTarget(WithBug(history.Model, name), compile: next => WithBug(next, name)));

    [Theory]
    [InlineData(nameof(PlantedFault.DuplicateCounted))]
    [InlineData(nameof(PlantedFault.TickSkipped))]
    public void A_bug_planted_in_the_partition_is_caught_by_generated_histories(string name) =>
        IsCaught(name, history => new MachineTarget(new CompiledModel(history.Model), new PartitionOptions { Planted = Enum.Parse<PlantedFault>(name) }));

    private static CompiledModel WithBug(AdoptionModel model, string name) => new(model, Enum.Parse<PlantedBug>(name));

    private void IsCaught(string name, Func<History, MachineTarget> withBug)
    {
        for (var seed = 1; seed <= HistoriesMost; seed++)
        {
            var history = Campaign.Make(seed, SampleModel.Definition);
            if (HistoryRun.Failure(history, withBug) is not { } caught) continue;
            Assert.Null(HistoryRun.Failure(history, h => new MachineTarget(new CompiledModel(h.Model))));
            output.WriteLine($"caught by history {seed}: {caught}");
            return;
        }

        Assert.Fail($"{HistoriesMost} histories did not catch {name}.");
    }
}
