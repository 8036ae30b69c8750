using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Simulation.Checks;
using RealtimeAdoption.Simulation.Faults;

namespace RealtimeAdoption.Simulation.Host;

// The start: every partition from its checkpoint and the journal behind it.
internal sealed partial class SimulatedHost
{
    private const ulong Store = 0x5705E;

    /// <summary>Recovers and opens. False: the store could not be read, or the process died once more; a new host may try again.</summary>
    /// <param name="modelIfNew">Where the journal has none.</param>
    /// <param name="fromScratch">Checkpoints are left aside: the whole journal is replayed.</param>
    public bool TryStart(string modelIfNew, bool fromScratch = false)
    {
        var cutShort = ReadsCutShort;
        try
        {
            var heads = Now(world.Journal.HeadsAsync(default));
            for (var index = 0; index < heads.Length; index++)
            {
                epochs.Add(Now(world.Snapshots.AcquireAsync(index, default)));
                Recover(index, heads[index], fromScratch);
                if (world.Faults.Fires(FaultKind.CrashInRecovery)) return false;
            }
        }
        catch (Exception error) when (error is JournalException or SnapshotException || (error is InvalidDataException && ReadsCutShort > cutShort))
        {
            HasFoundDamage |= error is JournalDamagedException;
            return false;
        }

        FindModels(modelIfNew);
        foreach (var partition in partitions) partition.Open(inForce, world.Clock.ShownMs);
        Drain();
        return true;
    }

    private void Recover(int index, long head, bool fromScratch)
    {
        var partition = fromScratch ? New(index) : Load(index, head);
        partitions.Add(partition);
        var after = partition.Applied;
        var tail = world.Journal.ReadAsync(index, after, head, default).ToBlockingEnumerable();
        if (world.Planted == PlantedHostBug.TailSkipped && after > 0) tail = WithoutLast(tail);
        foreach (var segment in tail) Replay(partition, segment);
        DrainReplay(partition);
        if (partition.Applied != head && world.Planted != PlantedHostBug.TailSkipped) throw new JournalException($"Partition {index}: the journal ends at {partition.Applied}, its head is {head}.");
    }

    private Partition New(int index) => new(index, world.Options, world.ReadModel) { Store = Store };

    private Partition Load(int index, long head)
    {
        var partition = New(index);
        try
        {
            if (Now(world.Snapshots.LoadAsync(index, partition, default)) is not { } loaded) return partition;
            if (loaded.Position > head) throw new SimulationException(Check.RecoveryFindsItsJournal, $"the checkpoint of partition {index} is of {loaded.Position}, its journal ends at {head}");
            partition.Restore(loaded);
            foreach (var segment in world.Journal.ReadAsync(index, partition.Applied - 1, partition.Applied, default).ToBlockingEnumerable())
                if (!partition.IsOf(segment)) throw new SimulationException(Check.RecoveryFindsItsJournal, $"the checkpoint of partition {index} at {loaded.Position} is of another journal");
            DrainReplay(partition);
            Recall(partition, loaded.LastSequence);
            return partition;
        }
        catch (Exception error) when (error is SnapshotDamagedException or InvalidDataException)
        {
            // Everything in a checkpoint can be made again from the journal, changes with the same sequences.
            partition.Dispose();
            return New(index);
        }
        catch (SnapshotException)
        {
            partition.Dispose();
            throw;
        }
    }

    // The board's feed goes on after a restart.
    private void Recall(Partition partition, long lastSequence)
    {
        foreach (var stored in Now(world.Snapshots.FeedAsync(partition.Index, Math.Max(0, lastSequence - FleetNews.LatestMax), FleetNews.LatestMax, default)))
        {
            if (!FleetNews.IsNews(stored.Change.Type) || partition.Row(stored.AccountHash) is not { } row) continue;
            news.Found(new FleetChange(partition.Index, stored.Sequence, row.Name, row.SegmentId, stored.Change) { Owner = row.Owner, Churned = row.Churned });
        }
    }

    private void Replay(Partition partition, Segment segment)
    {
        var isDone = partition.Replay(segment);
        while (!isDone)
        {
            DrainReplay(partition);
            using var reading = passes.Single();
            passes.Clear();
            while (reading.Next())
            {
            }

            isDone = partition.ReplayOn(reading.Pass);
        }

        DrainReplay(partition);
    }

    private void DrainReplay(Partition partition)
    {
        while (partition.TryTake(out var output)) Do(partition, output);
    }

    private static IEnumerable<Segment> WithoutLast(IEnumerable<Segment> segments)
    {
        // One that was read is valid until the next one is asked for.
        var copies = segments.Select(segment => segment with { Records = segment.Records.ToArray() }).ToList();
        return copies.Take(copies.Count - 1);
    }
}
