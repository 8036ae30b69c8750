namespace RealtimeAdoption.Engine.Fleet;

/// <summary>A share of the fleet at one moment: what one owner of partitions has, a lane or a partition's owner in a cluster. Immutable once published.</summary>
/// <param name="Counts">Over its partitions.</param>
/// <param name="FeedEnds">Of each of its partitions the number of the last change in its feed.</param>
/// <param name="News">Of its latest changes what a wall tells.</param>
/// <param name="LastInputAtMs">Receipt of the last record that was not a tick; null: none yet.</param>
/// <param name="Day">The latest day that one of its partitions is on; 0: none is on any.</param>
/// <param name="SettledDay">The earliest day whose tick one of its partitions has worked through; 0 as above.</param>
public sealed record FleetShare(FleetCounts Counts, IReadOnlyList<(int Partition, long Sequence)> FeedEnds, FleetNews News, long? LastInputAtMs, int Day, int SettledDay)
{
    /// <summary>Position of the last record that is in it, of an owner of one partition; null: it does not tell.</summary>
    public long? Applied { get; init; }
}
