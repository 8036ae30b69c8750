using System.Text.Json;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Generators;
using static RealtimeAdoption.Engine.Tests.Sample;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>A tick is worked in slices between the batches, and nobody can tell from states or feed how.</summary>
public sealed class TickSliceTests
{
    private static readonly string[] Accounts = ["one", "two", "three"];

    [Fact]
    public void Between_slices_records_are_taken_and_their_changes_come_after_those_of_the_tick()
    {
        using var driver = BeforeTheLapse();
        var known = driver.Changes.Count;
        driver.AdvanceTo(LapseAt);
        Assert.True(driver.Partition.IsTicking);
        driver.Append(Crm("again", LapseAt, "three"), LapseAt);
        Assert.True(driver.ContinueTick(1));
        driver.Append(Crm("again", LapseAt, "one"), LapseAt);

        Assert.Equal(known, driver.Changes.Count);
        while (driver.ContinueTick(1)) Assert.True(driver.Partition.IsTicking);

        Assert.False(driver.Partition.IsTicking);
        Assert.Equal(
            [
                "one ProductLapsed Tick", "one StageChanged Tick", "two ProductLapsed Tick", "two StageChanged Tick", "three ProductLapsed Tick", "three StageChanged Tick",
                "three ProductAdopted Event", "three StageChanged Event", "one ProductAdopted Event", "one StageChanged Event",
            ],
            Discrete(driver).Skip(Accounts.Length * 2));
    }

    [Fact]
    public void An_account_is_read_as_of_the_new_day_before_its_turn_and_reading_changes_nothing()
    {
        using var driver = BeforeTheLapse();
        driver.AdvanceTo(LapseAt);

        var early = JsonSerializer.Serialize(driver.View("three"));
        Assert.Equal(0, driver.View("three")!.ProductsAdopted);
        Assert.Equal(early, JsonSerializer.Serialize(driver.View("three")));
        Assert.Equal(3, driver.Counts.Adopted[0]);
        while (driver.ContinueTick(2))
        {
        }

        Assert.Equal(early, JsonSerializer.Serialize(driver.View("three")));
        Assert.Equal(0, driver.Counts.Adopted[0]);
    }

    [Fact]
    public void The_next_tick_and_a_checkpoint_find_the_one_before_done()
    {
        using var driver = BeforeTheLapse();
        driver.AdvanceTo(LapseAt);
        driver.AdvanceTo(LapseAt + Day);
        Assert.Equal(0, driver.Counts.Adopted[0]);
        Assert.True(driver.Partition.IsTicking);

        Assert.True(driver.Checkpoint());

        Assert.False(driver.Partition.IsTicking);
        Assert.Equal(3, Discrete(driver).Count(change => change.Contains("ProductLapsed Tick", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_rebuilt_account_that_is_swapped_in_before_its_turn_has_had_it()
    {
        using var driver = BeforeTheLapse();
        driver.HoldRebuilds = true;
        driver.Append(Event("old", driver.NowMs, account: "two", timestamp: driver.NowMs - (40 * Day)));
        driver.Rebuild();
        driver.AdvanceTo(LapseAt);
        driver.FinishRebuild();

        while (driver.ContinueTick(1))
        {
        }

        Assert.Equal(0, driver.Counts.Adopted[0]);
        driver.Crash(fromScratch: true);
        Assert.Equal(0, driver.Counts.Adopted[0]);
    }

    [Fact]
    public void A_crash_within_a_tick_loses_none_of_its_changes_and_tells_none_twice()
    {
        using var driver = BeforeTheLapse();
        driver.AdvanceTo(LapseAt);
        driver.ContinueTick(2);
        driver.Append(Crm("again", LapseAt, "one"), LapseAt);

        driver.Crash();

        Assert.Equal(3, Discrete(driver).Count(change => change.Contains("ProductLapsed Tick", StringComparison.Ordinal)));
        Assert.Equal(driver.Changes.Count, driver.Changes.Select(change => change.Sequence).Distinct().Count());
    }

    [Fact]
    public void A_tick_that_concerns_nobody_is_done_with_its_first_slice()
    {
        using var driver = BeforeTheLapse();
        driver.AdvanceTo(driver.NowMs + Day);
        Assert.False(driver.ContinueTick(10_000));
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(2001, 60)]
    public void However_a_tick_is_sliced_every_account_reads_the_same_at_every_moment_and_the_feed_is_the_same_in_the_end(int firstSeed, int count)
    {
        var sliced = 0;
        for (var seed = firstSeed; seed < firstSeed + count; seed++)
        {
            try
            {
                sliced += Compare(HistoryGenerator.Make(seed, firstSeed == 1 ? Model.Definition : null), new Random(seed));
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}: {error.Message}", error);
            }
        }

        Assert.True(sliced > 100, $"Only {sliced} records came while a tick was in work: this tests too little.");
    }

    private static int Compare(History history, Random random)
    {
        var model = history.Model == Model.Definition ? Model : new CompiledModel(history.Model);
        using var whole = new PartitionDriver(model, history.Steps[0].NowMs) { HoldRebuilds = true };
        using var sliced = new PartitionDriver(model, history.Steps[0].NowMs) { HoldRebuilds = true, HoldTicks = true };
        string[] accounts = [.. history.Sends.Select(send => send.Account).Where(account => account.Length > 0).Distinct()];
        var (isHeld, interrupted) = (false, 0);
        foreach (var step in history.Steps)
        {
            foreach (var driver in (PartitionDriver[])[whole, sliced])
            {
                switch (step)
                {
                    case SendStep sends:
                        foreach (var send in sends.Sends)
                        {
                            driver.Append(send);
                            if (driver != sliced) continue;
                            if (sliced.Partition.IsTicking) interrupted++;
                            Slice();
                        }

                        break;
                    case PassStep:
                        driver.AdvanceTo(step.NowMs);
                        break;
                    case BeginRebuildStep when !isHeld:
                        var isBegun = driver.Rebuild();
                        if (driver == sliced) isHeld = isBegun;
                        break;
                    case FinishRebuildStep when isHeld:
                        driver.FinishRebuild();
                        if (driver == sliced) isHeld = false;
                        break;
                    case CheckpointStep when random.Next(2) == 0:
                        driver.Checkpoint();
                        break;
                }
            }

            Slice();
            if (accounts.Length > 0) SameView(accounts[random.Next(accounts.Length)]);
        }

        while (sliced.ContinueTick(3))
        {
        }

        Array.ForEach(accounts, SameView);
        Assert.Equal(whole.Changes.Select(PartitionDriver.Text), sliced.Changes.Select(PartitionDriver.Text));
        Assert.Equal(JsonSerializer.Serialize(whole.Counts), JsonSerializer.Serialize(sliced.Counts));
        sliced.Crash(fromScratch: true);
        Array.ForEach(accounts, SameView);
        return interrupted;

        void Slice()
        {
            if (random.Next(3) == 0) sliced.ContinueTick(random.Next(1, 4));
        }

        void SameView(string account) => Assert.Equal(JsonSerializer.Serialize(whole.View(account)), JsonSerializer.Serialize(sliced.View(account)));
    }

    // The first tick whose completed day has lost the contacts from its window.
    private static readonly long LapseAt = Start + (31 * Day);

    /// <summary>Three accounts that have adopted crm and lapse with the next tick.</summary>
    private static PartitionDriver BeforeTheLapse()
    {
        var driver = Driver();
        foreach (var account in Accounts) driver.Append(Crm("first", Start, account), Start);
        driver.AdvanceTo(LapseAt - Day);
        driver.HoldTicks = true;
        return driver;
    }

    private static IEnumerable<string> Discrete(PartitionDriver driver) => driver.Changes
        .Where(change => change.Change.Type is ChangeType.ProductAdopted or ChangeType.ProductLapsed or ChangeType.StageChanged)
        .Select(change => $"{change.Change.Account} {change.Change.Type} {change.Change.Cause.Kind}");
}
