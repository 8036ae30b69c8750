using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Embedded;

/// <summary>A lane's view of its share of the fleet: collects changes, publishes at once after quiet and every few milliseconds under load.</summary>
internal sealed class LaneFleet(Lane lane, LaneHouse house)
{
    private readonly NewsRing news = new();
    private CompiledModel? published;
    private bool hasChanged = true;
    private long publishedMs = -1_000;

    public void Found(FleetChange change)
    {
        news.Found(change);
        hasChanged = true;
    }

    public void HasChanged() => hasChanged = true;

    /// <summary>How long the lane may sleep: for ever, unless something waits to be published.</summary>
    public int WaitMs() => hasChanged ? (int)Math.Max(0, publishedMs + house.Options.PublishMs - Environment.TickCount64) : -1;

    public void PublishIfDue()
    {
        // Another model is in force: the counts are in other ids.
        hasChanged |= !ReferenceEquals(published, house.Model);
        if (!hasChanged || WaitMs() > 0) return;
        published = house.Model;
        hasChanged = false;
        publishedMs = Environment.TickCount64;
        var counts = new FleetCounts(published);
        var feedEnds = new List<(int, long)>(lane.Slots.Count);
        long? lastInput = null;
        var (day, settled) = (int.MinValue, int.MaxValue);
        foreach (var slot in lane.Slots)
        {
            var partition = slot.Partition;
            if (partition.Counts is not null) counts.Add(partition.Counts);
            feedEnds.Add((partition.Index, partition.Sequence));
            if (partition.LastInputAtMs is { } at && !(lastInput >= at)) lastInput = at;
            day = Math.Max(day, partition.Day);
            settled = Math.Min(settled, partition.SettledDay);
        }

        house.Publisher.Publish(lane.Index, new FleetShare(counts, feedEnds, news.Read(), lastInput, Math.Max(day, 0), Math.Max(settled, 0)));
    }
}
