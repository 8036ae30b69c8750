using System.Text.Json;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>Preview and activation in the host: what a preview says is what the activation does, and records keep flowing.</summary>
public sealed class ModelChangeTests
{
    private static readonly string Strict = SampleModel.Text
        .Replace("at_least: 25, within_days: 30", "at_least: 40, within_days: 30", StringComparison.Ordinal)
        .Replace("\"2026-11\"", "\"strict\"", StringComparison.Ordinal);

    private static readonly string Renamed = SampleModel.Text
        .Replace("single_product", "just_one", StringComparison.Ordinal)
        .Replace("\"2026-11\"", "\"renamed\"", StringComparison.Ordinal);

    [Fact]
    public async Task What_a_preview_says_over_a_million_events_is_what_the_activation_does_account_for_account()
    {
        await using var rig = Rig.OnDisk();
        rig.Options.PreviewMovesMax = 1_000_000;
        await rig.StartAsync();
        var traffic = new Crowd(seed: 7, accounts: 2_000, eventsEach: 500);
        await traffic.SendAsync(rig, events: 1_000_000);
        await rig.UntilAsync(state => state.Counts.Events >= 1_000_000);
        var before = await StandingsAsync(rig);

        var preview = await PreviewAsync(rig, Strict);
        Assert.Equal((2_000, 0, 0), (preview.Accounts, preview.MovesOmitted, preview.Troubles.Count));
        Assert.InRange(preview.Counts.Moved, 100, 1_900);
        Assert.Equal(before, await StandingsAsync(rig));

        await ActivateAsync(rig, Strict);

        var after = await StandingsAsync(rig);
        Assert.All(after.Values, standing => Assert.Equal("strict", standing.Model));
        HoldMoves(preview, before, after, except: []);
        await HoldChangesAsync(rig, preview);
        await rig.UntilAsync(state => state.Counts.Accounts == after.Count);

        await rig.RestartAsync();
        Assert.Equal(after, await StandingsAsync(rig));
        Assert.Equal((Strict, null), (rig.Host.ModelText, rig.Host.Activation));
    }

    [Fact]
    public async Task With_traffic_only_accounts_with_records_after_the_preview_differ_and_every_answer_is_of_one_model()
    {
        await using var rig = await Rig.InMemory().StartAsync();
        var traffic = new Crowd(seed: 11, accounts: 400, eventsEach: 150);
        await traffic.SendAsync(rig, events: 60_000);
        var before = await StandingsAsync(rig);
        var preview = await PreviewAsync(rig, Strict);

        using var stop = new CancellationTokenSource();
        var later = new Crowd(seed: 12, accounts: 100, eventsEach: 150);
        var sending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await later.SendAsync(rig, events: 500);
        });
        var reading = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                for (var account = 0; account < 400; account += 37)
                {
                    var view = (await rig.Host.AccountAsync($"account-{account}", explain: false, default))!;
                    Assert.Equal(view.Model == "strict" ? 40 : 25, view.Products[0].Criteria[0].AtLeast);
                }
            }
        });
        await ActivateAsync(rig, Strict);
        await stop.CancelAsync();
        await Task.WhenAll(sending, reading);

        HoldMoves(preview, before, await StandingsAsync(rig), except: later.Touched);
        Assert.Equal(60_000 + later.Sent, rig.Host.ReadFleet().Counts.Events);
    }

    [Fact]
    public async Task A_stop_in_the_midst_of_an_activation_is_gone_on_from_and_lists_find_accounts_of_both_models_meanwhile()
    {
        await using var rig = Rig.InMemory();
        rig.Options.RebuildWorkers = 1;
        await rig.StartAsync();
        foreach (var account in Enumerable.Range(0, 40)) await rig.SendAsync(Rig.Crm($"account-{account}"));
        var start = await rig.Host.ActivateModelAsync(Renamed, "dana", default);
        Assert.Equal((ModelChangeOutcome.Begun, "renamed"), (start.Outcome, start.Model));
        await rig.StopAsync();

        // The first partition's beginning is durable, so the model comes whatever happened to the others.
        await rig.StartAsync();
        await rig.UntilAsync(fleet => fleet.Activation is null && rig.Host.Model.Definition.Version == "renamed");
        await rig.UntilAsync(fleet => fleet.Counts.ByStage[1] == 40);
        var page = await rig.Host.AccountsAsync(new AccountQuery { Stage = "just_one", Limit = 100 }, default);
        Assert.Equal(40, page.Rows.Count);
        Assert.Empty((await rig.Host.AccountsAsync(new AccountQuery { Stage = "single_product" }, default)).Rows);
        await rig.RestartAsync();
        Assert.Equal((Renamed, null), (rig.Host.ModelText, rig.Host.Activation));
    }

    [Fact]
    public async Task A_partition_whose_history_cannot_be_read_is_told_of_the_others_take_the_model_and_it_follows_when_it_can()
    {
        await using var rig = Rig.InMemory();
        rig.Options.RebuildWorkers = 1;
        await rig.StartAsync();
        foreach (var account in Enumerable.Range(0, 40)) await rig.SendAsync(Rig.Crm($"account-{account}"));
        var unreadable = (await rig.Host.AccountAsync("account-0", explain: false, default))!.Partition;
        rig.Journal.Unreadable = unreadable;
        var start = await rig.Host.ActivateModelAsync(Strict, "dana", default);

        var fleet = await rig.UntilAsync(state => state.Activation is { Stuck: not null, Progress.Partitions: 7 });
        var stuck = fleet.Activation!.Stuck!;
        Assert.Equal((1, unreadable, "The test wants this partition not to be read."), (stuck.Partitions, stuck.First, stuck.Reason));
        Assert.Equal(Rig.Start, stuck.Since.ToUnixTimeMilliseconds());
        Assert.Equal((true, 7), (rig.Host.Status.Ready, rig.Host.Activation!.Progress.Partitions));
        Assert.Equal(
            $"Ready; model strict is being activated: 7 of 8 partitions have it. It is stuck: the history of partition {unreadable} cannot be read since 2026-11-02 12:00:00 UTC "
            + "(The test wants this partition not to be read.); it is tried again by itself. The other partitions go on.",
            rig.Host.Status.Detail);
        // Under the model before, it takes its events.
        await rig.SendAsync(Rig.Event("late", "account-0"));
        Assert.Equal(26, await rig.ContactsAsync("account-0"));

        rig.Journal.Unreadable = null;
        await start.Completion!.WaitAsync(Rig.Patience);
        Assert.Equal((null, "Ready."), (rig.Host.Activation, rig.Host.Status.Detail));
        Assert.All((await StandingsAsync(rig)).Values, standing => Assert.Equal("strict", standing.Model));
        Assert.Equal(26, await rig.ContactsAsync("account-0"));
    }

    [Fact]
    public async Task A_second_activation_waits_the_same_text_has_no_effect_and_what_is_not_valid_is_refused_with_every_error()
    {
        await using var rig = await Rig.InMemory().StartAsync();
        await rig.SendAsync(Rig.Crm("acme"));
        Assert.Equal(ModelChangeOutcome.Unchanged, (await rig.Host.ActivateModelAsync(SampleModel.Text, "", default)).Outcome);

        var wrong = Strict.Replace("within_days: 30", "within_days: 300", StringComparison.Ordinal);
        var refused = await rig.Host.ActivateModelAsync(wrong, "", default);
        Assert.Equal(ModelChangeOutcome.Invalid, refused.Outcome);
        Assert.True(refused.Errors.Count > 5);
        Assert.Equal(refused.Errors, rig.Host.PreviewModel(wrong, null, default).Errors);

        var first = await rig.Host.ActivateModelAsync(Strict, "", default);
        if (!first.Completion!.IsCompleted)
        {
            Assert.Equal(ModelChangeOutcome.Busy, (await rig.Host.ActivateModelAsync(Renamed, "", default)).Outcome);
            Assert.Equal(ModelChangeOutcome.Busy, rig.Host.PreviewModel(Renamed, null, default).Outcome);
        }

        await first.Completion.WaitAsync(Rig.Patience);
        Assert.Equal("strict", rig.Host.Model.Definition.Version);
    }

    [Fact]
    public async Task There_is_one_preview_at_a_time_and_it_ends_when_its_caller_or_an_activation_says_so()
    {
        await using var rig = await Rig.InMemory().StartAsync();
        await new Crowd(seed: 3, accounts: 200, eventsEach: 150).SendAsync(rig, events: 20_000);
        using var cancel = new CancellationTokenSource();
        var gate = new Gate();
        var preview = rig.Host.PreviewModel(Strict, gate, cancel.Token);
        Assert.Equal(ModelChangeOutcome.Begun, preview.Outcome);
        await gate.Reached.Task.WaitAsync(Rig.Patience);
        Assert.Equal(ModelChangeOutcome.Busy, rig.Host.PreviewModel(Strict, null, default).Outcome);
        await cancel.CancelAsync();
        gate.Open.Set();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => preview.Preview!.WaitAsync(Rig.Patience));

        gate = new Gate();
        preview = rig.Host.PreviewModel(Strict, gate, default);
        await gate.Reached.Task.WaitAsync(Rig.Patience);
        var activation = await rig.Host.ActivateModelAsync(Renamed, "", default);
        gate.Open.Set();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => preview.Preview!.WaitAsync(Rig.Patience));
        await activation.Completion!.WaitAsync(Rig.Patience);
        Assert.Equal("renamed", (await PreviewAsync(rig, Strict)).From);
    }

    private static async Task<ModelPreview> PreviewAsync(Rig rig, string text)
    {
        var seen = new List<ModelProgress>();
        var start = rig.Host.PreviewModel(text, new Collector(seen), default);
        Assert.Equal(ModelChangeOutcome.Begun, start.Outcome);
        var preview = await start.Preview!.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(seen.OrderBy(progress => progress.Records).ThenBy(progress => progress.Partitions), seen);
        Assert.Equal((8, 8, seen[^1].RecordsInAll), (seen[^1].Partitions, seen[^1].PartitionsInAll, seen[^1].Records));
        return preview;
    }

    private static async Task ActivateAsync(Rig rig, string text)
    {
        var start = await rig.Host.ActivateModelAsync(text, "dana", default).AsTask().WaitAsync(Rig.Patience);
        Assert.Equal(ModelChangeOutcome.Begun, start.Outcome);
        await start.Completion!.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Null(rig.Host.Activation);
    }

    private static async Task<Dictionary<string, (string Model, string Standing)>> StandingsAsync(Rig rig)
    {
        var standings = new Dictionary<string, (string, string)>();
        AccountCursor? after = null;
        do
        {
            var page = await rig.Host.AccountsAsync(new AccountQuery { Limit = 1_000, After = after }, default);
            foreach (var row in page.Rows.Select(found => found.Account))
            {
                var view = (await rig.Host.AccountAsync(row.Account, explain: false, default))!;
                var alerts = (view.Alerts ?? []).Where(alert => alert.State != AlertState.Resolved).Select(alert => $"{alert.Type} {alert.Subject} {alert.Severity}");
                standings.Add(row.Account, (view.Model, Text(
                    row.StageId, row.Band, view.Health?.Score, view.Products.Where(product => product.Adopted).Select(product => product.Product), alerts)));
            }

            after = page.Next;
        }
        while (after is not null);
        return standings;
    }

    private static string Text(AccountStanding standing) => Text(
        standing.Stage, standing.Band, standing.Score, standing.Products, standing.Alerts.Select(alert => $"{alert.Type} {alert.Subject} {alert.Severity}"));

    private static string Text(string stage, Band band, decimal? score, IEnumerable<string> products, IEnumerable<string> alerts) =>
        $"{stage} {band} {score} [{string.Join(' ', products)}] [{string.Join(", ", alerts)}]";

    private static void HoldMoves(
        ModelPreview preview, Dictionary<string, (string Model, string Standing)> before, Dictionary<string, (string Model, string Standing)> after, HashSet<string> except)
    {
        var moves = preview.Moves.ToDictionary(move => move.Account);
        foreach (var (account, (_, standing)) in after)
        {
            if (except.Contains(account)) continue;
            Assert.Equal(before[account].Standing, moves.TryGetValue(account, out var move) ? Text(move.Before) : before[account].Standing);
            Assert.Equal(move is null ? before[account].Standing : Text(move.After), standing);
        }
    }

    /// <summary>The changes that the activation has recorded are those that the preview told, but for where and when.</summary>
    private static async Task HoldChangesAsync(Rig rig, ModelPreview preview)
    {
        foreach (var move in preview.Moves)
        {
            var history = await rig.Host.HistoryAsync(move.Account, long.MaxValue, 100, default);
            var told = history!.Select(stored => stored.Change).Where(change => change.Cause.Kind == CauseKind.Model).OrderBy(change => change.Ordinal);
            Assert.Equal(move.Changes.Select(Comparable), told.Select(Comparable));
        }
    }

    private static string Comparable(Change change) =>
        JsonSerializer.Serialize(change with { Position = 0, At = default, Cause = change.Cause with { Position = 0 } });

    private sealed class Collector(List<ModelProgress> seen) : IProgress<ModelProgress>
    {
        public void Report(ModelProgress value) => seen.Add(value);
    }

    /// <summary>Holds a preview up at its first report.</summary>
    private sealed class Gate : IProgress<ModelProgress>
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim Open { get; } = new();

        public void Report(ModelProgress value)
        {
            Reached.TrySetResult();
            Open.Wait(Rig.Patience);
        }
    }
}
