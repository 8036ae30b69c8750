using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Silo.Fleet;

/// <summary>An owner's view of its partition's share of the fleet: collects news, and publishes at once after quiet and some times a second under load. In the owner's turns.</summary>
/// <param name="house">Of the silo.</param>
/// <param name="index">Of the partition.</param>
internal sealed class OwnerFleet(SiloHouse house, int index)
{
    private const int PublishMs = 100;

    private readonly NewsRing ring = new();
    private FleetNews? news;
    private (long Applied, long Sequence, int Rebuilding, int SettledDay, int Generation)? published;
    private long publishedMs = -1_000;
    private long number;

    public void Found(FleetChange change)
    {
        ring.Found(change);
        news = null;
    }

    /// <summary>Publishes what has changed, if it is due. Milliseconds until it should be called again; -1: when something happens.</summary>
    public int Publish(Partition machine, long epoch)
    {
        var now = (machine.Applied, machine.Sequence, machine.Counts?.Rebuilding ?? 0, machine.SettledDay, machine.Generation);
        // A tick moves rows without moving any of these.
        if (now == published && !machine.IsTicking) return -1;
        var waitMs = publishedMs + PublishMs - Environment.TickCount64;
        if (waitMs > 0) return (int)waitMs;
        (published, publishedMs) = (now, Environment.TickCount64);
        house.Shares.Publish(new PartitionShare
        {
            Partition = index,
            Epoch = epoch,
            Number = ++number,
            Model = machine.Counts is null ? 0 : machine.ModelHash,
            Generation = machine.Generation,
            Share = ShareOf(machine),
        });
        return machine.IsTicking ? PublishMs : -1;
    }

    private FleetShare ShareOf(Partition machine)
    {
        var counts = new FleetCounts(machine.Counts?.Model ?? house.ModelOf(house.ModelIfNew.Text));
        if (machine.Counts is not null) counts.Add(machine.Counts);
        // One that has not begun has no day to work through.
        var hasBegun = machine.Day >= 0;
        return new FleetShare(counts, [(index, machine.Sequence)], news ??= ring.Read(), machine.LastInputAtMs, hasBegun ? machine.Day : 0, hasBegun ? machine.SettledDay : int.MaxValue)
        {
            Applied = machine.Applied,
        };
    }
}
