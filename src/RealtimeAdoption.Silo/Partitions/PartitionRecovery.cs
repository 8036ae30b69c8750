using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>Brings a partition from the store to where the journal ends: its checkpoint, then the records after it. The epoch must be acquired before the head is read.</summary>
/// <param name="house">Of the silo.</param>
/// <param name="load">What the partition puts out of its checkpoint.</param>
/// <param name="take">What it puts out of the records after it.</param>
internal sealed class PartitionRecovery(SiloHouse house, Action<Output> load, Action<Output> take)
{
    public async Task<Partition> RunAsync(int index, long head)
    {
        var partition = await LoadAsync(index, head);
        try
        {
            await foreach (var segment in house.Journal.ReadAsync(index, partition.Applied, head, CancellationToken.None)) await house.Journal.ReplayAsync(partition, segment, () => Drain(partition, take), CancellationToken.None);
            return partition.Applied == head ? partition : throw new JournalException($"Partition {index}: the journal ends at {partition.Applied}, its head is {head}.");
        }
        catch
        {
            partition.Dispose();
            throw;
        }
    }

    private async Task<Partition> LoadAsync(int index, long head)
    {
        var partition = New(index);
        try
        {
            var loaded = await house.Snapshots.LoadAsync(index, partition, CancellationToken.None);
            if (loaded is null) return partition;
            if (loaded.Position > head)
                throw new JournalDamagedException($"Partition {index}: the checkpoint is of position {loaded.Position}, but the journal ends at {head}. The journal has lost records, or the two are not of one store.");
            partition.Restore(loaded);
            await foreach (var segment in house.Journal.ReadAsync(index, partition.Applied - 1, partition.Applied, CancellationToken.None))
                if (!partition.IsOf(segment)) throw new InvalidDataException($"Partition {index}: the checkpoint of position {partition.Applied} does not come from this journal.");
            Drain(partition, load);
            foreach (var news in await NewsRecall.ReadAsync(house.Snapshots, partition, loaded.LastSequence, CancellationToken.None)) load(new NewsFound(news));
            return partition;
        }
        catch (Exception error) when (error is SnapshotDamagedException or InvalidDataException)
        {
            house.Logger.LogError(error, "The checkpoint of partition {Partition} cannot be used; the whole journal of the partition is replayed.", index);
            partition.Dispose();
            return New(index);
        }
        catch
        {
            partition.Dispose();
            throw;
        }
    }

    private Partition New(int index) => new(index, house.Partition, house.ModelOf, house.IdRoomOf(index)) { Store = house.Store };

    private static HistoryPass? Drain(Partition partition, Action<Output> to)
    {
        HistoryPass? pass = null;
        while (partition.TryTake(out var output))
        {
            if (output is ReadHistory read) pass = read.Pass;
            else to(output);
        }

        return pass;
    }
}
