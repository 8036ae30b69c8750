using System.Text;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;
using Xunit;

namespace RealtimeAdoption.TestKit.Hosts;

/// <summary>
/// The life of one account on a running host, told day by day. Day 1 is 2026-01-01; every day begins at midnight, as it does for a server that nobody talks to, and what is told of it happens at
/// noon.
/// </summary>
public sealed class Chronicle : IAsyncDisposable
{
    private const string Account = "acme";
    private static readonly DateOnly Before = new(2025, 12, 31);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IHostRig rig;
    private int messages;
    private int told;

    private Chronicle(IHostRig rig) => this.rig = rig;

    /// <summary>1 and up.</summary>
    public int Day { get; private set; } = 1;

    /// <param name="rig">Not started; disposed with this.</param>
    public static async Task<Chronicle> BeginAsync(IHostRig rig)
    {
        ArgumentNullException.ThrowIfNull(rig);
        rig.Clock.AdvanceTo(Noon(1));
        await rig.StartAsync();
        return new Chronicle(rig);
    }

    public ValueTask DisposeAsync() => rig.DisposeAsync();

    public static DateOnly On(int day) => Before.AddDays(day);

    /// <summary>Every day from the next one up to this one, with what happens on each of them.</summary>
    public async Task UntilAsync(int day, Action<Today>? happens = null)
    {
        while (Day < day)
        {
            Day++;
            await ClockAsync(Noon(Day) - (12 * 3_600_000));
            await ClockAsync(Noon(Day));
            await TodayAsync(happens);
        }
    }

    /// <summary>More that happens on the day that it is.</summary>
    public async Task TodayAsync(Action<Today>? happens)
    {
        if (happens is null) return;
        using var batch = new IntakeBatch(rig.Host.Identity.Partitions);
        happens(new Today(this, batch));
        if (batch.Count == 0) return;
        Assert.Equal(IntakeStatus.Done, (await rig.Host.AppendAsync(batch, default).AsTask().WaitAsync(Patience)).Status);
        Assert.All(batch.Outcomes.ToArray(), outcome => Assert.Equal(IntakeOutcome.Accepted, outcome));
    }

    /// <summary>The host sleeps: no day passes for it until it wakes at noon of that day, when all of the missed ones do.</summary>
    public async Task SleepUntilAsync(int day)
    {
        await rig.StopAsync();
        Day = day;
        rig.Clock.AdvanceTo(Noon(day));
        await rig.StartAsync();
    }

    public async Task<AccountView> ViewAsync() => (await rig.Host.AccountAsync(Account, true, default))!;

    /// <summary>Live and lately resolved ones.</summary>
    public async Task<AlertView> AlertAsync(string key) => (await ViewAsync()).Alerts!.Single(alert => KeyOf(alert.Type, alert.Subject) == key);

    public async Task<IReadOnlyList<string>> LiveAsync() =>
        [.. (await ViewAsync()).Alerts!.Where(alert => alert.State != AlertState.Resolved).Select(alert => $"{KeyOf(alert.Type, alert.Subject)} {Word(alert.State)} {Word(alert.Severity)}")];

    /// <summary>
    /// What happened to its alerts since the last time, all of it and in order, each with its day: <c>12 opened stage_up info</c>, a severity that changed as <c>59 changed renewal_near notice > warning</c>.
    /// </summary>
    public async Task TellsAsync(params string[] expected)
    {
        var alerts = from change in await ChangesAsync() where change.Alert is not null select Told(change);
        var fresh = alerts.Skip(told).ToArray();
        told += fresh.Length;
        Assert.Equal(expected, fresh);
    }

    /// <summary>Every change of its band or its stage: <c>55 green > yellow</c>.</summary>
    public async Task<IReadOnlyList<string>> MovesAsync(ChangeType type) =>
        [.. from change in await ChangesAsync() where change.Type == type select $"{change.Day.DayNumber - Before.DayNumber} {change.From ?? "unknown"} > {change.To ?? "unknown"}"];

    public async Task<IReadOnlyList<Change>> ChangesAsync() =>
        [.. (await rig.Host.HistoryAsync(Account, long.MaxValue, 100_000, default))!.Reverse().Select(stored => stored.Change)];

    public static string Told(Change change)
    {
        var alert = change.Alert!;
        var verb = Word(change.Type)["alert_".Length..];
        var severity = change.Type switch
        {
            ChangeType.AlertChanged => $" {change.From} > {change.To}",
            ChangeType.AlertOpened or ChangeType.AlertReopened => $" {Word(alert.Severity)}",
            ChangeType.AlertResolved => $" {Word(alert.Resolution!)}",
            _ => "",
        };
        return $"{change.Day.DayNumber - Before.DayNumber} {verb} {KeyOf(alert.Type, alert.Subject)}{severity}";
    }

    private static string KeyOf(Scoring.Models.AlertType type, string subject) => subject.Length == 0 ? AlertKey.NameOf(type) : $"{AlertKey.NameOf(type)}:{subject}";

    private static string Word(Enum value) => string.Concat(value.ToString().Select((letter, i) => char.IsUpper(letter) && i > 0 ? $"_{letter}" : $"{letter}")).ToLowerInvariant();

    private async Task ClockAsync(long nowMs)
    {
        rig.Clock.AdvanceTo(nowMs);
        await rig.SettleAsync();
    }

    private static long Noon(int day) => new DateTimeOffset(On(day), new TimeOnly(12, 0), TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>What can happen to the account on a day.</summary>
    public sealed class Today(Chronicle chronicle, IntakeBatch batch)
    {
        /// <summary>A person's usage: so many events.</summary>
        public Today Does(string user, string name, int times, string? product = null)
        {
            for (var i = 0; i < times; i++) Send(RecordKind.Usage, name, user, product is null ? [] : [("product", PlainValue.OfText(product))]);
            return this;
        }

        /// <summary>A nightly job's report: no sign of life.</summary>
        public Today Reports(string name, string property, int value) => Send(RecordKind.Usage, name, null, [(property, PlainValue.OfNumber($"{value}"))]);

        public Today Answers(string user, int score) => Send(RecordKind.Usage, "NPS Submitted", user, [("score", PlainValue.OfNumber($"{score}"))]);

        /// <summary>From the CRM: the named traits change.</summary>
        public Today Knows(params (string Name, PlainValue Value)[] traits) => Send(RecordKind.Traits, "", null, traits);

        /// <summary>A call was made today.</summary>
        public Today IsCalled() => Knows(("last_contact", PlainValue.OfText($"{On(chronicle.Day):yyyy-MM-dd}")));

        public Today Buys(params (string Product, int Arr)[] lines) => Send(RecordKind.Profile, "", null,
        [
            ("name", PlainValue.OfText("Acme")), ("employees", PlainValue.OfNumber("400")), ("seats", PlainValue.OfNumber("10")), ("owner", PlainValue.OfText("dana")),
            ("last_contact", PlainValue.OfText($"{On(chronicle.Day):yyyy-MM-dd}")),
            ("contract", PlainValue.OfJson($"[{string.Join(',', lines.Select(line => $$"""{"product":"{{line.Product}}","start":"{{On(chronicle.Day):yyyy-MM-dd}}","end":null,"arr":{{line.Arr}}}"""))}]")),
        ]);

        /// <summary>A person acts on an alert: <c>type</c> or <c>type:subject</c>.</summary>
        public Today Acts(AlertVerb verb, string key, int? untilDay = null, bool untilWorse = false, string? assignee = null)
        {
            var parts = key.Split(':', 2);
            Assert.True(AlertKey.TryType(parts[0], out var type), key);
            var offset = batch.Records.Length;
            var action = new AlertAction { Verb = verb, Key = new AlertKey(type, parts.ElementAtOrDefault(1) ?? ""), By = "dana", Until = untilDay is { } day ? On(day) : null, UntilWorse = untilWorse, Assignee = assignee };
            action.Write(batch.Records, Draft());
            batch.End(offset);
            return this;
        }

        /// <summary>A person pins the band.</summary>
        public Today Pins(string? band, int untilDay, string reason)
        {
            var offset = batch.Records.Length;
            new PinRequest { Kind = OverrideKind.Band, Value = band, By = "dana", Reason = reason, Until = On(untilDay) }.Write(batch.Records, Draft());
            batch.End(offset);
            return this;
        }

        private RecordDraft Draft() => new() { Kind = default, Account = Encoding.UTF8.GetBytes(Account), Source = "people"u8, IdSeed = chronicle.rig.Host.Identity.IdSeed };

        private Today Send(RecordKind kind, string name, string? user, IReadOnlyList<(string, PlainValue)> properties)
        {
            var offset = batch.Records.Length;
            var send = new Send { Kind = kind, MessageId = $"m{chronicle.messages++}", Account = Account, User = user, Name = name, ReceivedAtMs = 0, Properties = properties };
            SendDraft.Begin(batch.Records, send, chronicle.rig.Host.Identity.IdSeed);
            batch.End(offset);
            return this;
        }
    }
}
