using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Simulation.Faults;

namespace RealtimeAdoption.Simulation.Host;

// The threads beside the lane: the committer, the one that stores checkpoints, the one that reads history.
internal sealed partial class SimulatedHost
{
    private const int StallMax = 30;

    private readonly List<CommitGroup> waiting = [];
    private readonly Queue<Checkpoint> checkpoints = new();
    private readonly List<PassReading> passes = [];
    private int committing;
    private bool wantsHeads;
    private int commitStall;
    private int checkpointStall;

    /// <summary>A reading found a damaged segment: an operator is wanted.</summary>
    public bool HasFoundDamage { get; set; }

    /// <summary>The committer makes a step: one commit of all that waits, or an attempt to learn where the journal is.</summary>
    public bool Commit()
    {
        if (commitStall > 0)
        {
            commitStall--;
            return true;
        }

        if (wantsHeads) return ReadHeads();
        var taken = Waiting();
        waiting.Clear();
        if (taken.Count == 0) return false;
        try
        {
            Now(world.Journal.CommitAsync([.. taken.SelectMany(group => group.Segments)], default));
            foreach (var group in taken) inbox.Enqueue(() => Committed(group));
        }
        catch (JournalException)
        {
            wantsHeads = true;
            inbox.Enqueue(Suspend);
            // What is queued, or still comes from before the lane has heard of it, does not follow on any more.
            committing++;
        }

        if (world.Faults.Fires(FaultKind.CommitStalled)) commitStall = world.Dice.Between(5, StallMax);
        return true;
    }

    // Only then may history be found to be incomplete.
    private long ReadsCutShort => world.Faults.Tally[FaultKind.HistoryCutShort];

    private List<CommitGroup> Waiting() => waiting.FindAll(group => group.Generation == committing);

    private bool ReadHeads()
    {
        try
        {
            var heads = Now(world.Journal.HeadsAsync(default));
            inbox.Enqueue(() => Resume(heads));
            wantsHeads = false;
        }
        catch (JournalException)
        {
            // It is tried again.
        }

        return true;
    }

    /// <summary>A checkpoint is stored, or refused.</summary>
    public bool StoreCheckpoint()
    {
        if (checkpointStall > 0)
        {
            checkpointStall--;
            return true;
        }

        if (!checkpoints.TryDequeue(out var checkpoint)) return false;
        try
        {
            Now(world.Snapshots.PersistAsync(checkpoint, default));
            inbox.Enqueue(() => partitions[checkpoint.Partition].Persisted(checkpoint.Position));
        }
        catch (SnapshotException)
        {
            inbox.Enqueue(() => partitions[checkpoint.Partition].PersistFailed(checkpoint.Position));
        }

        if (world.Faults.Fires(FaultKind.CheckpointStalled)) checkpointStall = world.Dice.Between(5, StallMax);
        return true;
    }

    /// <summary>One of the readings of history goes on by some segments, or comes to its end.</summary>
    public bool ReadOn()
    {
        if (passes.Count == 0) return false;
        var reading = world.Dice.OneOf(passes);
        var cutShort = reading.CutShortBefore;
        try
        {
            for (var segments = world.Dice.Of(1, 5, 50); segments > 0; segments--)
            {
                if (reading.Next()) continue;
                End(reading, isRead: true);
                break;
            }
        }
        catch (Exception error) when (error is JournalException || (error is InvalidDataException && ReadsCutShort > cutShort))
        {
            HasFoundDamage |= error is JournalDamagedException;
            End(reading, isRead: false);
        }

        return true;
    }

    private void End(PassReading reading, bool isRead)
    {
        passes.Remove(reading);
        reading.Dispose();
        var partition = partitions[reading.Pass.Partition];
        inbox.Enqueue(() =>
        {
            if (isRead)
            {
                partition.RebuildReady(reading.Pass, world.Clock.ShownMs);
                return;
            }

            var ofActivation = partition.IsOfActivation(reading.Pass);
            partition.RebuildFailed(reading.Pass);
            if (ofActivation && world.Dice.Chance(0.5)) partition.PutActivationBack();
        });
    }

    private static void Now(ValueTask task) => task.AsTask().GetAwaiter().GetResult();

    private static T Now<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();
}

/// <summary>A walk over history, a segment at a time.</summary>
/// <param name="journal">Of the store.</param>
/// <param name="pass">What is to be read.</param>
/// <param name="cutShortBefore">How many readings had been cut short when it began.</param>
internal sealed class PassReading(IJournal journal, HistoryPass pass, long cutShortBefore) : IDisposable
{
    private readonly IEnumerator<Segment> segments = journal.ReadAsync(pass.Partition, pass.After, pass.Until, default).ToBlockingEnumerable().GetEnumerator();

    public HistoryPass Pass => pass;

    public long CutShortBefore => cutShortBefore;

    /// <summary>False: it has come to its end, and is computed.</summary>
    public bool Next()
    {
        if (segments.MoveNext())
        {
            pass.Take(segments.Current);
            return true;
        }

        pass.Compute();
        return false;
    }

    public void Dispose() => segments.Dispose();
}
