using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit;
using Record = RealtimeAdoption.Scoring.Records.Record;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>The live accounts beside those that the journal alone makes.</summary>
public sealed class VerifyTests
{
    private const int KindOffset = 4;

    // The traffic is steady, not all that two cores can do.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task After_a_full_life_and_while_events_keep_flowing_every_account_is_what_the_journal_makes_of_it()
    {
        await using var rig = Rig.OnDisk();
        rig.Options.CheckpointSeconds = 1;
        rig.Options.RebuildQuietMs = 0;
        await rig.StartAsync();
        var traffic = new Crowd(seed: 21, accounts: 100, eventsEach: 150);
        await LiveAsync(rig, traffic);

        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await traffic.SendAsync(rig, events: 200);
                await Task.Delay(Pause);
            }
        });
        VerifyReport report;
        var rounds = 0;
        do
        {
            report = await VerifyAsync(rig);
            Assert.Equal([], report.Differences);
            Assert.Equal([], report.Damages);
        }
        while (rounds++ < 2);
        await stop.CancelAsync();
        await sending;

        report = await VerifyAsync(rig);
        Assert.Equal([], report.Differences);
        Assert.True(report.IsSame);
        Assert.Equal(rig.Host.ReadFleet().Counts.Accounts, report.Accounts);
        Assert.True(report.Changes > 1_000, $"{report.Changes} changes");
        Assert.True(report.Records >= traffic.Sent);
    }

    // What accounts can live through: days, imports and very late events, people, another model, a restart.
    private static async Task LiveAsync(Rig rig, Crowd traffic)
    {
        await traffic.SendAsync(rig, events: 6_000);
        await rig.SendAsync(Rig.Crm("imported", Rig.Start - (90 * Rig.Day), import: true));
        await rig.SendAsync(Rig.Crm("account-1", Rig.Start - (40 * Rig.Day)));
        await rig.UntilAsync(state => state.Counts.Events >= 6_000);
        for (var day = 0; day < 12; day++)
        {
            rig.Clock.AdvanceTo(rig.Clock.NowMs + Rig.Day);
            rig.Host.Pulse();
            await traffic.SendAsync(rig, events: 600);
        }

        await UntilRebuiltAsync(rig);
        var strict = SampleModel.Text.Replace("at_least: 25, within_days: 30", "at_least: 40, within_days: 30", StringComparison.Ordinal).Replace("\"2026-11\"", "\"strict\"", StringComparison.Ordinal);
        var activation = await rig.Host.ActivateModelAsync(strict, "dana", default);
        await activation.Completion!.WaitAsync(Rig.Patience);
        await traffic.SendAsync(rig, events: 2_000);
        await rig.RestartAsync();
        await traffic.SendAsync(rig, events: 2_000);
    }

    [Fact]
    public async Task An_account_whose_first_events_are_of_the_day_before_has_lived_no_close_of_that_day_and_that_is_no_difference()
    {
        await using var rig = await Rig.InMemory().StartAsync();
        await rig.SendAsync(Rig.Crm("young", Rig.Start - Rig.Day));

        var report = await VerifyAsync(rig);

        Assert.Equal([], report.Differences);
        Assert.Equal(1, report.Accounts);
    }

    [Fact]
    public async Task An_account_that_is_not_what_the_journal_makes_of_it_is_told_field_by_field()
    {
        await using var rig = await Rig.InMemory().StartAsync();
        await rig.SendAsync(Rig.Crm("acme"));
        await rig.SendAsync(Rig.Crm("globex"));
        // The journal reads as if one of acme's contacts had never been.
        var hash = StableHash.Of("acme"u8);
        rig.Journal.ReadAs = segment => WithoutOne(segment, hash);

        var report = await VerifyAsync(rig);

        Assert.False(report.IsSame);
        Assert.Empty(report.Damages);
        Assert.Equal(["acme"], report.Differences.Select(difference => difference.Account).Where(account => account.Length > 0).Distinct());
        var value = Assert.Single(report.Differences, difference => difference is { Field: "products[0].criteria[0].value", By: VerifiedBy.Replay });
        Assert.Equal(("25", "24"), (value.Live, value.Journal));
        Assert.Contains(report.Differences, difference => difference is { Field: "products[0].adopted", Live: "true", Journal: "false", By: VerifiedBy.Replay });
        // From the account's records alone, in another order, by another way.
        Assert.Contains(report.Differences, difference => difference is { Field: "products[0].criteria[0].value", Live: "25", Journal: "24", By: VerifiedBy.Rebuild });
        rig.Journal.ReadAs = null;
        Assert.True((await VerifyAsync(rig)).IsSame);
    }

    [Fact]
    public async Task A_damaged_segment_is_named_and_the_other_partitions_are_compared_all_the_same()
    {
        await using var rig = await Rig.InMemory().StartAsync();
        for (var i = 0; i < 40; i++) await rig.SendAsync(Rig.Crm($"account-{i}"));
        rig.Journal.ReadAs = segment => segment.Partition == 3 ? throw new JournalDamagedException("The segment with position 1 of partition 3 is damaged.") : segment;

        var report = await VerifyAsync(rig);

        Assert.Equal("The segment with position 1 of partition 3 is damaged.", Assert.Single(report.Damages).What);
        Assert.Empty(report.Differences);
        Assert.InRange(report.Accounts, 20, 39);
        Assert.Equal([3], Enumerable.Range(0, 8).Where(partition => report.Positions[partition] == 0));
    }

    [Fact]
    public async Task There_is_one_at_a_time_and_a_stop_ends_it()
    {
        await using var rig = await Rig.InMemory().StartAsync();
        await rig.SendAsync(Rig.Crm("acme"));
        using var reached = new SemaphoreSlim(0);
        using var gate = new ManualResetEventSlim();
        rig.Journal.ReadAs = segment =>
        {
            reached.Release();
            gate.Wait(Rig.Patience);
            return segment;
        };
        var first = rig.Host.Verify(null, default);
        await reached.WaitAsync(Rig.Patience);
        Assert.Equal(ModelChangeOutcome.Busy, rig.Host.Verify(null, default).Outcome);

        var stopping = rig.Host.DisposeAsync().AsTask();
        Assert.Equal(ModelChangeOutcome.Unavailable, rig.Host.Verify(null, default).Outcome);
        gate.Set();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Verification!.WaitAsync(Rig.Patience));
        await stopping.WaitAsync(Rig.Patience);
    }

    private static Segment WithoutOne(Segment segment, ulong account)
    {
        var bytes = segment.Records.ToArray();
        for (var at = 0; at < bytes.Length;)
        {
            var record = new Record(bytes.AsSpan(at));
            if (record.Kind == RecordKind.Usage && record.AccountHash == account && record.Name.SequenceEqual("Contact Created"u8))
            {
                bytes[at + KindOffset] = (byte)RecordKind.Alias;
                break;
            }

            at += record.Length;
        }

        return segment with { Records = bytes };
    }

    private static async Task<VerifyReport> VerifyAsync(Rig rig)
    {
        var start = rig.Host.Verify(null, default);
        Assert.True(start.Outcome == ModelChangeOutcome.Begun, start.Detail);
        return await start.Verification!.WaitAsync(Rig.Patience);
    }

    private static Task<FleetState> UntilRebuiltAsync(Rig rig) => rig.UntilAsync(_ => rig.Host.Status.Rebuilding == 0);
}
