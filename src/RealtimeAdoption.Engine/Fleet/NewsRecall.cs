using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>What a wall had been told of a partition before its owner came, as far as its checkpoint has it: the feed goes on after a restart.</summary>
public static class NewsRecall
{
    /// <summary>Of the last <see cref="FleetNews.LatestMax"/> changes up to the checkpoint those that a wall may tell, oldest first. Of accounts as they are in it.</summary>
    /// <param name="snapshots">Open.</param>
    /// <param name="partition">Restored from the checkpoint.</param>
    /// <param name="lastSequence">Of the checkpoint.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="SnapshotException">They cannot be read; <see cref="SnapshotDamagedException"/>: they are damaged.</exception>
    public static async Task<IReadOnlyList<FleetChange>> ReadAsync(ISnapshots snapshots, Partition partition, long lastSequence, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        ArgumentNullException.ThrowIfNull(partition);
        var news = new List<FleetChange>();
        foreach (var stored in await snapshots.FeedAsync(partition.Index, Math.Max(0, lastSequence - FleetNews.LatestMax), FleetNews.LatestMax, cancellationToken))
        {
            if (!FleetNews.IsNews(stored.Change.Type) || partition.Row(stored.AccountHash) is not { } row) continue;
            news.Add(new FleetChange(partition.Index, stored.Sequence, row.Name, row.SegmentId, stored.Change) { Owner = row.Owner, Churned = row.Churned });
        }

        return news;
    }
}
