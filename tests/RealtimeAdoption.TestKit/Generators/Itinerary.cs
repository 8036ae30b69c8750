using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Generators;

/// <summary>Turns sends into steps: batches, silence, reads on and around the days that matter, rebuilds, checkpoints and crashes between.</summary>
public sealed class Itinerary(Dice dice, AdoptionModel model, bool allLive)
{
    private readonly List<Step> steps = [];
    private long now;

    public List<Step> Make(IReadOnlyList<Send> sends)
    {
        if (sends.Count == 0) return steps;
        now = sends[0].ReceivedAtMs;
        // Now and then the partition is older than the first message.
        if (dice.Chance(0.3)) now -= dice.Between(0, 3) * Days.MsPerDay;
        steps.Add(new PassStep(now));
        var readChance = 6.0 / Math.Max(6, sends.Count / 2);
        for (var i = 0; i < sends.Count;)
        {
            var batch = new List<Send> { sends[i++] };
            while (i < sends.Count && batch.Count < 12 && dice.Chance(0.6)) batch.Add(sends[i++]);
            now = batch[^1].ReceivedAtMs;
            steps.Add(new SendStep(now, batch));
            if (dice.Chance(0.5)) Between(readChance);
            if (i < sends.Count && dice.Chance(0.15)) Silence(sends[i].ReceivedAtMs);
        }

        End(sends);
        return steps;
    }

    private void Between(double readChance)
    {
        if (dice.Chance(readChance)) steps.Add(new ReadStep(now));
        if (!allLive && dice.Chance(0.12)) steps.Add(new BeginRebuildStep(now));
        if (!allLive && dice.Chance(0.12)) steps.Add(new FinishRebuildStep(now));
        if (dice.Chance(0.06)) Person();
        if (dice.Chance(0.05)) steps.Add(new CheckpointStep(now));
        if (dice.Chance(0.03)) steps.Add(new CrashStep(now));
    }

    // Up to a day before the next message, often exactly where a window ends.
    private void Silence(long until)
    {
        var days = Days.Of(until) - Days.Of(now);
        if (days < 1) return;
        now = Math.Min(until, Days.StartMs(Days.Of(now) + dice.Between(1, days)) + dice.Of(0L, dice.Between(0L, Days.MsPerDay - 1)));
        steps.Add(new PassStep(now));
        if (dice.Chance(0.5)) steps.Add(new ReadStep(now));
    }

    // Then nothing more comes: windows and grace run out one after the other, and the days just before, on and after that are looked at.
    private void End(IReadOnlyList<Send> sends)
    {
        steps.Add(new ReadStep(now));
        if (!allLive) Rebuild();
        var days = new SortedSet<int>();
        for (var n = dice.Between(2, 5); n > 0; n--)
        {
            var send = dice.OneOf(sends);
            var product = dice.OneOf(model.Products);
            var day = Days.Of(send.TimestampMs ?? send.ReceivedAtMs) + dice.OneOf(product.AdoptedWhen).WithinDays + product.GraceDays;
            days.Add(day + dice.Of(-1, 0, 0, 1, 1));
        }

        for (var n = dice.Between(0, 3); n > 0; n--) days.Add(Days.Of(now) + dice.Between(1, 60));
        if (dice.Chance(0.05)) days.Add(Days.Of(now) + dice.Of(128, 256, 512, dice.Between(100, 1200)));
        foreach (var day in days.Where(d => d > Days.Of(now)))
        {
            now = Days.StartMs(day) + dice.Of(0L, Days.MsPerDay - 1);
            steps.Add(new PassStep(now));
            if (dice.Chance(0.1)) steps.Add(new CrashStep(now));
            steps.Add(new ReadStep(now));
            if (dice.Chance(0.5)) Person();
        }
    }

    private void Person()
    {
        var verb = dice.Of("acknowledge", "snooze", "snooze", "assign", "resolve");
        int? days = verb == "snooze" && dice.Chance(0.7) ? dice.Of(1, 2, 7, dice.Between(1, 40), 0) : null;
        steps.Add(new PersonStep(now, dice.Between(0, 1000), verb, days, verb == "snooze" && (days is null || dice.Chance(0.4))));
    }

    private void Rebuild()
    {
        steps.Add(new BeginRebuildStep(now));
        if (dice.Chance(0.3)) steps.Add(new PassStep(now += dice.Between(0L, 3 * Days.MsPerDay)));
        steps.Add(new FinishRebuildStep(now));
        steps.Add(new ReadStep(now));
    }
}
