using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Generators;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>The same accepted records, arriving in another order at other instants.</summary>
public static class Shuffle
{
    /// <summary>Two histories with the same set of accepted events and the same models; both end on the same day, rebuilt. Profiles arrive as they did; what people pin is left out.</summary>
    public static (History Straight, History Shuffled) Of(History history)
    {
        var dice = new Dice(history.Seed ^ 0x5eed);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var sends = history.Sends.Where(s => s.Kind != RecordKind.Override && (s.Kind != RecordKind.Usage || IsPlain(s, seen))).Select(s => s with { Import = s.Import && s.Kind == RecordKind.Usage }).ToList();
        var end = sends.Count == 0 ? Days.StartMs(20_000) : sends.Max(s => s.ReceivedAtMs) + (dice.Between(0, 40) * Days.MsPerDay);
        var shuffled = sends.Select(s => s.Kind == RecordKind.Usage ? Moved(s, dice, history, end) : s).ToList();
        var models = history.Steps.OfType<BeginModelStep>().ToList();
        end = models.Select(m => m.NowMs).Append(end).Max();
        return (history with { Steps = Steps(sends, models, end, dice) }, history with { Steps = Steps(shuffled, models, end, dice) });
    }

    private static bool IsPlain(Send send, HashSet<string> seen) =>
        send is { TimestampMs: not null, SentAtMs: null } && send.TimestampMs <= send.ReceivedAtMs && (send.MessageId is null || seen.Add($"{send.Source} {send.Account} {send.MessageId}"));

    private static Send Moved(Send send, Dice dice, History history, long end)
    {
        var time = send.TimestampMs!.Value;
        var latest = history.AllLive ? Math.Min(end, Days.StartMs(Days.Of(time) + history.Model.LateDays + 1) - 1) : end;
        return send with { ReceivedAtMs = dice.Chance(0.3) ? send.ReceivedAtMs : dice.Between(time, latest), Import = !history.AllLive && dice.Chance(0.2) };
    }

    private static List<Step> Steps(IEnumerable<Send> sends, IEnumerable<BeginModelStep> models, long end, Dice dice)
    {
        var steps = new List<Step>();
        var begins = new Queue<BeginModelStep>(models);
        foreach (var send in sends.OrderBy(s => s.ReceivedAtMs))
        {
            while (begins.TryPeek(out var begin) && begin.NowMs <= send.ReceivedAtMs) steps.AddRange(Settled(begins.Dequeue().NowMs, begin));
            steps.Add(new SendStep(send.ReceivedAtMs, [send]));
            if (dice.Chance(0.05)) steps.Add(new AdvanceModelStep(send.ReceivedAtMs, ToEnd: false));
            if (dice.Chance(0.05)) steps.Add(new BeginRebuildStep(send.ReceivedAtMs));
            if (dice.Chance(0.05)) steps.Add(new FinishRebuildStep(send.ReceivedAtMs));
        }

        foreach (var begin in begins) steps.AddRange(Settled(begin.NowMs, begin));
        steps.AddRange(Settled(end, new PassStep(end)));
        // Twice: a pass that was under way is finished, and what came after it is taken by the next.
        for (var i = 0; i < 2; i++)
        {
            steps.Add(new BeginRebuildStep(end));
            steps.Add(new FinishRebuildStep(end));
        }

        return steps;
    }

    // A model is refused while another is on its way, so that one comes to its end first.
    private static Step[] Settled(long now, Step then) => [new FinishRebuildStep(now), new AdvanceModelStep(now, ToEnd: true), then];
}
