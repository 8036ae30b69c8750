using System.Text;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// The one record, tick or swap whose effects are being told: it makes the changes, numbers them and names their cause. The cause is made only when a change asks for it, for most
/// occasions have none.
/// </summary>
internal readonly ref struct Occasion
{
    private readonly Record record;
    private readonly long position;
    private readonly int day;
    private readonly ChangeList changes;
    private readonly int first;

    private Occasion(CauseKind kind, Record record, long position, int day, long atMs, ChangeList changes)
    {
        Kind = kind;
        AtMs = atMs;
        this.record = record;
        this.position = position;
        this.day = day;
        this.changes = changes;
        first = changes.Count;
    }

    public CauseKind Kind { get; }

    /// <summary>Of the record, tick or swap.</summary>
    public long Position => position;

    /// <summary>Receipt of the record; for a tick its day's start.</summary>
    public long AtMs { get; }

    public DateTimeOffset At => DateTimeOffset.FromUnixTimeMilliseconds(AtMs);

    /// <summary>What was entitled before; null: it is not asked.</summary>
    public ulong? EntitledBefore { get; init; }

    /// <summary>What a tick ended; null: nothing.</summary>
    public IReadOnlyList<string>? Expired { get; init; }

    /// <summary>However little it moved the shown score, that is told: a swap, or a tick that ends a silent day.</summary>
    public bool TellsEveryMove { get; init; }

    /// <summary>Something came to the account; neither a day that began nor a state that was swapped in.</summary>
    public bool IsRecord => Kind is not (CauseKind.Tick or CauseKind.Rebuild or CauseKind.Model);

    /// <summary>A usage event of that day, not a late one.</summary>
    public bool IsOfToday(int today) => Kind == CauseKind.Event && Days.Of(record.TimeMs) == today;

    /// <summary>Something has been told.</summary>
    public bool HasChanges => changes.Count > first;

    public static Occasion OfEvent(scoped in Record record, long position, ChangeList changes) => OfRecord(CauseKind.Event, record, position, changes);

    /// <summary>A profile, an action on an alert, a pin.</summary>
    public static Occasion OfRecord(CauseKind kind, scoped in Record record, long position, ChangeList changes) =>
        new(kind, record, position, 0, record.ReceivedAtMs, changes);

    public static Occasion OfTick(int day, long position, ChangeList changes) => new(CauseKind.Tick, default, position, day, Days.StartMs(day), changes);

    /// <summary>The swap of a rebuilt state, because of history or of a model.</summary>
    public static Occasion OfSwap(CauseKind kind, long position, DateTimeOffset at, ChangeList changes) =>
        new(kind, default, position, 0, at.ToUnixTimeMilliseconds(), changes) { TellsEveryMove = true };

    public Cause Cause(in AccountBlock block)
    {
        var cause = Kind switch
        {
            CauseKind.Event => OfMessage() with
            {
                Event = Encoding.UTF8.GetString(record.Name),
                Time = DateTimeOffset.FromUnixTimeMilliseconds(record.TimeMs),
            },
            CauseKind.Profile or CauseKind.Person => OfMessage(),
            CauseKind.Tick => new Cause { Kind = Kind, Position = position, Day = Days.ToDate(day) },
            _ => new Cause { Kind = Kind, Position = position },
        };
        return EntitledBefore is { } before ? Entitlement.Explain(block, before, cause) : cause;
    }

    /// <summary>A tick with which something expired, or a line of the contract began or ended.</summary>
    public bool EndsSomething(in AccountBlock block) => Kind == CauseKind.Tick && (Expired is not null || (EntitledBefore is { } before && before != block.Entitled));

    /// <summary>The cause of what became of the score, with all that a tick ended.</summary>
    public Cause HealthCause(in AccountBlock block) => Expired is null ? Cause(block) : Cause(block) with { Expired = Expired };

    /// <summary>The next change: tell it (<see cref="Tell"/>) before another is made.</summary>
    /// <param name="block">The account.</param>
    /// <param name="type">What it is.</param>
    /// <param name="cause">Null: <see cref="Cause"/>.</param>
    public Change Make(in AccountBlock block, ChangeType type, Cause? cause = null) => new()
    {
        Account = Encoding.UTF8.GetString(Profile.AccountOf(block.SectionSpan(block.Layout.Profile))),
        Position = position,
        Ordinal = changes.Count - first,
        Type = type,
        Day = Days.ToDate(DayOf(block)),
        At = At,
        Cause = cause ?? Cause(block),
    };

    public void Tell(Change change) => changes.Add(change);

    /// <summary>The score as it stands now, moved by what happened.</summary>
    public void TellScore(in AccountBlock block) => changes.AddScore(block, PlaceOf(DayOf(block)), OwnScoreCause(block), ScoreStanding.Now(block));

    /// <summary>One of the account's standings before what happened: small moves since the recorded one.</summary>
    public void TellDrift(in AccountBlock block, scoped in ScoreStanding to, int? otherDay)
    {
        var cause = new ScoreCause { Kind = CauseKind.Drift, FromPosition = new HealthState(block).RecordedThrough + 1, Position = position - 1 };
        changes.AddScore(block, PlaceOf(otherDay ?? DayOf(block)), cause, to);
    }

    // The close of a day is told while the day is still open, with the tick that ends it.
    private int DayOf(in AccountBlock block) => Kind == CauseKind.Tick ? day : block.Day;

    private ChangePlace PlaceOf(int dayOf) => new(position, changes.Count - first, dayOf, AtMs);

    // What HealthCause says, without an object where nothing but a contract's lines would need one.
    private ScoreCause OwnScoreCause(in AccountBlock block)
    {
        var lines = EntitledBefore is { } before && before != block.Entitled ? Cause(block) : null;
        var isMessage = Kind is CauseKind.Event or CauseKind.Profile or CauseKind.Person;
        return new ScoreCause
        {
            Kind = Kind,
            Position = position,
            MessageId = isMessage ? record.MessageId : [],
            Event = Kind == CauseKind.Event ? record.Name : [],
            TimeMs = Kind == CauseKind.Event ? record.TimeMs : 0,
            User = isMessage ? record.User : [],
            Expired = Expired,
            Covered = lines?.Covered,
            Uncovered = lines?.Uncovered,
        };
    }

    private Cause OfMessage() => new()
    {
        Kind = Kind,
        Position = position,
        MessageId = record.MessageId.IsEmpty ? null : Encoding.UTF8.GetString(record.MessageId),
        User = record.User.IsEmpty ? null : Encoding.UTF8.GetString(record.User),
    };
}
