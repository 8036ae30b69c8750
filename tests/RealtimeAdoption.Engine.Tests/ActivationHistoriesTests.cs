using System.Text.Json;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>
/// Generated histories in the midst of which another model is activated, with records, ticks, rebuilds, checkpoints and crashes between its steps: in the end every account is measured as if the
/// second model had been in force from the first record on.
/// </summary>
public sealed class ActivationHistoriesTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(5001, 40)]
    public void An_activated_model_measures_as_if_it_had_always_been_in_force(int firstSeed, int count)
    {
        for (var seed = firstSeed; seed < firstSeed + count; seed++)
        {
            try
            {
                Run(seed);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}: {error.Message}", error);
            }
        }
    }

    [Fact]
    public void A_planted_loss_of_what_came_during_the_last_pass_is_found()
    {
        var found = Enumerable.Range(1, 60).Count(seed =>
        {
            try
            {
                Run(seed, PlantedFault.ActivationTailLost);
                return false;
            }
            catch (Exception error) when (error is Xunit.Sdk.XunitException or InvalidOperationException)
            {
                return true;
            }
        });
        Assert.True(found > 0, "No history of 60 shows it.");
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(7001, 40)]
    public void A_preview_is_what_an_activation_right_behind_it_does(int firstSeed, int count)
    {
        for (var seed = firstSeed; seed < firstSeed + count; seed++)
        {
            try
            {
                Preview(seed);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}: {error.Message}", error);
            }
        }
    }

    private static void Preview(int seed)
    {
        var dice = new Dice(seed + 70_000);
        var history = HistoryGenerator.Make(seed, null);
        var second = new CompiledModel(Second(dice, history.Model));
        using var driver = new PartitionDriver(
            new CompiledModel(history.Model), history.Steps[0].NowMs, new PartitionOptions { RebuildAccountsMax = dice.Between(1, 2) }, others: new Dictionary<string, CompiledModel> { ["second"] = second }) { HoldRebuilds = true };
        using var unused = new PartitionDriver(second, history.Steps[0].NowMs);
        var isHeld = false;
        foreach (var step in history.Steps.Take(dice.Between(1, history.Steps.Count))) isHeld = Do(driver, unused, step, isHeld);
        if (isHeld) driver.FinishRebuild();
        driver.HoldRebuilds = false;

        var applied = driver.Partition.Applied;
        var preview = driver.Preview("second", slice: dice.Between(1, 3));
        Assert.Equal((applied, applied), (driver.Partition.Applied, preview.Positions[0]));
        var told = driver.Changes.Count;
        driver.Activate("second");

        Assert.Equal(driver.Partition.Accounts, preview.Accounts);
        Assert.Empty(preview.Troubles);
        var expected = preview.Moves.OrderBy(move => move.Account).SelectMany(move => move.Changes).Select(Comparable);
        // The drift that an activation finds is told with it, and is none of its doing.
        Assert.Equal(expected, driver.Changes.Skip(told).Select(stored => stored.Change).Where(change => change.Cause.Kind != CauseKind.Drift).OrderBy(change => change.Account).ThenBy(change => change.Ordinal).Select(Comparable));
        foreach (var move in preview.Moves)
        {
            var row = driver.Partition.Row(StableHash.Of(move.Account))!;
            Assert.Equal((move.After.Stage, move.After.Band, move.After.Segment), (row.StageId, row.Band, row.SegmentId));
            Assert.Equal(move.After.Score, driver.View(move.Account)!.Health?.Score);
            Assert.Equal(move.After.Products, driver.View(move.Account)!.Products.Where(product => product.Adopted).Select(product => product.Product));
        }
    }

    private static string Comparable(Change change) => JsonSerializer.Serialize(change with { Position = 0, At = default, Cause = change.Cause with { Position = 0 } });

    private static void Run(int seed, PlantedFault planted = PlantedFault.None)
    {
        var dice = new Dice(seed + 90_000);
        var history = HistoryGenerator.Make(seed, null);
        var first = new CompiledModel(history.Model);
        var second = new CompiledModel(Second(dice, history.Model));
        var at = dice.Between(1, history.Steps.Count - 1);
        using var driver = new PartitionDriver(
            first,
            history.Steps[0].NowMs,
            new PartitionOptions { RebuildAccountsMax = dice.Between(1, 2), ActivationTailBytesMax = dice.Of(0, 1 << 20), Planted = planted },
            others: new Dictionary<string, CompiledModel> { ["second"] = second }) { HoldRebuilds = true };
        using var always = new PartitionDriver(second, history.Steps[0].NowMs);
        var isHeld = false;
        for (var i = 0; i < history.Steps.Count; i++)
        {
            if (i == at) driver.Activate("second");
            else if (i > at && driver.Partition.Activation is not null) isHeld = Step(driver, dice, isHeld);
            isHeld = Do(driver, always, history.Steps[i], isHeld);
        }

        Settle(driver, isHeld);
        always.Rebuild();
        string[] accounts = [.. history.Sends.Select(send => send.Account).Where(account => account.Length > 0 && always.View(account) is not null).Distinct()];
        Assert.Equal(1, driver.Partition.Generation);
        Assert.Empty(driver.Faults);
        foreach (var account in accounts) Assert.Equal(PartitionPicture.Measured(always, account), PartitionPicture.Measured(driver, account));
        Assert.Equal(always.Counts.ByStage, driver.Counts.ByStage);
        var whole = PartitionPicture.Whole(driver, accounts);
        driver.Crash();
        Assert.Equal(whole, PartitionPicture.Whole(driver, accounts));
        driver.Crash(fromScratch: true);
        Assert.Equal(whole, PartitionPicture.Whole(driver, accounts));
    }

    // The same products and events with other numbers, or another model altogether.
    private static AdoptionModel Second(Dice dice, AdoptionModel first)
    {
        if (dice.Chance(0.3)) return ModelGenerator.Make(dice);
        return first with
        {
            Version = "second",
            LateDays = dice.Of(first.LateDays, dice.Between(0, 31)),
            Products = [.. first.Products.Select(product => product with
            {
                GraceDays = dice.Of(product.GraceDays, dice.Between(0, 10)),
                AdoptedWhen = [.. product.AdoptedWhen.Select(criterion => criterion with
                {
                    AtLeast = dice.Of(criterion.AtLeast, criterion.AtLeast + 1, criterion.AtLeast * 2),
                    WithinDays = dice.Of(criterion.WithinDays, dice.Between(1, 92)),
                })],
            })],
        };
    }

    // Nothing, the end of a pass that is held, or the next step.
    private static bool Step(PartitionDriver driver, Dice dice, bool isHeld)
    {
        if (dice.Chance(0.4)) return isHeld;
        if (isHeld)
        {
            driver.FinishRebuild();
            return false;
        }

        return driver.StepActivation() == ActivationStep.PassBegun;
    }

    private static bool Do(PartitionDriver driver, PartitionDriver always, Step step, bool isHeld)
    {
        switch (step)
        {
            case SendStep sends:
                foreach (var send in sends.Sends)
                {
                    driver.Append(send);
                    always.Append(send);
                }

                return isHeld;
            case PassStep:
                driver.AdvanceTo(step.NowMs);
                always.AdvanceTo(step.NowMs);
                return isHeld;
            case BeginRebuildStep:
                return isHeld || driver.Rebuild();
            case FinishRebuildStep:
                if (isHeld) driver.FinishRebuild();
                return false;
            case CheckpointStep:
                driver.Checkpoint();
                return isHeld;
            case CrashStep:
                driver.Crash();
                return false;
            default:
                return isHeld;
        }
    }

    private static void Settle(PartitionDriver driver, bool isHeld)
    {
        if (isHeld) driver.FinishRebuild();
        driver.HoldRebuilds = false;
        while (driver.StepActivation() != ActivationStep.None)
        {
        }

        driver.Rebuild();
    }
}
