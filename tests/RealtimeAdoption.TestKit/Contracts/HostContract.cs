using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Hosts;
using RealtimeAdoption.TestKit.Reference;
using Xunit;

namespace RealtimeAdoption.TestKit.Contracts;

/// <summary>What doors and answers rely on, whatever the host: what is answered done is durable, and in every answer after it, whomever one asks.</summary>
public abstract class HostContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>2026-11-02 12:00 UTC.</summary>
    private static readonly long Start = new DateTimeOffset(2026, 11, 2, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static readonly string Strict = SampleModel.Text
        .Replace("at_least: 25, within_days: 30", "at_least: 40, within_days: 30", StringComparison.Ordinal)
        .Replace("\"2026-11\"", "\"strict\"", StringComparison.Ordinal);

    /// <summary>Not started.</summary>
    protected abstract IHostRig NewRig();

    [Fact]
    public async Task What_is_answered_done_is_read_at_once_whatever_partitions_it_lies_in()
    {
        await using var rig = await BeginAsync();
        string[] accounts = [.. Enumerable.Range(0, 40).Select(i => $"account-{i}")];

        var outcomes = await SendAsync(rig, [.. accounts.SelectMany(Crm)]);

        Assert.All(outcomes, outcome => Assert.Equal(IntakeOutcome.Accepted, outcome));
        foreach (var account in accounts)
        {
            var view = await rig.Host.AccountAsync(account, true, default);
            Assert.True(view!.Products[0].Adopted);
            Assert.Equal(Partitioning.Of(StableHash.Of(account), rig.Host.Identity.Partitions), view.Partition);
        }

        Assert.Null(await rig.Host.AccountAsync("nobody", false, default));
        Assert.Null(await rig.Host.UsersAsync("nobody", default));
        Assert.Null(await rig.Host.HistoryAsync("nobody", long.MaxValue, 10, default));
        Assert.Equal("u1", Assert.Single((await rig.Host.UsersAsync("account-7", default))!).User);
        Assert.Empty(await SendAsync(rig));
        Assert.Empty(await rig.Host.QuarantineAsync(default));
        Assert.False(await rig.Host.ReleaseAsync(0, 1, default));
    }

    [Fact]
    public async Task What_parallel_senders_send_twice_counts_once()
    {
        await using var rig = await BeginAsync();
        var batches = Enumerable.Range(0, 40).Select(b => Enumerable.Range(0, 50).Select(i => Event($"m{b}-{i}", $"account-{(b + i) % 30}")).ToArray()).ToArray();

        await Parallel.ForEachAsync(batches.Concat(batches), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (batch, _) => await SendAsync(rig, batch));

        decimal total = 0;
        for (var i = 0; i < 30; i++) total += await ContactsAsync(rig, $"account-{i}");
        Assert.Equal(2_000, total);
    }

    [Fact]
    public async Task Pages_hold_every_account_once_and_in_order_and_so_do_those_of_alerts()
    {
        await using var rig = await BeginAsync();
        await SendAsync(rig, [.. Enumerable.Range(0, 25).SelectMany(i => Crm($"account-{i:00}"))]);
        await SendAsync(rig, [.. Enumerable.Range(25, 10).Select(i => Event("m1", $"account-{i:00}"))]);
        foreach (var sort in Enum.GetValues<AccountSort>())
        {
            var rows = new List<FleetRow>();
            for (AccountCursor? after = null; ;)
            {
                var page = await rig.Host.AccountsAsync(new AccountQuery { Sort = sort, Limit = 8, After = after }, default);
                Assert.InRange(page.Rows.Count, 1, 8);
                rows.AddRange(page.Rows);
                if ((after = page.Next) is null) break;
            }

            Assert.Equal(35, rows.Select(row => row.Account.Account).Distinct().Count());
            Assert.Equal(rows.Order(new AccountOrder(sort)).Select(row => row.Account.Account), rows.Select(row => row.Account.Account));
        }

        Assert.Equal(25, (await rig.Host.AccountsAsync(new AccountQuery { Product = "crm" }, default)).Rows.Count);
        Assert.Empty((await rig.Host.AccountsAsync(new AccountQuery { Product = "nothing" }, default)).Rows);
        await AlertsAreWholeAsync(rig);
    }

    [Fact]
    public async Task A_history_is_told_from_its_end_and_a_feed_from_its_beginning_without_a_gap_stored_or_not()
    {
        await using var rig = await BeginAsync();
        await SendAsync(rig, Crm("acme"));
        var first = await rig.Host.HistoryAsync("acme", long.MaxValue, 100, default);
        await rig.StopAsync();
        await rig.StartAsync();
        rig.Clock.AdvanceTo(Start + (40 * Days.MsPerDay));
        await rig.SettleAsync();

        var history = await rig.Host.HistoryAsync("acme", long.MaxValue, 100, default);
        Assert.Equal(history!.Select(change => change.Sequence).OrderDescending(), history!.Select(change => change.Sequence));
        Assert.Equal(first!.Select(change => change.Change.Type), history!.TakeLast(first!.Count).Select(change => change.Change.Type));
        Assert.Contains(history!, change => change.Change.Type == ChangeType.ProductLapsed);
        Assert.Equal(history![3].Sequence, Assert.Single((await rig.Host.HistoryAsync("acme", history[2].Sequence, 1, default))!).Sequence);

        var feed = new List<StoredChange>();
        while (await rig.Host.FeedAsync(Partitioning.Of(StableHash.Of("acme"), rig.Host.Identity.Partitions), feed.Count, 3, default) is { Count: > 0 } more) feed.AddRange(more);
        Assert.Equal(Enumerable.Range(1, feed.Count).Select(number => (long)number), feed.Select(change => change.Sequence));
        Assert.Equal(history!.Select(change => change.Sequence).Order(), feed.Where(change => change.AccountHash == StableHash.Of("acme")).Select(change => change.Sequence));
        Assert.Empty(await rig.Host.FeedAsync(rig.Host.Identity.Partitions, 0, 10, default));
    }

    [Fact]
    public async Task Those_that_moved_most_are_found_over_all_partitions()
    {
        await using var rig = await BeginAsync();
        await SendAsync(rig, [.. Enumerable.Range(0, 12).SelectMany(i => Crm($"account-{i:00}"))]);
        // Nobody has been there since, which all of them are rated down for.
        rig.Clock.AdvanceTo(Start + (2 * Days.MsPerDay));
        await rig.SettleAsync();

        var movers = await rig.Host.ScoreMoversAsync(default);

        Assert.Equal(["account-00", "account-01", "account-02", "account-03", "account-04"], movers.DayDown.Select(move => move.Account.Account));
        Assert.All(movers.DayDown, move => Assert.True(move.ChangeTenths < 0));
        Assert.Empty(movers.DayUp);
    }

    [Fact]
    public async Task A_users_account_is_found_as_soon_as_the_group_call_is_answered_and_the_last_one_stands()
    {
        await using var rig = await BeginAsync();
        Assert.False(rig.Host.TryFindAccount("u9"u8, out _));
        for (var i = 0; i < 20; i++)
        {
            await SendAsync(rig, Group("u9", $"account-{i}"));
            for (var asked = 0; asked < 3; asked++)
            {
                Assert.True(rig.Host.TryFindAccount("u9"u8, out var account));
                Assert.Equal($"account-{i}", account);
            }
        }

        await rig.StopAsync();
        await rig.StartAsync();
        Assert.True(rig.Host.TryFindAccount("u9"u8, out var last));
        Assert.Equal("account-19", last);
    }

    [Fact]
    public async Task A_model_that_is_activated_is_in_force_for_every_account_whomever_one_asks_and_after_a_restart()
    {
        await using var rig = await BeginAsync();
        await SendAsync(rig, [.. Enumerable.Range(0, 20).SelectMany(i => Crm($"account-{i}"))]);
        Assert.Equal(ModelChangeOutcome.Unchanged, (await rig.Host.ActivateModelAsync(SampleModel.Text, "dana", default)).Outcome);
        var refused = await rig.Host.ActivateModelAsync("products: 7", "dana", default);
        Assert.Equal((ModelChangeOutcome.Invalid, true), (refused.Outcome, refused.Errors.Count > 0));

        var start = await rig.Host.ActivateModelAsync(Strict, "dana", default);

        Assert.Equal((ModelChangeOutcome.Begun, "strict"), (start.Outcome, start.Model));
        await start.Completion!.WaitAsync(Patience);
        await IsStrictAsync(rig);
        await rig.StopAsync();
        await rig.StartAsync();
        await IsStrictAsync(rig);
        Assert.Equal(ModelChangeOutcome.Unchanged, (await rig.Host.ActivateModelAsync(Strict, "dana", default)).Outcome);
    }

    [Fact]
    public async Task A_preview_says_what_a_model_would_move_and_a_verification_that_every_account_is_what_the_journal_makes_of_it()
    {
        await using var rig = await BeginAsync();
        await SendAsync(rig, [.. Enumerable.Range(0, 20).SelectMany(i => Crm($"account-{i}"))]);
        Assert.Equal(ModelChangeOutcome.Invalid, rig.Host.PreviewModel("products: 7", null, default).Outcome);

        var start = rig.Host.PreviewModel(Strict, null, default);
        Assert.Equal((ModelChangeOutcome.Begun, "strict"), (start.Outcome, start.Model));
        var preview = await start.Preview!.WaitAsync(Patience);

        Assert.Equal((20, 20, 20, 20, 0), (preview.Accounts, preview.Counts.Moved, preview.Counts.ProductsLost, preview.Moves.Count, preview.MovesOmitted));
        Assert.Equal((20, 20), (preview.Shift.StagesBefore["single_product"], preview.Shift.StagesAfter["not_adopted"]));
        var move = preview.Moves.Single(move => move.Account == "account-7");
        Assert.Equal(("single_product", "not_adopted"), (move.Before.Stage, move.After.Stage));
        Assert.Contains(move.Changes, change => change.Type == ChangeType.StageChanged);
        Assert.Contains("crm: contacts_created 25 of 40 within 30 days", move.Because);
        Assert.Equal("2026-11", (await rig.Host.AccountAsync("account-7", false, default))!.Model);

        var verification = rig.Host.Verify(null, default);
        Assert.True(verification.Outcome == ModelChangeOutcome.Begun, verification.Detail);
        var report = await verification.Verification!.WaitAsync(Patience);
        Assert.True(report.IsSame, string.Join('\n', report.Differences));
        Assert.Equal(20, report.Accounts);
        Assert.True(report.Changes > 0 && report.Records >= 700, report.ToString());
    }

    private static async Task IsStrictAsync(IHostRig rig)
    {
        for (var i = 0; i < 20; i++)
        {
            var view = await rig.Host.AccountAsync($"account-{i}", false, default);
            Assert.Equal(("strict", false), (view!.Model, view.Products[0].Adopted));
            var host = rig.Host;
            Assert.Equal(("strict", null), (host.Model.Definition.Version, host.Activation));
            Assert.Equal(Strict, host.ModelText);
            var swapped = await rig.Host.HistoryAsync($"account-{i}", long.MaxValue, 100, default);
            Assert.Contains(swapped!, change => change.Change is { Type: ChangeType.StageChanged, Cause.Kind: CauseKind.Model, To: "not_adopted" });
        }

        Assert.Empty((await rig.Host.AccountsAsync(new AccountQuery { Product = "crm" }, default)).Rows);
    }

    private static async Task AlertsAreWholeAsync(IHostRig rig)
    {
        var all = (await rig.Host.AlertsAsync(new AlertQuery { Limit = 1_000 }, default)).Rows;
        Assert.Contains(all, alert => alert.Account.Account == "account-03");
        foreach (var sort in Enum.GetValues<AlertSort>())
        {
            var rows = new List<FleetAlert>();
            for (AlertCursor? after = null; ;)
            {
                var page = await rig.Host.AlertsAsync(new AlertQuery { Sort = sort, Limit = 20, After = after }, default);
                rows.AddRange(page.Rows);
                if ((after = page.Next) is null) break;
            }

            Assert.Equal(all.Select(alert => alert.Id).Order(), rows.Select(alert => alert.Id).Order());
            Assert.Equal(rows.Order(new AlertOrder(sort)).Select(alert => alert.Id), rows.Select(alert => alert.Id));
            Assert.All(rows, alert => Assert.NotEqual("", alert.Alert.Reason));
        }

        var grouped = await rig.Host.AlertsAsync(new AlertQuery { GroupStorms = true, Limit = 1_000 }, default);
        Assert.Equal(all.Count, grouped.Rows.Count + grouped.Storms.Sum(storm => storm.Count));
        Assert.NotEmpty(grouped.Storms);
    }

    private async Task<IHostRig> BeginAsync()
    {
        var rig = NewRig();
        rig.Clock.AdvanceTo(Start);
        await rig.StartAsync();
        return rig;
    }

    private static async Task<IntakeOutcome[]> SendAsync(IHostRig rig, params Send[] sends)
    {
        using var batch = rig.Batch(sends);
        var answer = await rig.Host.AppendAsync(batch, default).AsTask().WaitAsync(Patience);
        Assert.True(answer.Status == IntakeStatus.Done, answer.Reason);
        return batch.Outcomes.ToArray();
    }

    private static async Task<decimal> ContactsAsync(IHostRig rig, string account) => (await rig.Host.AccountAsync(account, false, default))!.Products[0].Criteria[0].Value ?? 0;

    private static Send Event(string id, string account, string name = "Contact Created") => new() { MessageId = id, Account = account, User = "u1", Name = name, ReceivedAtMs = 0 };

    // 25 contacts and 10 activities: crm is adopted at once.
    private static Send[] Crm(string account) =>
        [.. Enumerable.Range(0, 25).Select(i => Event($"c{i}", account)), .. Enumerable.Range(0, 10).Select(i => Event($"a{i}", account, "Activity Logged"))];

    private static Send Group(string user, string account) => new() { Kind = RecordKind.Directory, MessageId = $"g-{user}-{account}", Account = account, User = user, ReceivedAtMs = 0 };
}
