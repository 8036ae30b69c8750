namespace RealtimeAdoption.TestKit.Generators;

/// <summary>Puts other models into the midst of a history. What else happens stays as it was: it goes on while the accounts are computed under the new model.</summary>
public static class ModelChanges
{
    private const int Salt = 0x0de1;

    public static History Into(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var dice = new Dice(history.Seed ^ Salt);
        if (history.Steps.Count < 2 || !dice.Chance(0.45)) return history;
        var begins = Enumerable.Range(0, dice.Of(1, 1, 1, 2)).Select(_ => dice.Between(dice.Of(0, history.Steps.Count / 6), history.Steps.Count - 2)).ToHashSet();
        var model = history.Model;
        var steps = new List<Step>();
        var (number, isUnderWay) = (0, false);
        for (var i = 0; i < history.Steps.Count; i++)
        {
            steps.Add(history.Steps[i]);
            var now = history.Steps[i].NowMs;
            if (begins.Contains(i))
            {
                if (isUnderWay) End(steps, now);
                model = NextModel.After(dice, model, ++number);
                steps.Add(new BeginModelStep(now, model));
                isUnderWay = !dice.Chance(0.3);
                if (!isUnderWay) End(steps, now);
            }
            else if (isUnderWay && dice.Chance(0.5))
            {
                steps.Add(new AdvanceModelStep(now, ToEnd: dice.Chance(0.1)));
            }
        }

        if (isUnderWay) End(steps, steps[^1].NowMs);
        if (!history.AllLive) steps.AddRange([new BeginRebuildStep(steps[^1].NowMs), new FinishRebuildStep(steps[^1].NowMs), new ReadStep(steps[^1].NowMs)]);
        return history with { Steps = steps };
    }

    // A rebuild that is under way ends first, under the model before.
    private static void End(List<Step> steps, long now) => steps.AddRange([new FinishRebuildStep(now), new AdvanceModelStep(now, ToEnd: true), new ReadStep(now)]);
}
