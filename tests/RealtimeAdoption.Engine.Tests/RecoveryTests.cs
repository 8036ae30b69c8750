using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Generators;
using static RealtimeAdoption.Engine.Tests.Sample;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>Replay, checkpoints and rebuild swaps: whatever way a partition came to a position, its state is the same to the byte.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public void A_replay_of_the_whole_journal_gives_the_same_states_and_the_same_changes()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        driver.AdvanceTo(Start + (45 * Day));
        var before = Picture(driver, ["acme"]);
        var changes = driver.Changes.Count;
        Assert.True(changes >= 2);

        driver.Crash();

        Assert.Equal(before, Picture(driver, ["acme"]));
        Assert.Equal(changes, driver.Changes.Count);
    }

    [Fact]
    public void A_checkpoint_and_the_tail_give_the_same_as_the_whole_journal()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        Assert.True(driver.Checkpoint());
        driver.Append(Crm("b", Start + Day, "other"), Start + Day);
        var before = Picture(driver, ["acme", "other"]);

        driver.Crash();
        Assert.Equal(before, Picture(driver, ["acme", "other"]));
        driver.Crash(fromScratch: true);
        Assert.Equal(before, Picture(driver, ["acme", "other"]));
    }

    [Fact]
    public void Ids_are_known_after_a_crash_from_checkpoint_and_tail_alike()
    {
        using var driver = Driver();
        driver.Append(Event("first", Start));
        driver.Checkpoint();
        driver.Append(Event("second", Start));
        driver.Checkpoint();
        driver.Append(Event("third", Start));

        driver.Crash();

        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Event("first", Start)));
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Event("second", Start)));
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Event("third", Start)));
    }

    [Fact]
    public void An_id_that_was_forgotten_and_came_again_is_known_after_a_restart()
    {
        using var driver = Driver();
        // Both lie in one chunk of ids, which is kept as long as its latest is remembered.
        driver.Append(Event("again", Start, timestamp: Start - (7 * Day)));
        driver.Append(Event("other", Start));
        driver.Checkpoint();
        driver.AdvanceTo(Start + (3 * Day));
        Assert.Equal(IntakeOutcome.Accepted, driver.Append(Event("again", Start + (3 * Day), timestamp: Start + (3 * Day))));
        driver.Checkpoint();

        driver.Crash();

        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Event("again", Start + (3 * Day), timestamp: Start + (3 * Day))));
    }

    [Fact]
    public void An_old_group_message_that_is_sent_again_does_not_group_its_user_again()
    {
        using var driver = Driver();
        var first = Group("g1", Start, "u1", "acme", RecordKind.Directory) with { TimestampMs = Start - (30 * Day) };
        driver.Append(first);
        driver.Append(Group("g2", Start, "u1", "other", RecordKind.Directory));
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(first));
        driver.Crash(fromScratch: true);
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(first));
        driver.Checkpoint();
        driver.Crash();

        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(first));
        Assert.Equal("other", driver.Directory["u1"]);
    }

    [Fact]
    public async Task What_a_refused_checkpoint_held_is_in_the_next_one()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        driver.Snapshots.Failures = 1;
        Assert.False(driver.Checkpoint());
        driver.Append(Event("b", Start, account: "other"));
        Assert.True(driver.Checkpoint());
        var before = Picture(driver, ["acme", "other"]);

        driver.Crash();

        Assert.Equal(before, Picture(driver, ["acme", "other"]));
        Assert.Equal(IntakeOutcome.Duplicate, driver.Append(Crm("a", Start)[0]));
        Assert.Single(await driver.Snapshots.FeedAsync(0, 0, 10, default), change => change.Change.Type == Scoring.Changes.ChangeType.ProductAdopted);
    }

    [Fact]
    public void Nothing_new_makes_no_checkpoint()
    {
        using var driver = Driver();
        Assert.True(driver.Checkpoint());
        Assert.False(driver.Checkpoint());
    }

    [Fact]
    public async Task The_feed_of_unpersisted_changes_goes_on_where_the_store_ends()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start), Start);
        driver.Checkpoint();
        var stored = await driver.Snapshots.FeedAsync(0, 0, 100, default);
        Assert.Empty(driver.Partition.UnpersistedFeed(0, 10));

        driver.Append(Crm("b", Start, "other"), Start);

        var fresh = driver.Partition.UnpersistedFeed(0, 100);
        Assert.Equal(stored[^1].Sequence + 1, fresh[0].Sequence);
        var texts = fresh.Select(PartitionDriver.Text).ToList();
        Assert.Equal(texts.Skip(1), driver.Partition.UnpersistedFeed(fresh[0].Sequence, 100).Select(PartitionDriver.Text));
        Assert.Equal(texts.AsEnumerable().Reverse(), driver.Partition.UnpersistedHistory("other", long.MaxValue, 100).Select(PartitionDriver.Text));
        Assert.Empty(driver.Partition.UnpersistedHistory("acme", long.MaxValue, 100));
    }

    [Fact]
    public void An_import_takes_effect_with_its_rebuild_and_not_before()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start, timestamp: Start - (3 * Day), import: true), Start);
        Assert.True(driver.View("acme")!.Rebuilding);
        Assert.Equal(0, driver.Contacts());
        Assert.Equal(1, driver.Counts.Rebuilding);

        Assert.True(driver.Rebuild());

        Assert.Null(driver.View("acme")!.Rebuilding);
        Assert.Equal(25, driver.Contacts());
        Assert.Equal(0, driver.Counts.Rebuilding);
        Assert.Equal(0, driver.Partition.PendingRebuilds);
        Assert.Contains(driver.Changes, change => change.Change.Cause.Kind == Scoring.Changes.CauseKind.Rebuild);
    }

    [Fact]
    public void Live_records_and_ticks_between_mark_and_swap_are_in_the_swapped_state()
    {
        using var driver = Driver();
        driver.HoldRebuilds = true;
        driver.Append(Crm("a", Start, timestamp: Start - (20 * Day)), Start);
        driver.Rebuild();
        driver.Append(Event("live", Start));
        driver.AdvanceTo(Start + Day);
        driver.Append(Event("live2", Start + Day));
        driver.Append(Event("old", Start + Day, timestamp: Start - (21 * Day)));

        driver.FinishRebuild();

        Assert.Equal(27, driver.Contacts());
        Assert.True(driver.View("acme")!.Rebuilding);
        Assert.Equal(1, driver.Partition.PendingRebuilds);
        var before = Picture(driver, ["acme"]);
        driver.Crash(fromScratch: true);
        Assert.Equal(before, Picture(driver, ["acme"]));
        Assert.True(driver.Rebuild());
        driver.FinishRebuild();
        Assert.Equal(28, driver.Contacts());
    }

    [Fact]
    public void A_swap_whose_commit_fails_is_appended_again()
    {
        using var driver = Driver();
        driver.HoldRebuilds = true;
        driver.Append(Crm("a", Start, import: true), Start);
        driver.Rebuild();
        driver.Journal.Failures.Enqueue(false);

        driver.FinishRebuild();

        Assert.Equal(25, driver.Contacts());
        driver.Crash(fromScratch: true);
        Assert.Equal(25, driver.Contacts());
    }

    [Fact]
    public void A_pass_over_more_bytes_than_its_bound_gives_accounts_back_to_the_next()
    {
        // The least bound is 1 MiB: 60 accounts of 300 records of more than 100 bytes are well above it.
        using var driver = new PartitionDriver(Model, Start, new Engine.Partitions.PartitionOptions { RebuildBytesMax = 1 << 20 });
        string[] accounts = [.. Enumerable.Range(0, 60).Select(i => $"account-{i}")];
        foreach (var account in accounts)
            driver.Append([.. Enumerable.Range(0, 300).Select(i => Event($"{account}-{i}", Start, account: account) with { Import = true })], Start);

        driver.HoldRebuilds = true;
        driver.Rebuild();
        driver.FinishRebuild();
        Assert.InRange(driver.Partition.PendingRebuilds, 1, 59);
        driver.HoldRebuilds = false;
        driver.Rebuild();

        Assert.All(accounts, account => Assert.Equal(300, driver.Contacts(account)));
        Assert.Equal(0, driver.Partition.PendingRebuilds);
        var before = Picture(driver, accounts);
        driver.Crash(fromScratch: true);
        Assert.Equal(before, Picture(driver, accounts));
    }

    [Fact]
    public void A_pass_that_cannot_be_read_leaves_its_accounts_to_the_next_one()
    {
        using var driver = Driver();
        driver.Append(Crm("a", Start, import: true), Start);
        Assert.True(driver.Partition.BeginRebuild());
        while (driver.Partition.TryTake(out var output))
        {
            if (output is Engine.Partitions.ReadHistory read) driver.Partition.RebuildFailed(read.Pass);
        }

        Assert.Equal(1, driver.Partition.PendingRebuilds);
        Assert.True(driver.Rebuild());
        Assert.Equal(25, driver.Contacts());
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(1001, 40)]
    public void Generated_histories_recover_to_the_same_states_and_changes_from_any_checkpoint_and_from_none(int firstSeed, int count)
    {
        for (var seed = firstSeed; seed < firstSeed + count; seed++)
        {
            var history = HistoryGenerator.Make(seed, firstSeed == 1 ? Model.Definition : null);
            try
            {
                Run(history);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}: {error.Message}", error);
            }
        }
    }

    private static void Run(History history)
    {
        var model = history.Model == Model.Definition ? Model : new CompiledModel(history.Model);
        using var driver = new PartitionDriver(model, history.Steps[0].NowMs) { HoldRebuilds = true };
        var isHeld = false;
        foreach (var step in history.Steps)
        {
            switch (step)
            {
                case SendStep sends:
                    foreach (var send in sends.Sends) driver.Append(send);
                    break;
                case PassStep:
                    driver.AdvanceTo(step.NowMs);
                    break;
                case BeginRebuildStep:
                    if (!isHeld) isHeld = driver.Rebuild();
                    break;
                case FinishRebuildStep:
                    if (isHeld) driver.FinishRebuild();
                    isHeld = false;
                    break;
                case CheckpointStep:
                    driver.Checkpoint();
                    break;
                case CrashStep:
                    driver.Crash();
                    isHeld = false;
                    break;
            }
        }

        if (isHeld) driver.FinishRebuild();
        Assert.Empty(driver.Faults);
        string[] accounts = [.. history.Sends.Select(send => send.Account).Where(account => account.Length > 0).Distinct()];
        var before = Picture(driver, accounts);
        driver.Crash();
        Assert.Equal(before, Picture(driver, accounts));
        driver.Crash(fromScratch: true);
        Assert.Equal(before, Picture(driver, accounts));
    }

    /// <summary>Everything that can be seen of a partition, states to the byte.</summary>
    private static string Picture(PartitionDriver driver, string[] accounts)
    {
        var counts = driver.Counts;
        var states = accounts.Select(account => $"{account} {Convert.ToHexString(driver.Partition.State(account))}");
        return $"""
            {driver.Partition.Applied} {driver.Partition.Day} {driver.Partition.LastInputAtMs} {driver.Partition.PendingRebuilds}
            {counts.Accounts} {counts.Churned} {counts.Rebuilding} {counts.Events} {string.Join(',', counts.ByStage)} {string.Join(',', counts.Adopted)}
            {string.Join(',', counts.Entitled)} {string.Join(',', counts.BySegment)} {string.Join(',', counts.AdoptedBySegment)} {driver.Changes.Count}
            {string.Join('\n', states)}
            """;
    }
}
