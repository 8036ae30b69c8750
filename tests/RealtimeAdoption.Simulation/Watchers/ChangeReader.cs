using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Simulation.Checks;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Simulation.Host;
using RealtimeAdoption.Simulation.Store;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Simulation.Watchers;

/// <summary>
/// Follows the feed of changes of all partitions by a cursor each, slowly, across crashes; now and then it has lost its cursor and goes back. What it was given once must be given again, to the letter.
/// </summary>
internal sealed class ChangeReader(FaultSchedule faults, Dice dice, SimulatedSnapshots snapshots, int partitions)
{
    private readonly List<(Change Change, string Text)>[] seen = [.. Enumerable.Range(0, partitions).Select(_ => new List<(Change, string)>())];
    private readonly long[] cursors = new long[partitions];

    /// <summary>A row of the feed was damaged: an operator is wanted. Of which partition; null: of none.</summary>
    public int? Damaged { get; set; }

    /// <summary>Everything of a partition, in order; complete after <see cref="ReadAll"/>.</summary>
    public IEnumerable<Change> Changes(int partition) => seen[partition].Select(entry => entry.Change);

    public int Count => seen.Sum(list => list.Count);

    /// <summary>One request for a page.</summary>
    public void Step(SimulatedHost host)
    {
        if (faults.Fires(FaultKind.ConsumerSlow)) return;
        var partition = dice.Between(0, cursors.Length - 1);
        if (cursors[partition] > 0 && faults.Fires(FaultKind.ConsumerRepeats)) cursors[partition] = dice.Between(0, cursors[partition] - 1);
        Read(host, partition, dice.Of(1, 5, 50));
    }

    /// <summary>From the first change to the last.</summary>
    public void ReadAll(SimulatedHost host)
    {
        for (var partition = 0; partition < cursors.Length; partition++)
        {
            cursors[partition] = 0;
            while (Read(host, partition, 1000))
            {
            }

            if (Damaged is null && seen[partition].Count != host.Partitions[partition].Sequence)
                throw new SimulationException(Check.FeedIsContiguous, $"partition {partition} has told {seen[partition].Count} changes and counts {host.Partitions[partition].Sequence}");
        }
    }

    /// <summary>After a restart: nothing that was told may be untold.</summary>
    public void Hold(SimulatedHost host)
    {
        for (var partition = 0; partition < cursors.Length; partition++)
        {
            if (seen[partition].Count > host.Partitions[partition].Sequence)
                throw new SimulationException(Check.FeedRepeatsItself, $"partition {partition} had told {seen[partition].Count} changes and has {host.Partitions[partition].Sequence} after its recovery");
        }
    }

    private bool Read(SimulatedHost host, int partition, int limit)
    {
        IReadOnlyList<StoredChange> page;
        try
        {
            page = Page(host, partition, cursors[partition], limit);
        }
        catch (SnapshotDamagedException)
        {
            Damaged = partition;
            return false;
        }

        foreach (var change in page) Take(partition, change);
        return page.Count > 0;
    }

    // As a host answers: memory first, for what leaves it meanwhile is in the store by then.
    private IReadOnlyList<StoredChange> Page(SimulatedHost host, int partition, long after, int limit)
    {
        var fresh = host.Partitions[partition].UnpersistedFeed(after, limit);
        if (fresh.Count > 0 && fresh[0].Sequence == after + 1) return fresh;
        var stored = snapshots.FeedAsync(partition, after, limit, default).AsTask().GetAwaiter().GetResult();
        return [.. stored.Concat(fresh).DistinctBy(change => change.Sequence).OrderBy(change => change.Sequence).Take(limit)];
    }

    private void Take(int partition, StoredChange change)
    {
        if (change.Sequence != cursors[partition] + 1)
            throw new SimulationException(Check.FeedIsContiguous, $"partition {partition}: change {change.Sequence} came behind {cursors[partition]}");
        cursors[partition] = change.Sequence;
        var text = PartitionDriver.Text(change);
        if (change.Sequence > seen[partition].Count) seen[partition].Add((change.Change, text));
        else if (seen[partition][(int)change.Sequence - 1].Text is var known && known != text)
            throw new SimulationException(Check.FeedRepeatsItself, $"partition {partition}: change {change.Sequence} was {known}; now it is {text}");
    }
}
