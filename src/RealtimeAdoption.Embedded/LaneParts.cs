using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Embedded;

/// <summary>Asks partitions in the threads of their lanes. Thread-safe.</summary>
/// <param name="lanes">Throws where they are not ready.</param>
internal sealed class LaneParts(Func<Lane[]> lanes) : IPartitionParts
{
    public Task<IReadOnlyList<IReadOnlyList<FleetRow>>> RowsAsync(AccountQuery query, CancellationToken cancellationToken) => AskAll(partition => partition.Rows(query), cancellationToken);

    public Task<IReadOnlyList<IReadOnlyList<FleetAlert>>> AlertsAsync(AlertQuery query, CancellationToken cancellationToken) => AskAll(partition => partition.Alerts(query), cancellationToken);

    public Task<IReadOnlyList<AlertStorms>> StormsAsync(AlertQuery query, CancellationToken cancellationToken) => AskAll(partition => partition.AlertStorms(query), cancellationToken);

    public Task<IReadOnlyList<IReadOnlyList<QuarantinedRecord>>> QuarantinedAsync(CancellationToken cancellationToken) =>
        AskAll<IReadOnlyList<QuarantinedRecord>>(partition => [.. partition.Quarantined], cancellationToken);

    public Task<ScoreMovers> MoversAsync(int partition, CancellationToken cancellationToken) => Ask(partition, machine => machine.Movers(), cancellationToken);

    public Task<IReadOnlyList<StoredChange>?> FreshHistoryAsync(int partition, string account, long before, int limit, CancellationToken cancellationToken) =>
        Ask(partition, machine => machine.Knows(account) ? machine.UnpersistedHistory(account, before, limit) : null, cancellationToken);

    public Task<IReadOnlyList<StoredChange>> FreshFeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) =>
        Ask(partition, machine => machine.UnpersistedFeed(after, limit), cancellationToken);

    /// <summary>Asks one partition in its lane's thread.</summary>
    public Task<T> Ask<T>(int partition, Func<Partition, T> ask, CancellationToken cancellationToken)
    {
        var all = lanes();
        var question = new Question<T>(lane => ask(lane.PartitionAt(partition)));
        all[partition % all.Length].Post(question);
        return question.Answer.WaitAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<T>> AskAll<T>(Func<Partition, T> ask, CancellationToken cancellationToken)
    {
        var all = lanes();
        var asked = new Question<List<T>>[all.Length];
        for (var i = 0; i < asked.Length; i++)
        {
            asked[i] = new Question<List<T>>(lane => [.. lane.Slots.Select(slot => ask(slot.Partition))]);
            all[i].Post(asked[i]);
        }

        var answers = new List<T>();
        foreach (var question in asked) answers.AddRange(await question.Answer.WaitAsync(cancellationToken));
        return answers;
    }
}
