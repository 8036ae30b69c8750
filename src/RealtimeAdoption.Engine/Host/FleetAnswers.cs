using System.Text;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Host;

/// <summary>Answers over all partitions, made of what each one has to say and of what is stored: pages, cursors, histories, feeds. The same for every host. Thread-safe.</summary>
/// <param name="parts">Of the host.</param>
/// <param name="snapshots">Open.</param>
/// <param name="partitions">Of the store.</param>
/// <param name="model">The one in force.</param>
public sealed class FleetAnswers(IPartitionParts parts, ISnapshots snapshots, int partitions, Func<CompiledModel> model)
{
    public async ValueTask<AccountPage> AccountsAsync(AccountQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        // One more tells whether there is a next page.
        var more = query with { Limit = query.Limit + 1 };
        var rows = (await parts.RowsAsync(more, cancellationToken)).SelectMany(part => part).ToList();
        var order = new AccountOrder(query.Sort);
        rows.Sort(order);
        if (rows.Count <= query.Limit) return new AccountPage(rows, null);
        rows.RemoveRange(query.Limit, rows.Count - query.Limit);
        return new AccountPage(rows, order.CursorOf(rows[^1]));
    }

    public async ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        IReadOnlyList<AlertStorm> storms = [];
        if (query.GroupStorms)
        {
            var counted = new AlertStorms();
            foreach (var part in await parts.StormsAsync(query, cancellationToken)) counted.Add(part);
            storms = counted.Over(model().Definition.Alerts?.StormFrom ?? int.MaxValue);
            query = query with { Except = storms.Select(storm => storm.Key).ToHashSet() };
        }

        // One more tells whether there is a next page.
        var more = query with { Limit = query.Limit + 1 };
        var rows = (await parts.AlertsAsync(more, cancellationToken)).SelectMany(part => part).ToList();
        rows.Sort(new AlertOrder(query.Sort));
        if (rows.Count <= query.Limit) return new AlertPage(rows, null, storms);
        rows.RemoveRange(query.Limit, rows.Count - query.Limit);
        return new AlertPage(rows, AlertOrder.CursorOf(rows[^1]), storms);
    }

    public async ValueTask<ScoreMovers> ScoreMoversAsync(CancellationToken cancellationToken)
    {
        var movers = new ScoreMovers();
        // One after the other: whoever drives a partition goes on with its work between two of them.
        for (var index = 0; index < partitions; index++) movers.Add(await parts.MoversAsync(index, cancellationToken));
        return movers;
    }

    public async ValueTask<IReadOnlyList<StoredChange>?> HistoryAsync(string account, long before, int limit, CancellationToken cancellationToken)
    {
        var hash = StableHash.Of(Encoding.UTF8.GetBytes(account));
        var index = Partitioning.Of(hash, partitions);
        // Memory first: what leaves it meanwhile is in the store by then.
        var fresh = await parts.FreshHistoryAsync(index, account, before, limit, cancellationToken);
        if (fresh is null) return null;
        if (fresh.Count >= limit) return fresh;
        var stored = await snapshots.HistoryAsync(index, hash, before, limit, cancellationToken);
        return [.. fresh.Concat(stored).DistinctBy(change => change.Sequence).OrderByDescending(change => change.Sequence).Take(limit)];
    }

    public async ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken)
    {
        if (partition < 0 || partition >= partitions) return [];
        return await FeedAsync(await parts.FreshFeedAsync(partition, after, limit, cancellationToken), snapshots, partition, after, limit, cancellationToken);
    }

    /// <summary>Changes of one partition after a sequence: those that no store has yet, as they were a moment ago, behind those that are stored.</summary>
    public static async ValueTask<IReadOnlyList<StoredChange>> FeedAsync(
        IReadOnlyList<StoredChange> fresh, ISnapshots snapshots, int partition, long after, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fresh);
        ArgumentNullException.ThrowIfNull(snapshots);
        if (fresh.Count > 0 && fresh[0].Sequence == after + 1) return fresh;
        var stored = await snapshots.FeedAsync(partition, after, limit, cancellationToken);
        return [.. stored.Concat(fresh).DistinctBy(change => change.Sequence).OrderBy(change => change.Sequence).Take(limit)];
    }

    public async ValueTask<IReadOnlyList<QuarantinedRecord>> QuarantineAsync(CancellationToken cancellationToken) =>
        [.. (await parts.QuarantinedAsync(cancellationToken)).SelectMany(part => part).OrderBy(record => record.ReceivedAt).ThenBy(record => record.Partition).ThenBy(record => record.Position)];
}
