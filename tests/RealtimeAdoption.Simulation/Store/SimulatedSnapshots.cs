using System.Text;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Simulation.Checks;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Storage;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Simulation.Store;

/// <summary>
/// The snapshots port with nothing but its own contract: a checkpoint is stored whole or not at all, and its answer may say otherwise; rows carry sums and may be damaged; a power cut may take
/// back the last checkpoints. It outlives the process that writes to it. Every call completes at once. One thread.
/// </summary>
internal sealed class SimulatedSnapshots(FaultSchedule faults, Dice dice, int partitions) : ISnapshots
{
    private const int ImagesMax = 3;

    private readonly StoredPartition[] stored = [.. Enumerable.Range(0, partitions).Select(_ => new StoredPartition())];

    // Of each partition, newest last.
    private readonly List<StoredPartition>[] images = [.. Enumerable.Range(0, partitions).Select(_ => new List<StoredPartition>())];

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<long> AcquireAsync(int partition, CancellationToken cancellationToken) => new(++stored[partition].Epoch);

    public ValueTask<LoadedCheckpoint?> LoadAsync(int partition, ISnapshotVisitor visitor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        var from = stored[partition];
        if (faults.Fires(FaultKind.SnapshotUnreadable)) throw new SnapshotException($"The state of partition {partition} cannot be read.");
        if (from.Head is not { } head) return new((LoadedCheckpoint?)null);
        // Any order is allowed.
        var accounts = from.Accounts.ToList();
        if (dice.Chance(0.5)) accounts.Reverse();
        foreach (var (number, row) in accounts)
        {
            Hold(row, StateChecksum.Account(partition, number, row.Bytes), $"account {number} of partition {partition}");
            visitor.Account(new StoredAccount(number, row.Bytes));
        }

        foreach (var (position, (maxDay, row)) in from.Ids)
        {
            Hold(row, StateChecksum.Ids(partition, position, maxDay, row.Bytes), $"the ids of partition {partition} at {position}");
            visitor.Ids(new IdChunk(position, maxDay, row.Bytes));
        }

        foreach (var (user, row) in from.Directory)
        {
            Hold(row, StateChecksum.User(partition, Encoding.UTF8.GetBytes(user), row.Bytes), $"user {user} of partition {partition}");
            visitor.Directory(new DirectoryEntry(user, Encoding.UTF8.GetString(row.Bytes)));
        }

        Hold(head, StateChecksum.Head(partition, from.Position, from.LastSequence, head.Bytes), $"the head of partition {partition}");
        return new(new LoadedCheckpoint(from.Position, head.Bytes, from.LastSequence));
    }

    public ValueTask PersistAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (checkpoint.Epoch != stored[checkpoint.Partition].Epoch) throw new FencedException($"Partition {checkpoint.Partition} has another owner.");
        if (faults.Fires(FaultKind.CheckpointFailed)) throw new SnapshotException("The checkpoint failed.");
        Store(checkpoint);
        if (faults.Fires(FaultKind.CheckpointAnswerLost)) throw new SnapshotException("The checkpoint's answer was lost.");
        return ValueTask.CompletedTask;
    }

    /// <summary>What a checkpoint that nobody hears of any more leaves.</summary>
    public void Store(Checkpoint checkpoint)
    {
        var partition = checkpoint.Partition;
        for (var i = 1; i < checkpoint.Changes.Count; i++)
        {
            if (checkpoint.Changes[i].Sequence != checkpoint.Changes[i - 1].Sequence + 1)
                throw new SimulationException(Check.FeedIsContiguous, $"a checkpoint of partition {partition} has change {checkpoint.Changes[i].Sequence} behind {checkpoint.Changes[i - 1].Sequence}");
        }

        if (stored[partition].Contradicts(checkpoint) is { } other)
            throw new SimulationException(Check.FeedRepeatsItself, $"change {other.Sequence} of partition {partition} is stored as another one than {other.Read().Change}");
        images[partition].Add(stored[partition].Copy());
        if (images[partition].Count > ImagesMax) images[partition].RemoveAt(0);
        stored[partition].Write(checkpoint);
    }

    public ValueTask<IReadOnlyList<StoredChange>> HistoryAsync(int partition, ulong accountHash, long before, int limit, CancellationToken cancellationToken) =>
        new([.. stored[partition].Changes.Reverse().Where(change => change.Value.Account == accountHash && change.Key < before).Take(limit).Select(change => Read(partition, change.Key, change.Value))]);

    public ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) =>
        new([.. stored[partition].Changes.Where(change => change.Key > after).Take(limit).Select(change => Read(partition, change.Key, change.Value))]);

    /// <summary>The power goes: whole checkpoints may be taken back, a bit may turn.</summary>
    public void LosePower()
    {
        for (var partition = 0; partition < stored.Length; partition++)
        {
            if (images[partition].Count > 0 && faults.Fires(FaultKind.CheckpointsTakenBack))
            {
                var back = dice.Between(0, images[partition].Count - 1);
                var epoch = stored[partition].Epoch;
                stored[partition] = images[partition][back];
                stored[partition].Epoch = epoch;
                images[partition].RemoveRange(back, images[partition].Count - back);
            }

            if (stored[partition].Head is not null && faults.Fires(FaultKind.SnapshotDamaged)) Damage(stored[partition]);
        }
    }

    /// <summary>An operator removes what was found to be damaged: all of it can be made again.</summary>
    public void Remove(int partition)
    {
        stored[partition] = new StoredPartition { Epoch = stored[partition].Epoch };
        images[partition].Clear();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Damage(StoredPartition target)
    {
        var kind = dice.Between(0, 9);
        if (kind < 5 && target.Accounts.Count > 0)
        {
            var number = dice.OneOf(target.Accounts.Keys.ToList());
            target.Accounts[number] = Damaged(target.Accounts[number]);
        }
        else if (kind < 7 && target.Ids.Count > 0)
        {
            var position = dice.OneOf(target.Ids.Keys.ToList());
            target.Ids[position] = target.Ids[position] with { Row = Damaged(target.Ids[position].Row) };
        }
        else if (kind < 9 && target.Changes.Count > 0)
        {
            var sequence = dice.OneOf(target.Changes.Keys.ToList());
            target.Changes[sequence] = target.Changes[sequence] with { Row = Damaged(target.Changes[sequence].Row) };
        }
        else
        {
            target.Head = Damaged(target.Head!);
        }
    }

    private StoredRow Damaged(StoredRow row) => row.IsDamaged || row.Bytes.Length == 0 ? row : row with { Bytes = Bits.Turned(row.Bytes, dice), IsDamaged = true };

    private static StoredChange Read(int partition, long sequence, (ulong Account, StoredRow Row) stored)
    {
        Hold(stored.Row, StateChecksum.Change(partition, sequence, stored.Account, stored.Row.Bytes), $"change {sequence} of partition {partition}");
        return new WrittenChange(sequence, stored.Account, stored.Row.Bytes).Read();
    }

    private static void Hold(StoredRow row, long sum, string what)
    {
        if (row.Sum != sum) throw new SnapshotDamagedException($"What is stored of {what} does not match its checksum.");
        if (row.IsDamaged) throw new SimulationException(Check.DamageIsFound, $"{what} is damaged and was read as data");
    }
}
