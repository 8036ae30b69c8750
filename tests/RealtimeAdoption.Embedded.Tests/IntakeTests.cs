using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.TestKit.Reference;
using static RealtimeAdoption.Embedded.Tests.Rig;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>What a batch's answer promises: durable, applied, readable; or refused with nothing lost.</summary>
public sealed class IntakeTests
{
    [Fact]
    public async Task Parallel_senders_that_send_everything_twice_are_counted_once()
    {
        await using var rig = await OnDisk().StartAsync();
        var accepted = 0;
        var batches = Enumerable.Range(0, 120).Select(b => Enumerable.Range(0, 50).Select(i => Event($"m{b}-{i}", $"account-{(b + i) % 30}")).ToArray()).ToArray();

        await Parallel.ForEachAsync(batches.Concat(batches), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (batch, _) =>
        {
            var outcomes = await rig.SendAsync(batch);
            Interlocked.Add(ref accepted, outcomes.Count(outcome => outcome == IntakeOutcome.Accepted));
        });

        Assert.Equal(6_000, accepted);
        decimal total = 0;
        for (var i = 0; i < 30; i++) total += (await rig.ContactsAsync($"account-{i}"))!.Value;
        Assert.Equal(6_000, total);
        Assert.Equal(6_000, (await rig.UntilAsync(state => state.Counts.Events == 6_000)).Counts.Events);
    }

    [Fact]
    public async Task A_duplicate_of_a_record_in_flight_is_answered_when_that_record_is_durable()
    {
        await using var rig = await InMemory().StartAsync();
        var hold = new TaskCompletionSource();
        rig.Journal.Hold = hold.Task;
        var first = rig.TrySendAsync([Event("m1", "acme")]);
        var second = rig.TrySendAsync([Event("m1", "acme")]);
        // A question that comes after both in the lane's inbox shows that both were taken, and nothing is applied.
        Assert.Null(await rig.Host.AccountAsync("acme", false, default));
        Assert.False(first.IsCompleted || second.IsCompleted);

        hold.SetResult();

        Assert.Equal([IntakeOutcome.Accepted], (await first).Outcomes);
        Assert.Equal([IntakeOutcome.Duplicate], (await second).Outcomes);
        Assert.Equal(1, await rig.ContactsAsync("acme"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_failed_commit_the_same_batch_can_be_sent_again_and_counts_once(bool tookEffect)
    {
        await using var rig = await InMemory().StartAsync();
        await rig.SendAsync(Event("m0", "acme"));
        rig.Journal.Failures.Enqueue(tookEffect);

        Assert.Equal(IntakeStatus.Unavailable, (await rig.TrySendAsync([Event("m1", "acme")])).Status);

        IntakeStatus status;
        IntakeOutcome[] outcomes;
        do (status, outcomes) = await rig.TrySendAsync([Event("m1", "acme")]);
        while (status == IntakeStatus.Unavailable);
        Assert.Equal([tookEffect ? IntakeOutcome.Duplicate : IntakeOutcome.Accepted], outcomes);
        Assert.Equal(2, await rig.ContactsAsync("acme"));
    }

    [Fact]
    public async Task Senders_that_retry_through_failing_commits_lose_nothing_and_count_nothing_twice()
    {
        await using var rig = await InMemory().StartAsync();
        var failing = new Random(5);
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (b, _) =>
        {
            if (b % 10 == 0)
            {
                lock (failing) rig.Journal.FailNext(failing.Next(2) == 0);
            }

            Send[] sends = [.. Enumerable.Range(0, 20).Select(i => Event($"m{b}-{i}", $"account-{i}"))];
            while ((await rig.TrySendAsync(sends)).Status != IntakeStatus.Done) await Task.Yield();
        });

        for (var i = 0; i < 20; i++) Assert.Equal(200, await rig.ContactsAsync($"account-{i}"));
    }

    [Fact]
    public async Task A_host_whose_journal_another_process_has_taken_over_takes_nothing_more_and_says_so()
    {
        await using var rig = await InMemory().StartAsync();
        await rig.SendAsync(Event("m0", "acme"));
        rig.Journal.IsTakenOver = true;
        Assert.Equal(IntakeStatus.Unavailable, (await rig.TrySendAsync([Event("m1", "acme")])).Status);
        using var patience = new CancellationTokenSource(Patience);
        while (rig.Host.Status.Ready) await Task.Delay(5, patience.Token);
        Assert.Equal("The test has taken it over.", rig.Host.Status.Detail);

        rig.Journal.IsTakenOver = false;
        Assert.Equal(IntakeStatus.Unavailable, (await rig.TrySendAsync([Event("m1", "acme")])).Status);
        Assert.Equal(1, await rig.ContactsAsync("acme"));
    }

    [Fact]
    public async Task Beyond_the_bounds_batches_are_refused_as_overloaded_until_there_is_room_again()
    {
        var rig = InMemory();
        rig.Options.EventsInFlightMax = 1_000;
        await using var started = await rig.StartAsync();
        var hold = new TaskCompletionSource();
        rig.Journal.Hold = hold.Task;
        var first = rig.TrySendAsync(Enumerable.Range(0, 900).Select(i => Event($"a{i}", "acme")));

        using var batch = rig.Batch(Enumerable.Range(0, 200).Select(i => Event($"b{i}", "acme")));
        var refused = await rig.Host.AppendAsync(batch, default);
        Assert.Equal((IntakeStatus.Overloaded, TimeSpan.FromSeconds(1)), (refused.Status, refused.RetryAfter));
        var second = rig.TrySendAsync(Enumerable.Range(0, 50).Select(i => Event($"c{i}", "acme")));
        Assert.Equal(0, await rig.ContactsAsync("acme") ?? 0);

        hold.SetResult();
        Assert.Equal(IntakeStatus.Done, (await first).Status);
        Assert.Equal(IntakeStatus.Done, (await second).Status);
        Assert.Equal(IntakeStatus.Done, (await rig.Host.AppendAsync(batch, default)).Status);
        Assert.Equal(1_150, await rig.ContactsAsync("acme"));
    }

    [Fact]
    public async Task A_batch_that_is_larger_than_the_bounds_is_taken_alone()
    {
        var rig = InMemory();
        rig.Options.EventsInFlightMax = 1_000;
        await using var started = await rig.StartAsync();

        var (status, _) = await rig.TrySendAsync(Enumerable.Range(0, 3_000).Select(i => Event($"a{i}", "acme")));

        Assert.Equal(IntakeStatus.Done, status);
    }

    [Fact]
    public async Task Many_requests_while_a_commit_is_under_way_share_the_next_ones()
    {
        await using var rig = await InMemory().StartAsync();
        var hold = new TaskCompletionSource();
        rig.Journal.Hold = hold.Task;
        var before = rig.Journal.Commits;
        var sent = Enumerable.Range(0, 200).Select(i => rig.TrySendAsync([Event($"m{i}", $"account-{i}")])).ToArray();

        hold.SetResult();
        await Task.WhenAll(sent);

        Assert.InRange(rig.Journal.Commits - before, 1, 12);
    }

    [Fact]
    public async Task A_stopped_host_refuses_and_loses_nothing_that_was_in_flight()
    {
        var rig = InMemory();
        await rig.StartAsync();
        var hold = new TaskCompletionSource();
        rig.Journal.Hold = hold.Task;
        var inFlight = rig.TrySendAsync([Event("m1", "acme")]);
        var stopping = rig.Host.DisposeAsync().AsTask();

        Assert.Equal(IntakeStatus.Unavailable, (await rig.TrySendAsync([Event("m2", "acme")])).Status);
        hold.SetResult();

        Assert.Equal(IntakeStatus.Done, (await inFlight).Status);
        await stopping;
        await rig.StartAsync();
        Assert.Equal(1, await rig.ContactsAsync("acme"));
        await rig.DisposeAsync();
    }
}
