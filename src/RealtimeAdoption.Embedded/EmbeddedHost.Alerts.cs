using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Embedded;

// The fleet's alerts.
public sealed partial class EmbeddedHost
{
    public async ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        IReadOnlyList<AlertStorm> storms = [];
        if (query.GroupStorms)
        {
            var counted = new AlertStorms();
            foreach (var part in await AskAll(partition => partition.AlertStorms(query), cancellationToken)) counted.Add(part);
            storms = counted.Over(Model.Definition.Alerts?.StormFrom ?? int.MaxValue);
            query = query with { Except = storms.Select(storm => storm.Key).ToHashSet() };
        }

        // One more tells whether there is a next page.
        var more = query with { Limit = query.Limit + 1 };
        var rows = (await AskAll(partition => partition.Alerts(more), cancellationToken)).SelectMany(part => part).ToList();
        rows.Sort(new AlertOrder(query.Sort));
        if (rows.Count <= query.Limit) return new AlertPage(rows, null, storms);
        rows.RemoveRange(query.Limit, rows.Count - query.Limit);
        return new AlertPage(rows, AlertOrder.CursorOf(rows[^1]), storms);
    }

    /// <summary>Asks every partition, each in its lane's thread.</summary>
    private async Task<List<T>> AskAll<T>(Func<Partition, T> ask, CancellationToken cancellationToken)
    {
        var asked = new Question<List<T>>[Lanes.Length];
        for (var i = 0; i < asked.Length; i++)
        {
            asked[i] = new Question<List<T>>(lane => [.. lane.Slots.Select(slot => ask(slot.Partition))]);
            lanes[i].Post(asked[i]);
        }

        var answers = new List<T>();
        foreach (var question in asked) answers.AddRange(await question.Answer.WaitAsync(cancellationToken));
        return answers;
    }
}
