using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

public enum Verdict
{
    /// <summary>New: must be accepted.</summary>
    New,

    /// <summary>Its identity was sent before. Known or not, it must never have an effect.</summary>
    Repeat,

    /// <summary>More than 24 h ahead of its receipt.</summary>
    Future,
}

/// <summary>A send with what the text makes of it.</summary>
/// <param name="Send">The message.</param>
/// <param name="Order">Its place among all sends.</param>
/// <param name="Verdict">What is to become of it.</param>
/// <param name="TimeMs">Event time.</param>
/// <param name="Historic">Takes effect with the next rebuild only.</param>
/// <param name="MustBeKnown">A repeat whose first is dated within the late window: it is answered as such.</param>
/// <param name="SamePayload">A repeat that says the same as its first.</param>
public sealed record Judged(Send Send, int Order, Verdict Verdict, long TimeMs, bool Historic, bool MustBeKnown, bool SamePayload)
{
    public int Day => Days.Of(TimeMs);

    public int ReceiptDay => Days.Of(Send.ReceivedAtMs);
}

/// <summary>Which sends are accepted, and when they are dated: the rules of time, identity and late events, told over a plain list. One partition.</summary>
public sealed class Acceptance(int lateDays)
{
    // 1971-01-01: an event that claims to be older is dated there.
    private const long Earliest = 365L * 24 * 60 * 60 * 1000;
    private const long Ahead = 24L * 60 * 60 * 1000;
    private readonly Dictionary<string, Judged> first = new(StringComparer.Ordinal);
    private int lateDays = lateDays;

    // Of a model that is on its way.
    private int? next;

    // Ids of the days before were not remembered for as long as the present model would.
    private int knownFrom = int.MinValue;
    private int order;

    public List<Judged> All { get; } = [];

    public Judged Judge(Send send)
    {
        var received = send.ReceivedAtMs;
        var time = EventTime(send);
        if (time > received + Ahead) return Keep(new(send, order++, Verdict.Future, time, false, false, false));
        time = Math.Min(time, received);
        var today = Days.Of(received);
        var historic = send.Import || Days.Of(time) < AtOnceFrom(today);
        var identity = Identity(send);
        if (identity is not null && first.TryGetValue(identity, out var earlier))
            return Keep(new(send, order++, Verdict.Repeat, time, historic, earlier.Day >= AtOnceFrom(today), Payload(earlier.Send) == Payload(send)));
        var judged = new Judged(send, order++, Verdict.New, time, historic, false, false);
        if (identity is not null) first[identity] = judged;
        return Keep(judged);
    }

    /// <summary>Reading 37: from a model's record on, an event is historic that is too old for either model.</summary>
    public void BeginModel(int lateDaysOfNext) => next = lateDaysOfNext;

    /// <summary>The swap: what the model before did not remember stays historic.</summary>
    public void SwapModel(int today)
    {
        var after = next ?? throw new InvalidOperationException("No model is on its way.");
        if (after > lateDays) knownFrom = Math.Max(knownFrom, today - lateDays);
        (lateDays, next) = (after, null);
    }

    private int AtOnceFrom(int today) => Math.Max(today - Math.Min(lateDays, next ?? lateDays), knownFrom);

    private static long EventTime(Send send)
    {
        if (send.TimestampMs is not { } timestamp) return send.ReceivedAtMs;
        return Math.Max(Earliest, send.SentAtMs is { } sentAt && !send.Import ? send.ReceivedAtMs - (sentAt - timestamp) : timestamp);
    }

    private static string? Identity(Send send)
    {
        if (send.MessageId is null) return null;
        var day = send.TimestampMs is null ? $"|day {Days.Of(send.ReceivedAtMs)}" : "";
        return $"{send.Source}|{send.Account}|{send.MessageId}{day}";
    }

    private static string Payload(Send send) =>
        $"{send.Name}|{send.User}|{send.TimestampMs}|{string.Join('|', send.Properties.Select(p => $"{p.Name}={p.Value.Kind}:{p.Value.Text}").Order(StringComparer.Ordinal))}";

    private Judged Keep(Judged judged)
    {
        All.Add(judged);
        return judged;
    }
}
