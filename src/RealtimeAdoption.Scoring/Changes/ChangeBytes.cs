using System.Buffers;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Changes;

/// <summary>
/// The form in which a change is kept, in memory until it is stored, and in every store: a byte of version, then its fields, those that may be absent behind bits that tell which are there. A score
/// change of six measures takes about 150 bytes, less than a third of its JSON; one is written an account and active day. Stored for ever: a field is added at the end behind a new bit, and
/// the numbers of enums only grow.
/// </summary>
public static class ChangeBytes
{
    private const byte Version = 1;

    [Flags]
    private enum Parts : uint
    {
        None = 0,
        Product = 1,
        From = 1 << 1,
        To = 1 << 2,
        Field = 1 << 3,
        MessageId = 1 << 4,
        Event = 1 << 5,
        User = 1 << 6,
        Time = 1 << 7,
        CauseDay = 1 << 8,
        Expired = 1 << 9,
        Covered = 1 << 10,
        Uncovered = 1 << 11,
        Score = 1 << 12,
        Alert = 1 << 13,
        Override = 1 << 14,
        CauseFrom = 1 << 15,
        All = (1 << 16) - 1,
    }

    /// <summary>Behind what the output holds.</summary>
    public static void Write(ArrayBufferWriter<byte> output, Change change)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(change);
        output.Write([Version]);
        var to = new ByteWriting(output);
        var (cause, parts) = (change.Cause, PartsOf(change));
        to.Number((ulong)parts);
        to.Number((ulong)change.Type);
        to.Text(change.Account);
        to.Signed(change.Position);
        to.Number((ulong)change.Ordinal);
        to.Number((ulong)change.Day.DayNumber);
        to.Signed(change.At.ToUnixTimeMilliseconds());
        if (change.Product is { } product) to.Text(product);
        if (change.From is { } before) to.Text(before);
        if (change.To is { } after) to.Text(after);
        if (change.Field is { } field) to.Text(field);
        to.Number((ulong)cause.Kind);
        to.Signed(unchecked(cause.Position - change.Position));
        if (cause.MessageId is { } messageId) to.Text(messageId);
        if (cause.Event is { } name) to.Text(name);
        if (cause.User is { } user) to.Text(user);
        if (cause.Time is { } time) to.Signed(time.ToUnixTimeMilliseconds());
        if (cause.Day is { } day) to.Number((ulong)day.DayNumber);
        if (cause.Expired is { } expired) Write(to, expired);
        if (cause.Covered is { } covered) Write(to, covered);
        if (cause.Uncovered is { } uncovered) Write(to, uncovered);
        if (change.Score is { } score) ScoreBytes.Write(to, score);
        if (change.Alert is { } alert) NoteBytes.Write(to, alert);
        if (change.Override is { } pin) NoteBytes.Write(to, pin);
        if (cause.FromPosition is { } first) to.Signed(unchecked(first - change.Position));
    }

    /// <summary>A score's change from the recorded score to one of the account's standings: the same bytes, without an object, for one is told of each account and active day.</summary>
    internal static void WriteScore(ArrayBufferWriter<byte> output, in AccountBlock block, in ChangePlace place, in ScoreCause cause, scoped in ScoreStanding to)
    {
        output.Write([Version]);
        var writing = new ByteWriting(output);
        writing.Number((ulong)PartsOf(cause));
        writing.Number((ulong)ChangeType.ScoreChanged);
        writing.Text(Profile.AccountOf(block.SectionSpan(block.Layout.Profile)));
        writing.Signed(place.Position);
        writing.Number((ulong)place.Ordinal);
        writing.Number((ulong)Days.ToDate(place.Day).DayNumber);
        writing.Signed(place.AtMs);
        writing.Number((ulong)cause.Kind);
        writing.Signed(unchecked(cause.Position - place.Position));
        if (!cause.MessageId.IsEmpty) writing.Text(cause.MessageId);
        if (cause.Kind == CauseKind.Event) writing.Text(cause.Event);
        if (!cause.User.IsEmpty) writing.Text(cause.User);
        if (cause.Kind == CauseKind.Event) writing.Signed(cause.TimeMs);
        if (cause.Kind == CauseKind.Tick) writing.Number((ulong)Days.ToDate(place.Day).DayNumber);
        if (cause.Expired is { } expired) Write(writing, expired);
        if (cause.Covered is { } covered) Write(writing, covered);
        if (cause.Uncovered is { } uncovered) Write(writing, uncovered);
        RecordedScore.Write(block, to, writing);
        if (cause.FromPosition is { } first) writing.Signed(unchecked(first - place.Position));
    }

    /// <exception cref="InvalidDataException">Damaged, or of a later version.</exception>
    public static Change Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != Version) throw new InvalidDataException("Not a change of this version.");
        var from = new ByteReading(bytes[1..]);
        var parts = (Parts)from.Number((int)Parts.All);
        var change = new Change
        {
            Type = (ChangeType)from.Number((int)ChangeType.OverrideEnded),
            Account = from.Text(),
            Position = from.Signed(),
            Ordinal = from.Number(int.MaxValue),
            Day = ReadDay(ref from),
            At = ReadTime(ref from),
            Product = parts.HasFlag(Parts.Product) ? from.Text() : null,
            From = parts.HasFlag(Parts.From) ? from.Text() : null,
            To = parts.HasFlag(Parts.To) ? from.Text() : null,
            Field = parts.HasFlag(Parts.Field) ? from.Text() : null,
            Cause = new Cause { Kind = (CauseKind)from.Number((int)CauseKind.Drift), Position = from.Signed() },
        };
        change = change with
        {
            Cause = ReadCause(ref from, parts, change),
            Score = parts.HasFlag(Parts.Score) ? ScoreBytes.Read(ref from) : null,
            Alert = parts.HasFlag(Parts.Alert) ? NoteBytes.ReadAlert(ref from) : null,
            Override = parts.HasFlag(Parts.Override) ? NoteBytes.ReadOverride(ref from) : null,
        };
        if (parts.HasFlag(Parts.CauseFrom)) change = change with { Cause = change.Cause with { FromPosition = unchecked(from.Signed() + change.Position) } };
        return from.IsEmpty ? change : throw new InvalidDataException("There is more than a change.");
    }

    internal static DateOnly ReadDay(ref ByteReading from) => DateOnly.FromDayNumber(from.Number(DateOnly.MaxValue.DayNumber));

    private static Cause ReadCause(ref ByteReading from, Parts parts, Change change) => new()
    {
        Kind = change.Cause.Kind,
        Position = unchecked(change.Cause.Position + change.Position),
        MessageId = parts.HasFlag(Parts.MessageId) ? from.Text() : null,
        Event = parts.HasFlag(Parts.Event) ? from.Text() : null,
        User = parts.HasFlag(Parts.User) ? from.Text() : null,
        Time = parts.HasFlag(Parts.Time) ? ReadTime(ref from) : null,
        Day = parts.HasFlag(Parts.CauseDay) ? ReadDay(ref from) : null,
        Expired = parts.HasFlag(Parts.Expired) ? ReadTexts(ref from) : null,
        Covered = parts.HasFlag(Parts.Covered) ? ReadTexts(ref from) : null,
        Uncovered = parts.HasFlag(Parts.Uncovered) ? ReadTexts(ref from) : null,
    };

    private static Parts PartsOf(Change change)
    {
        var cause = change.Cause;
        ReadOnlySpan<object?> optional =
        [
            change.Product, change.From, change.To, change.Field, cause.MessageId, cause.Event, cause.User, cause.Time, cause.Day, cause.Expired, cause.Covered, cause.Uncovered,
            change.Score, change.Alert, change.Override, cause.FromPosition,
        ];
        var parts = 0U;
        for (var i = 0; i < optional.Length; i++) parts |= optional[i] is null ? 0 : 1U << i;
        return (Parts)parts;
    }

    private static Parts PartsOf(in ScoreCause cause) => Parts.Score
        | (cause.MessageId.IsEmpty ? Parts.None : Parts.MessageId)
        | (cause.Kind == CauseKind.Event ? Parts.Event | Parts.Time : Parts.None)
        | (cause.User.IsEmpty ? Parts.None : Parts.User)
        | (cause.Kind == CauseKind.Tick ? Parts.CauseDay : Parts.None)
        | (cause.Expired is null ? Parts.None : Parts.Expired)
        | (cause.Covered is null ? Parts.None : Parts.Covered)
        | (cause.Uncovered is null ? Parts.None : Parts.Uncovered)
        | (cause.FromPosition is null ? Parts.None : Parts.CauseFrom);

    private static void Write(ByteWriting to, IReadOnlyList<string> texts)
    {
        to.Number((ulong)texts.Count);
        foreach (var text in texts) to.Text(text);
    }

    private static List<string> ReadTexts(ref ByteReading from)
    {
        var texts = new List<string>();
        for (var left = from.Number(int.MaxValue); left > 0; left--) texts.Add(from.Text());
        return texts;
    }

    private static DateTimeOffset ReadTime(ref ByteReading from)
    {
        try
        {
            return DateTimeOffset.FromUnixTimeMilliseconds(from.Signed());
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new InvalidDataException("An instant is out of range.", error);
        }
    }
}

/// <summary>
/// A score's move. Contributions are kept to the bit, because they must add up to 1e-9; one that is 0, or did not change, costs no bytes beside its flags.
/// </summary>
internal static class ScoreBytes
{
    private const int BeforeThere = 1;
    private const int AfterThere = 2;
    private const int Unchanged = 4;

    // By number, stored for ever: words are only added. Most models name their measures so.
    private static readonly string[] Words = ["breadth", "depth", "trend", "recency", "seats", "sentiment"];

    public static void Write(ByteWriting to, ScoreMove move)
    {
        Begin(to, move.Before, move.After, move.Measures.Count);
        foreach (var measure in move.Measures) Write(to, measure);
    }

    /// <summary>So many measures are written behind this.</summary>
    public static void Begin(ByteWriting to, double? before, double? after, int measures)
    {
        to.Number((ulong)((before is null ? 0 : BeforeThere) | (after is null ? 0 : AfterThere)));
        if (before is { } was) to.Double(was);
        if (after is { } now) to.Double(now);
        to.Number((ulong)measures);
    }

    public static void Write(ByteWriting to, in MeasureMove move)
    {
        var (measure, was, now) = move;
        var word = Array.IndexOf(Words, measure);
        to.Number((ulong)(word + 1));
        if (word < 0) to.Text(measure);
        var same = BitConverter.DoubleToInt64Bits(was) == BitConverter.DoubleToInt64Bits(now);
        var (hasWas, hasNow) = (!IsZero(was), !same && !IsZero(now));
        to.Number((ulong)((hasWas ? BeforeThere : 0) | (hasNow ? AfterThere : 0) | (same ? Unchanged : 0)));
        if (hasWas) to.Double(was);
        if (hasNow) to.Double(now);
    }

    public static ScoreMove Read(ref ByteReading from)
    {
        var flags = from.Number(BeforeThere | AfterThere);
        double? before = (flags & BeforeThere) != 0 ? from.Double() : null;
        double? after = (flags & AfterThere) != 0 ? from.Double() : null;
        var measures = new List<MeasureMove>();
        for (var left = from.Number(int.MaxValue); left > 0; left--)
        {
            var word = from.Number(Words.Length);
            var measure = word == 0 ? from.Text() : Words[word - 1];
            flags = from.Number(BeforeThere | AfterThere | Unchanged);
            var was = (flags & BeforeThere) != 0 ? from.Double() : 0;
            var now = (flags & AfterThere) != 0 ? from.Double() : 0;
            measures.Add(new MeasureMove(measure, was, (flags & Unchanged) != 0 ? was : now));
        }

        return new ScoreMove(before, after, measures);
    }

    // Not -0.0, whose bits differ.
    private static bool IsZero(double value) => BitConverter.DoubleToInt64Bits(value) == 0;
}

/// <summary>What a change says of an alert or a pin.</summary>
internal static class NoteBytes
{
    private const int ByThere = 1;
    private const int UntilThere = 2;
    private const int UntilWorse = 4;
    private const int AssigneeThere = 8;
    private const int ResolutionThere = 16;

    public static void Write(ByteWriting to, AlertNote note)
    {
        to.Number((ulong)note.Type);
        to.Text(note.Subject);
        to.Number((ulong)note.Severity);
        to.Text(note.Reason);
        to.Number((ulong)((note.By is null ? 0 : ByThere) | (note.Until is null ? 0 : UntilThere) | (note.UntilWorse ? UntilWorse : 0)
            | (note.Assignee is null ? 0 : AssigneeThere) | (note.Resolution is null ? 0 : ResolutionThere)));
        if (note.By is { } by) to.Text(by);
        if (note.Until is { } until) to.Number((ulong)until.DayNumber);
        if (note.Assignee is { } assignee) to.Text(assignee);
        if (note.Resolution is { } resolution) to.Number((ulong)resolution);
    }

    public static AlertNote ReadAlert(ref ByteReading from)
    {
        var note = new AlertNote
        {
            Type = (AlertType)from.Number((int)AlertType.AccountSilent),
            Subject = from.Text(),
            Severity = (AlertSeverity)from.Number((int)AlertSeverity.Urgent),
            Reason = from.Text(),
        };
        var flags = from.Number(31);
        return note with
        {
            UntilWorse = (flags & UntilWorse) != 0,
            By = (flags & ByThere) != 0 ? from.Text() : null,
            Until = (flags & UntilThere) != 0 ? ChangeBytes.ReadDay(ref from) : null,
            Assignee = (flags & AssigneeThere) != 0 ? from.Text() : null,
            Resolution = (flags & ResolutionThere) != 0 ? (AlertResolution)from.Number((int)AlertResolution.Pinned) : null,
        };
    }

    public static void Write(ByteWriting to, OverrideNote note)
    {
        to.Number((ulong)note.Kind);
        to.Number(note.Value is null ? 0UL : 1);
        if (note.Value is { } value) to.Text(value);
        to.Text(note.By);
        to.Text(note.Reason);
        to.Number((ulong)note.Until.DayNumber);
    }

    public static OverrideNote ReadOverride(ref ByteReading from)
    {
        var kind = (OverrideKind)from.Number((int)OverrideKind.Stage);
        var value = from.Number(1) == 1 ? from.Text() : null;
        return new OverrideNote(kind, value, from.Text(), from.Text(), ChangeBytes.ReadDay(ref from));
    }
}
