using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Overrides;
using RealtimeAdoption.Scoring.Records;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Scoring.Tests.Accounts;

/// <summary>One account driven by hand: days are counted from the first one, day 0.</summary>
internal sealed class AccountFixture : IDisposable
{
    public const int FirstDay = 20_000;

    private readonly RecordBuffer buffer = new();
    private readonly List<(long Position, ReadOnlyMemory<byte> Record)> history = [];
    private AccountState state;

    public AccountFixture(AdoptionModel model)
    {
        Model = new CompiledModel(model);
        state = AccountActor.Create(Model, "acme"u8, FirstDay);
    }

    public CompiledModel Model { get; private set; }

    /// <summary>Every day's tick, due or not.</summary>
    public bool IsTickedDaily { get; init; }

    /// <summary>Records are kept, for rebuilds.</summary>
    public bool KeepsHistory { get; init; }

    public int Ticks { get; private set; }

    public int Today { get; private set; }

    public long Position { get; private set; }

    public ChangeList Changes { get; } = [];

    public ref AccountState State => ref state;

    public void Dispose() => buffer.Dispose();

    public AccountView View => AccountActor.View(Model, ref state, FirstDay + Today, explain: true);

    public static DateOnly Date(int day) => Days.ToDate(FirstDay + day);

    /// <summary>Events of that name, on a day (today if not said), each with its own instant.</summary>
    public void Events(string name, int count, int? day = null, string? user = null, RecordFlags flags = RecordFlags.None, params (string Name, Scalar Value)[] properties)
    {
        for (var i = 0; i < count; i++) Apply(Draft(RecordKind.Usage, name, user, properties), day ?? Today, flags, Position);
    }

    public void Put(params (string Name, Scalar Value)[] fields) => Apply(Draft(RecordKind.Profile, "", null, fields), Today, RecordFlags.None, 0);

    /// <summary>Some fields only; the others stay.</summary>
    public void Traits(params (string Name, Scalar Value)[] fields) => Apply(Draft(RecordKind.Traits, "", null, fields), Today, RecordFlags.None, 0);

    public AccountEffects Act(AlertAction action) => Person(action.Write);

    public AccountEffects Pin(PinRequest pin) => Person(pin.Write);

    private AccountEffects Person(WritePerson write)
    {
        buffer.Clear();
        write(buffer, new RecordDraft { Kind = default, Account = "acme"u8 });
        buffer.End();
        return Apply(buffer.Writable, Today, RecordFlags.None, 0);
    }

    private delegate void WritePerson(RecordBuffer records, in RecordDraft of);

    /// <summary>Null: there is none to be read.</summary>
    public AlertView? Alert(AlertType type, string subject = "") => View.Alerts!.SingleOrDefault(alert => alert.Type == type && alert.Subject == subject);

    /// <summary>The score, where the model is made for it: each later than the one before.</summary>
    public void Mood(int score) => Apply(Draft(RecordKind.Usage, "Mood", null, [TinyModel.Number("value", $"{score}")]), Today, RecordFlags.None, 10_000 + Position);

    /// <summary>What has been told of alerts and pins since it was asked last: with the figures' day.</summary>
    public List<string> Told()
    {
        var told = Changes.Where(change => change.Alert is not null || change.Override is not null)
            .Select(change => change.Alert is { } alert
                ? $"{change.Day.DayNumber - Date(0).DayNumber} {change.Type} {alert.Type}{(alert.Subject.Length > 0 ? ":" : "")}{alert.Subject} {alert.Severity}{(alert.Resolution is { } why ? $" {why}" : "")}"
                : $"{change.Day.DayNumber - Date(0).DayNumber} {change.Type} {change.Override!.Kind} {change.From ?? "-"} {change.To ?? "-"}").ToList();
        Changes.Clear();
        return told;
    }

    /// <summary>The next judgement asks all alerts, whatever could be spared.</summary>
    public void JudgeAllNext() => AlertJudge.Reset(new AccountBlock(Model, ref state));

    /// <summary>One day goes by. With <paramref name="always"/> the account is asked though it is not due, and spares nothing.</summary>
    public void NextDay(bool always)
    {
        if (!always)
        {
            To(Today + 1);
            return;
        }

        Today++;
        Position++;
        JudgeAllNext();
        AccountActor.Tick(Model, ref state, FirstDay + Today, Position, Changes);
    }

    public void Contract(string json)
    {
        buffer.Clear();
        buffer.Begin(new RecordDraft { Kind = RecordKind.Profile, Account = "acme"u8 });
        buffer.Add(json == "null" ? PropertyKind.Null : PropertyKind.Json, "contract"u8, json == "null" ? [] : Encoding.UTF8.GetBytes(json));
        buffer.End();
        Apply(buffer.Writable, Today, RecordFlags.None, 0);
    }

    /// <summary>Days go by as a partition lets them: the account is asked only when it is due.</summary>
    public void To(int day)
    {
        while (Today < day)
        {
            Today++;
            Position++;
            if (!IsTickedDaily && AccountActor.NextDueDay(state) > FirstDay + Today) continue;
            Ticks++;
            AccountActor.Tick(Model, ref state, FirstDay + Today, Position, Changes);
        }
    }

    /// <summary>The state from all records so far, under that model.</summary>
    public AccountState Rebuild(CompiledModel model) => AccountActor.Rebuild(model, "acme"u8, history, FirstDay + Today);

    /// <summary>A rebuild of all records so far, swapped in at once.</summary>
    public void Swap() => AccountActor.Swap(Model, ref state, Rebuild(Model), Position++, Position, FirstDay + Today, Now, Changes);

    /// <summary>Another model, swapped in at once.</summary>
    public void Activate(AdoptionModel model)
    {
        var old = Model;
        Model = new CompiledModel(model);
        AccountActor.SwapModel(old, ref state, Model, Rebuild(Model), Position++, Position, FirstDay + Today, Now, Changes);
    }

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(Days.StartMs(FirstDay + Today));

    public Span<byte> Draft(RecordKind kind, string name, string? user, (string Name, Scalar Value)[] properties, string messageId = "")
    {
        buffer.Clear();
        buffer.Begin(new RecordDraft
        {
            Kind = kind,
            Account = "acme"u8,
            Name = Encoding.UTF8.GetBytes(name),
            User = Encoding.UTF8.GetBytes(user ?? ""),
            MessageId = Encoding.UTF8.GetBytes(messageId),
        });
        foreach (var (property, value) in properties)
        {
            var bytes = value.Kind == ScalarKind.Boolean ? [(byte)(value.Text == "true" ? 1 : 0)] : Encoding.UTF8.GetBytes(value.Text);
            buffer.Add((PropertyKind)(byte)value.Kind, Encoding.UTF8.GetBytes(property), bytes);
        }

        buffer.End();
        return buffer.Writable;
    }

    public AccountEffects Apply(Span<byte> record, int day, RecordFlags flags, long ms)
    {
        Record.Stamp(record, Days.StartMs(FirstDay + Today) + 86_000_000, Days.StartMs(FirstDay + day) + ms, flags);
        var position = ++Position;
        if (KeepsHistory) history.Add((position, record.ToArray()));
        return AccountActor.Apply(Model, ref state, new Record(record), position, FirstDay + Today, Changes);
    }
}
