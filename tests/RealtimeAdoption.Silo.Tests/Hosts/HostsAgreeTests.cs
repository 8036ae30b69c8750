using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Embedded;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Silo.Tests.Grains;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Memory;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Silo.Tests.Hosts;

/// <summary>One generated workload, with repetitions, late and historic events, profiles and pins, through the embedded host and through three silos by the same clock: the same answers, and per account the same changes.</summary>
public sealed partial class HostsAgreeTests : IAsyncDisposable
{
    private const int Histories = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly JsonSerializerOptions Json = new() { Converters = { new WithoutModel() } };

    private readonly ClusterRig silos = new(3);
    private readonly EmbeddedHost embedded;
    private readonly ITestOutputHelper output;

    public HostsAgreeTests(ITestOutputHelper output)
    {
        this.output = output;
        embedded = new EmbeddedHost(
            new EmbeddedOptions { Partitions = GrainCluster.Partitions, Lanes = 2, RebuildQuietMs = 0 }, new MemoryJournal(), new MemorySnapshots(), silos.Clock, SampleModel.Text,
            text => new CompiledModel(ModelFileReader.ReadOrThrow(text, "model")), NullLogger<EmbeddedHost>.Instance);
    }

    [Fact]
    public async Task Both_hosts_answer_the_same_of_one_workload()
    {
        var seed = Environment.TickCount & 0xFFFFFF;
        output.WriteLine($"seed {seed}");
        var workload = Workload(seed);
        silos.Clock.AdvanceTo(workload[0].Sends[0].ReceivedAtMs);
        await silos.StartAsync();
        await embedded.StartAsync(default);
        foreach (var (nowMs, sends) in workload[..(workload.Count / 2)]) await DayAsync(nowMs, sends);
        await ActivateAsync(embedded);
        await ActivateAsync(silos.Host);
        foreach (var (nowMs, sends) in workload[(workload.Count / 2)..]) await DayAsync(nowMs, sends);
        await SettleAsync();

        string[] accounts = [.. workload.SelectMany(day => day.Sends).Select(send => send.Account).Distinct().Order(StringComparer.Ordinal)];
        foreach (var account in accounts) Assert.Equal(await TextAsync(embedded, account), await TextAsync(silos.Host, account));
        foreach (var sort in Enum.GetValues<AccountSort>()) Assert.Equal(await TextAsync(embedded, sort), await TextAsync(silos.Host, sort));
        foreach (var sort in Enum.GetValues<AlertSort>()) Assert.Equal(await TextAsync(embedded, sort), await TextAsync(silos.Host, sort));
        Assert.Equal(Text(await embedded.ScoreMoversAsync(default)), Text(await silos.Host.ScoreMoversAsync(default)));
    }

    public async ValueTask DisposeAsync()
    {
        await embedded.DisposeAsync();
        await silos.DisposeAsync();
    }

    // Each history's first day is moved to the same one, its accounts have names of their own, and all that came in two days is one batch.
    private static List<(long NowMs, List<Send> Sends)> Workload(int seed)
    {
        var sends = new List<Send>();
        for (var i = 0; i < Histories; i++)
        {
            var own = HistoryGenerator.Make(seed + i, SampleModel.Definition).Sends.ToList();
            var shift = (20_500 - Days.Of(own.Min(send => send.ReceivedAtMs))) * Days.MsPerDay;
            sends.AddRange(own.Select(send => send with
            {
                Account = $"{send.Account}-{i}", ReceivedAtMs = send.ReceivedAtMs + shift, TimestampMs = send.TimestampMs + shift, SentAtMs = send.SentAtMs + shift,
            }));
        }

        return [.. sends.OrderBy(send => send.ReceivedAtMs).GroupBy(send => Days.Of(send.ReceivedAtMs) / 2).Select(group => (group.Last().ReceivedAtMs, group.ToList()))];
    }

    private async Task DayAsync(long nowMs, List<Send> sends)
    {
        silos.Clock.AdvanceTo(nowMs);
        await SendAsync(embedded, sends);
        await SendAsync(silos.Host, sends);
        // What comes before a swap and what behind it would otherwise be each host's own affair.
        foreach (var account in sends.Select(send => send.Account).Distinct())
        {
            await RebuiltAsync(embedded, account);
            await RebuiltAsync(silos.Host, account);
        }
    }

    private static async Task ActivateAsync(IScoringHost host)
    {
        var start = await host.ActivateModelAsync(SampleModel.Text.Replace("at_least: 25, within_days: 30", "at_least: 3, within_days: 20", StringComparison.Ordinal), "dana", default);
        Assert.True(start.Outcome == ModelChangeOutcome.Begun, start.Detail);
        await start.Completion!.WaitAsync(Patience);
    }

    private async Task SettleAsync()
    {
        await silos.SettleAsync();
        using var patience = new CancellationTokenSource(Patience);
        while (embedded.ReadFleet() is var fleet && fleet.SettledDay != Days.ToDate(Days.Of(silos.Clock.NowMs))) await embedded.FleetChangedAsync(fleet.Version, patience.Token);
    }

    private static async Task SendAsync(IScoringHost host, List<Send> sends)
    {
        using var batch = new IntakeBatch(GrainCluster.Partitions);
        foreach (var send in sends)
        {
            var offset = batch.Records.Length;
            SendDraft.Begin(batch.Records, send, host.Identity.IdSeed);
            batch.End(offset);
        }

        Assert.Equal(IntakeStatus.Done, (await host.AppendAsync(batch, default)).Status);
    }

    private static async Task RebuiltAsync(IScoringHost host, string account)
    {
        using var patience = new CancellationTokenSource(Patience);
        while ((await host.AccountAsync(account, false, default))?.Rebuilding == true) await Task.Delay(5, patience.Token);
    }

    private static async Task<string> TextAsync(IScoringHost host, string account)
    {
        var view = await host.AccountAsync(account, true, default);
        if (view is null) return $"{account} is not known.";
        var changes = await host.HistoryAsync(account, long.MaxValue, 100_000, default);
        return $"{Text(view)}\n{Text(await host.UsersAsync(account, default))}\n{string.Join('\n', changes!.Select(change => Text(change.Change)))}";
    }

    private static async Task<string> TextAsync(IScoringHost host, AccountSort sort) =>
        string.Join('\n', (await host.AccountsAsync(new AccountQuery { Sort = sort, Limit = 1_000 }, default)).Rows.Select(Text));

    private static async Task<string> TextAsync(IScoringHost host, AlertSort sort)
    {
        var page = await host.AlertsAsync(new AlertQuery { Sort = sort, Limit = 1_000, GroupStorms = true }, default);
        return string.Join('\n', page.Rows.Select(Text).Concat(page.Storms.Select(Text)));
    }

    // A journal of silos holds the repetitions too.
    private static string Text<T>(T value) => Position().Replace(JsonSerializer.Serialize(value, Json), "");

    [GeneratedRegex("\"(From)?Position\":(\\d+|null),?", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Position();

    private sealed class WithoutModel : JsonConverter<CompiledModel>
    {
        public override CompiledModel Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, CompiledModel value, JsonSerializerOptions options) => writer.WriteStringValue(value.Definition.Version);
    }
}
