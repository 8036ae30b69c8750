using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit;
using Segment = RealtimeAdoption.Engine.Journal.Segment;
using static RealtimeAdoption.Embedded.Tests.Rig;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>Starts, stops, crashes, days, rebuilds, and what is read across them.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task Before_the_start_it_is_not_ready_and_takes_nothing()
    {
        await using var host = new EmbeddedHost(
            new EmbeddedOptions(), new TestKit.Memory.MemoryJournal(), new TestKit.Memory.MemorySnapshots(), TimeProvider.System, SampleModel.Text, _ => Model,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<EmbeddedHost>.Instance);
        using var batch = new IntakeBatch(8);

        Assert.False(host.Status.Ready);
        Assert.Equal(IntakeStatus.Unavailable, (await host.AppendAsync(batch, default)).Status);
    }

    [Fact]
    public void All_options_out_of_their_range_are_told_at_once()
    {
        var options = new EmbeddedOptions { Lanes = 0, Partitions = 5_000, CheckpointSeconds = 0, Partition = { RebuildAccountsMax = 0 } };

        var errors = options.Errors();

        Assert.Equal(4, errors.Count);
        Assert.Contains("Lanes is 0; it must be 1 to 64.", errors);
        Assert.Contains("Partition:RebuildAccountsMax is 0; it must be 1 to 1,000,000.", errors);
        Assert.Empty(new EmbeddedOptions().Errors());
    }

    [Fact]
    public async Task A_graceful_restart_answers_the_same_and_leaves_no_tail()
    {
        await using var rig = await OnDisk().StartAsync();
        for (var i = 0; i < 20; i++) await rig.SendAsync(Crm($"account-{i}"));
        var before = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Json(rig, $"account-{i}")));
        var fleet = await rig.UntilAsync(state => state.Counts.Adopted[0] == 20);

        await rig.RestartAsync();

        Assert.Equal(before, await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Json(rig, $"account-{i}"))));
        var again = rig.Host.ReadFleet();
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(fleet.Counts), System.Text.Json.JsonSerializer.Serialize(again.Counts));
        Assert.Equal(fleet.News.Latest.Select(change => (change.Partition, change.Sequence)).Order(), again.News.Latest.Select(change => (change.Partition, change.Sequence)).Order());
        Assert.Equal(IntakeOutcome.Duplicate, (await rig.SendAsync(Crm("account-3")[0]))[0]);
    }

    [Fact]
    public async Task From_the_image_of_any_moment_everything_acknowledged_is_there_once()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var rig = InMemory();
        rig.Options.CheckpointRecords = 1_000;
        rig.Options.CheckpointSeconds = 1;
        await rig.StartAsync();
        var acknowledged = 0;
        var senders = Enumerable.Range(0, 4).Select(sender => Task.Run(async () =>
        {
            for (var b = 0; b < 150; b++)
            {
                var sends = Enumerable.Range(0, 30).Select(i => Event($"m{sender}-{b}-{i}", $"account-{i}") with { Import = b % 7 == 0 });
                Assert.Equal(IntakeStatus.Done, (await rig.TrySendAsync(sends)).Status);
                Interlocked.Add(ref acknowledged, 30);
            }
        })).ToArray();

        for (var image = 0; image < 5; image++)
        {
            var events = (image * 3_000) + random.Next(3_000);
            await rig.UntilAsync(state => state.Counts.Events >= events);
            var least = Volatile.Read(ref acknowledged);
            var other = InMemory();
            other.Snapshots = rig.Snapshots.Image();
            other.Journal = rig.Journal.Image();
            await using var restarted = await other.StartAsync();
            var state = await other.UntilAsync(state => state.Counts.Rebuilding == 0);
            decimal total = 0;
            for (var i = 0; i < 30; i++) total += (await other.ContactsAsync($"account-{i}"))!.Value;
            Assert.True(total >= least, $"Seed {seed}: {total} of {least} acknowledged.");
            Assert.Equal(state.Counts.Events, total);
        }

        await Task.WhenAll(senders);
        await rig.DisposeAsync();
    }

    [Fact]
    public async Task A_stop_that_does_not_wait_leaves_a_commit_under_way_as_it_was_sent_and_answers_everybody()
    {
        var rig = InMemory();
        rig.Options.StopSecondsMax = 0;
        await rig.StartAsync();
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Journal.Hold = hold.Task;
        using var batch = rig.Batch(Enumerable.Range(0, 40).SelectMany(i => Crm($"account-{i}")));
        var answer = rig.Host.AppendAsync(batch, default).AsTask();
        using var late = rig.Batch(Crm("late"));
        var lateAnswer = rig.Host.AppendAsync(late, default).AsTask();

        var stop = Task.Run(rig.StopAsync);
        for (var i = 0; i < 40; i++)
        {
            await Task.Delay(10);
            Scribble();
        }

        var asked = rig.Host.AccountAsync("account-1", false, default).AsTask();
        hold.SetResult();
        await stop.WaitAsync(Patience);

        await rig.StartAsync();
        await rig.SendAsync([.. Enumerable.Range(0, 40).SelectMany(i => Crm($"account-{i}"))]);
        for (var i = 0; i < 40; i++) Assert.Equal(25, await rig.ContactsAsync($"account-{i}"));
        await rig.DisposeAsync();
        // By a lane that has ended, or that had not yet.
        Assert.True(await Xunit.Record.ExceptionAsync(() => asked.WaitAsync(Patience)) is null or InvalidOperationException);
        Assert.NotEqual(IntakeStatus.Overloaded, (await answer.WaitAsync(Patience)).Status);
        Assert.NotEqual(IntakeStatus.Overloaded, (await lateAnswer.WaitAsync(Patience)).Status);
    }

    [Fact]
    public async Task Checkpoints_of_another_journal_are_left_aside_and_replaced()
    {
        await using var rig = await OnDisk().StartAsync();
        await rig.SendAsync([.. Crm("old-1"), .. Crm("old-2")]);
        await rig.StopAsync();
        rig.Move("state.db", "state.old");
        rig.Move("journal.db", "journal.old");
        await rig.StartAsync();
        await rig.SendAsync([.. Enumerable.Range(0, 90).SelectMany(i => Crm($"new-{i}"))]);
        await rig.StopAsync();
        rig.Move("state.db", "state.own");
        rig.Move("state.old", "state.db");

        for (var start = 0; start < 2; start++)
        {
            await rig.StartAsync();
            Assert.Equal(90, rig.Host.ReadFleet().Counts.Accounts);
            Assert.Null(await rig.Host.AccountAsync("old-1", false, default));
            Assert.Equal(25, await rig.ContactsAsync("new-0"));
            Assert.Equal(IntakeOutcome.Duplicate, (await rig.SendAsync(Crm("new-0")[0]))[0]);
            Assert.Equal([ChangeType.StageChanged, ChangeType.ProductAdopted], OfAdoption((await rig.Host.HistoryAsync("new-0", long.MaxValue, 100, default))!));
            await rig.StopAsync();
        }

        await rig.StartAsync();
        for (var partition = 0; partition < 8; partition++)
            Assert.DoesNotContain(await rig.Host.FeedAsync(partition, 0, 1_000, default), change => change.Change.Account.StartsWith("old", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Checkpoints_of_a_journal_that_was_put_back_from_an_older_copy_and_went_on_are_left_aside()
    {
        await using var rig = await OnDisk().StartAsync();
        await rig.SendAsync(Crm("both"));
        await rig.StopAsync();
        rig.Copy("journal.db", "journal.older");
        await rig.StartAsync();
        await rig.SendAsync(Event("lost", "both"));
        await rig.StopAsync();
        rig.Move("state.db", "state.lost");
        rig.Move("journal.db", "journal.lost");
        rig.Move("journal.older", "journal.db");
        await rig.StartAsync();
        await rig.SendAsync(Event("kept", "both", "Activity Logged"), Event("kept2", "both", "Activity Logged"));
        await rig.StopAsync();
        rig.Move("state.db", "state.own");
        rig.Move("state.lost", "state.db");

        await rig.StartAsync();

        Assert.Equal(25, await rig.ContactsAsync("both"));
        Assert.Equal(IntakeOutcome.Accepted, (await rig.SendAsync(Event("lost", "both")))[0]);
    }

    [Fact]
    public async Task Checkpoints_ahead_of_their_journal_stop_the_start_and_are_kept()
    {
        await using var rig = await OnDisk().StartAsync();
        await rig.SendAsync(Crm("acme"));
        await rig.StopAsync();
        rig.Move("journal.db", "journal.old");

        await Assert.ThrowsAsync<JournalException>(rig.StartAsync);
        await rig.StopAsync();

        rig.Remove("journal.db");
        rig.Move("journal.old", "journal.db");
        await rig.StartAsync();
        Assert.Equal(25, await rig.ContactsAsync("acme"));
    }

    // Whoever rents memory that a partition gave back may write over it.
    private static void Scribble()
    {
        var rented = Enumerable.Range(0, 64).Select(_ => System.Buffers.ArrayPool<byte>.Shared.Rent(64 * 1024)).ToArray();
        foreach (var array in rented) array.AsSpan().Fill(0xEE);
        foreach (var array in rented) System.Buffers.ArrayPool<byte>.Shared.Return(array);
    }

    [Fact]
    public async Task A_new_day_of_the_clock_is_ticked_in_every_partition_without_traffic()
    {
        await using var rig = await OnDisk().StartAsync();
        await rig.SendAsync(Crm("acme"));
        await rig.UntilAsync(state => state.Counts.Adopted[0] == 1);
        rig.Clock.AdvanceTo(Start + (40 * Day));
        rig.Host.Pulse();

        var state = await rig.UntilAsync(state => state.SettledDay == Days.ToDate(Days.Of(Start) + 40) && state.Counts.Adopted[0] == 0);

        Assert.Contains(state.News.Latest, change => change.Change.Type == ChangeType.ProductLapsed && change.Change.Day == Days.ToDate(Days.Of(Start) + 31));
        Assert.Equal(Days.ToDate(Days.Of(Start) + 40), (await rig.Host.AccountAsync("acme", false, default))!.AsOf);
    }

    [Fact]
    public async Task Missed_days_are_caught_up_before_it_is_ready()
    {
        await using var rig = await OnDisk().StartAsync();
        await rig.SendAsync(Crm("acme"));
        await rig.StopAsync();
        rig.Clock.AdvanceTo(Start + (60 * Day));

        await rig.StartAsync();

        Assert.True(rig.Host.Status.Ready);
        var view = await rig.Host.AccountAsync("acme", false, default);
        Assert.Equal((Days.ToDate(Days.Of(Start) + 60), false), (view!.AsOf, view.Products[0].Adopted));
    }

    [Fact]
    public async Task An_import_is_rebuilt_in_the_background_and_live_traffic_goes_on()
    {
        await using var rig = OnDisk();
        // Long enough for the live event to come while its account is being rebuilt.
        rig.Options.RebuildQuietMs = 2_000;
        await rig.StartAsync();
        await rig.SendAsync([.. Enumerable.Range(0, 50).SelectMany(i => Crm($"account-{i}", Start - (10 * Day), import: true))]);
        await rig.SendAsync(Event("live", "account-4"));

        var state = await rig.UntilAsync(state => state.Counts is { Rebuilding: 0, Accounts: 50 } && state.Counts.Adopted[0] == 50);

        Assert.Equal(0, rig.Host.Status.Rebuilding);
        Assert.Equal(26, await rig.ContactsAsync("account-4"));
        Assert.NotEmpty(state.News.Latest);
        Assert.All(state.News.Latest, change => Assert.Equal(CauseKind.Rebuild, change.Change.Cause.Kind));
    }

    [Fact]
    public async Task History_and_feed_are_whole_across_memory_and_store()
    {
        await using var rig = await OnDisk().StartAsync();
        await rig.SendAsync(Crm("acme"));
        await rig.RestartAsync();
        rig.Clock.AdvanceTo(Start + (40 * Day));
        rig.Host.Pulse();
        await rig.UntilAsync(state => state.Counts.ByStage[0] == 1 && state.SettledDay == Days.ToDate(Days.Of(Start) + 40));

        var history = (await rig.Host.HistoryAsync("acme", long.MaxValue, 100, default))!;
        var partition = (await rig.Host.AccountAsync("acme", false, default))!.Partition;
        var feed = await rig.Host.FeedAsync(partition, 0, 100, default);

        Assert.Equal([ChangeType.StageChanged, ChangeType.ProductLapsed, ChangeType.StageChanged, ChangeType.ProductAdopted], OfAdoption(history));
        var all = Enumerable.Range(1, feed.Count).Select(sequence => (long)sequence);
        Assert.Equal(all, feed.Select(change => change.Sequence));
        Assert.Equal(all.Reverse(), history.Select(change => change.Sequence));
        Assert.Equal([2L, 1L], (await rig.Host.HistoryAsync("acme", 3, 100, default))!.Select(change => change.Sequence));
        Assert.Equal([2L, 3L], (await rig.Host.FeedAsync(partition, 1, 2, default)).Select(change => change.Sequence));
        Assert.Empty(await rig.Host.FeedAsync(99, 0, 10, default));
    }

    [Theory]
    [InlineData(AccountSort.Account)]
    [InlineData(AccountSort.Name)]
    [InlineData(AccountSort.ProductsAdopted)]
    [InlineData(AccountSort.StageSince)]
    [InlineData(AccountSort.LastActivity)]
    public async Task Pages_hold_every_account_once_and_in_order(AccountSort sort)
    {
        await using var rig = await InMemory().StartAsync();
        await rig.SendAsync([.. Enumerable.Range(0, 700).Select(i => Event("m", $"account-{i}", timestamp: Start - (i % 5 * Day)))]);
        await rig.SendAsync([.. Enumerable.Range(0, 20).SelectMany(i => Crm($"account-{i * 7}"))]);
        var seen = new List<FleetRow>();
        AccountCursor? after = null;
        do
        {
            var page = await rig.Host.AccountsAsync(new AccountQuery { Sort = sort, Limit = 60, After = after }, default);
            Assert.InRange(page.Rows.Count, 1, 60);
            seen.AddRange(page.Rows);
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(700, seen.Select(row => row.Account.Account).Distinct().Count());
        Assert.Equal(700, seen.Count);
        Assert.Equal(seen.Order(new AccountOrder(sort)), seen);
        var adopters = await rig.Host.AccountsAsync(new AccountQuery { Product = rig.Host.Model.Definition.Products[0].Id, Limit = 100 }, default);
        Assert.Equal((20, null), (adopters.Rows.Count, adopters.Next));
    }

    [Fact]
    public async Task A_refused_checkpoint_costs_nothing_but_a_longer_tail()
    {
        var rig = InMemory();
        rig.Snapshots.Failures = 3;
        await rig.StartAsync();
        await rig.SendAsync(Crm("acme"));
        await rig.RestartAsync();

        Assert.Equal(25, await rig.ContactsAsync("acme"));
        await rig.DisposeAsync();
    }

    [Fact]
    public async Task A_damaged_checkpoint_costs_a_replay_of_the_whole_journal_and_nothing_else()
    {
        var rig = InMemory();
        await rig.StartAsync();
        await rig.SendAsync([.. Crm("acme"), .. Crm("other", import: true)]);
        await rig.UntilAsync(state => state.Counts.Rebuilding == 0 && state.Counts.Adopted[0] == 2);
        var before = (await Json(rig, "acme"), await Json(rig, "other"));
        await rig.StopAsync();
        rig.Snapshots.IsDamaged = true;

        await rig.StartAsync();

        Assert.Equal(before, (await Json(rig, "acme"), await Json(rig, "other")));
        Assert.Equal(IntakeOutcome.Duplicate, (await rig.SendAsync(Crm("acme")[0]))[0]);
        await rig.StopAsync();
        rig.Snapshots.IsDamaged = false;
        await rig.StartAsync();
        Assert.Equal(before, (await Json(rig, "acme"), await Json(rig, "other")));
        await rig.DisposeAsync();
    }

    [Fact]
    public async Task A_partition_whose_invariant_breaks_stops_the_host_and_answers_everyone()
    {
        var rig = InMemory();
        await rig.StartAsync();
        // Another writer: the journal's head is beyond everything that this host has appended.
        await rig.Journal.CommitAsync([.. Enumerable.Range(0, 8).Select(partition => new Segment(partition, 3, 1, new byte[72]))], default);

        var (status, _) = await rig.TrySendAsync(Enumerable.Range(0, 20).Select(i => Event("m", $"account-{i}")));

        Assert.Equal(IntakeStatus.Unavailable, status);
        var (again, _) = await rig.TrySendAsync(Enumerable.Range(0, 20).Select(i => Event("m", $"account-{i}")));
        Assert.Equal(IntakeStatus.Unavailable, again);
        await rig.Host.DisposeAsync();
        Assert.False(rig.Host.Status.Ready);
        Assert.Contains("broken", rig.Host.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_is_behind_its_checkpoints_is_refused()
    {
        var rig = InMemory();
        await rig.StartAsync();
        var journal = rig.Journal.Image();
        await rig.SendAsync(Crm("acme"));
        await rig.StopAsync();
        rig.Journal = journal;

        var error = await Assert.ThrowsAsync<JournalException>(rig.StartAsync);

        Assert.Contains("the journal ends at", error.Message, StringComparison.Ordinal);
    }

    // Scores, bands and alerts change with them.
    private static IEnumerable<ChangeType> OfAdoption(IEnumerable<StoredChange> changes) => changes
        .Select(change => change.Change.Type)
        .Where(type => type is ChangeType.ProductAdopted or ChangeType.ProductLapsed or ChangeType.StageChanged);

    private static async Task<string> Json(Rig rig, string account) => System.Text.Json.JsonSerializer.Serialize(await rig.Host.AccountAsync(account, true, default));
}
