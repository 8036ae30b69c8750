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

        End();
        return steps;
    }

    private void Between(double readChance)
    {
        if (dice.Chance(readChance)) steps.Add(new ReadStep(now));
        if (!allLive && dice.Chance(0.12)) steps.Add(new BeginRebuildStep(now));
        if (!allLive && dice.Chance(0.12)) steps.Add(new FinishRebuildStep(now));
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

    // Then nothing more comes: windows and grace run out one after the other.
    private void End()
    {
        steps.Add(new ReadStep(now));
        if (!allLive) Rebuild();
        var end = Days.Of(now);
        foreach (var offset in model.Products.SelectMany(p => p.AdoptedWhen.Select(c => c.WithinDays + p.GraceDays + dice.Of(-1, 0, 1))).Where(_ => dice.Chance(0.5)).Distinct().Order().Take(3).ToList())
        {
            now = Math.Max(now, Days.StartMs(end + Math.Max(0, offset)) + dice.Of(0L, Days.MsPerDay - 1));
            steps.Add(new PassStep(now));
            if (dice.Chance(0.1)) steps.Add(new CrashStep(now));
            steps.Add(new ReadStep(now));
        }
    }

    private void Rebuild()
    {
        steps.Add(new BeginRebuildStep(now));
        if (dice.Chance(0.3)) steps.Add(new PassStep(now += dice.Between(0L, 3 * Days.MsPerDay)));
        steps.Add(new FinishRebuildStep(now));
        steps.Add(new ReadStep(now));
    }
}
