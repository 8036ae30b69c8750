using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Models;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Embedded;

/// <summary>A recovered partition, not opened yet, with its latest news, oldest first.</summary>
internal sealed record RecoveredPartition(PartitionSlot Slot, IReadOnlyList<FleetChange> Latest);

/// <summary>Brings a partition from the store back to where the journal ends: its checkpoint, then the records after it.</summary>
internal sealed class PartitionRecovery(
    IJournal journal, ISnapshots snapshots, ulong store, PartitionOptions options, Func<string, CompiledModel> readModel, Func<int, IdRoom> idRoom, UserDirectory directory, ILogger logger)
{
    private readonly List<FleetChange> latest = [];

    public async Task<RecoveredPartition> RunAsync(int index, long head, CancellationToken cancellationToken)
    {
        var epoch = await snapshots.AcquireAsync(index, cancellationToken);
        var partition = await LoadAsync(index, head, cancellationToken);
        await foreach (var segment in journal.ReadAsync(index, partition.Applied, head, cancellationToken))
        {
            await journal.ReplayAsync(partition, segment, () => Drain(partition), cancellationToken);
        }

        if (partition.Applied != head) throw new JournalException($"Partition {index}: the journal ends at {partition.Applied}, its head is {head}.");
        return new RecoveredPartition(new PartitionSlot(partition, epoch), latest);
    }

    private async Task<Partition> LoadAsync(int index, long head, CancellationToken cancellationToken)
    {
        var partition = new Partition(index, options, readModel, idRoom(index)) { Store = store };
        try
        {
            var loaded = await snapshots.LoadAsync(index, partition, cancellationToken);
            if (loaded is null) return partition;
            // Whosever it is: where the journal was lost, the checkpoints are all that is left and must not be replaced.
            if (loaded.Position > head)
            {
                throw new JournalException(
                    $"Partition {index}: the checkpoint is of position {loaded.Position}, but the journal ends at {head}. The journal has lost records, or the two are not of one store.");
            }

            partition.Restore(loaded);
            await CheckJournalAsync(partition, cancellationToken);
            Drain(partition);
            latest.AddRange(await NewsRecall.ReadAsync(snapshots, partition, loaded.LastSequence, cancellationToken));
            return partition;
        }
        catch (Exception error) when (error is SnapshotDamagedException or InvalidDataException)
        {
            // Everything in a checkpoint can be made again from the journal, changes with the same sequences.
            logger.LogError(error, "The checkpoint of partition {Partition} cannot be used; the whole journal of the partition is replayed.", index);
            partition.Dispose();
            latest.Clear();
            return new Partition(index, options, readModel, idRoom(index)) { Store = store };
        }
    }

    // A journal that was put back from an older copy, and written to since, is of the same store, yet another one.
    private async Task CheckJournalAsync(Partition partition, CancellationToken cancellationToken)
    {
        await foreach (var segment in journal.ReadAsync(partition.Index, partition.Applied - 1, partition.Applied, cancellationToken))
        {
            if (!partition.IsOf(segment)) throw new InvalidDataException($"Partition {partition.Index}: the checkpoint of position {partition.Applied} does not come from this journal.");
        }
    }

    private HistoryPass? Drain(Partition partition)
    {
        HistoryPass? pass = null;
        while (partition.TryTake(out var output))
        {
            switch (output)
            {
                case NewsFound news:
                    if (latest.Count >= 2 * FleetNews.LatestMax) latest.RemoveRange(0, FleetNews.LatestMax);
                    latest.Add(news.Change);
                    break;
                case DirectoryLearned learned:
                    directory.Learn(learned.User, learned.Account);
                    break;
                case AccountFailed or RecordQuarantined:
                    // The partition keeps it; it is reported when the lanes start.
                    break;
                case ReadHistory read:
                    pass = read.Pass;
                    break;
                default:
                    throw new InvalidOperationException($"A replay gives {output.GetType().Name}.");
            }
        }

        return pass;
    }
}
