using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.TestKit.Memory;

/// <summary>The snapshots port in memory: gone with the object. Its faults are asked for by a test. Thread-safe.</summary>
public sealed class MemorySnapshots : ISnapshots
{
    private sealed class Stored
    {
        public long Epoch;
        public long Position = -1;
        public byte[] Head = [];
        public SortedDictionary<int, byte[]> Accounts { get; private init; } = [];
        public SortedDictionary<long, StoredChange> Changes { get; private init; } = [];
        public List<IdChunk> Ids { get; private init; } = [];
        public Dictionary<string, string> Directory { get; private init; } = [];

        public Stored Copy() => new()
        {
            Epoch = Epoch, Position = Position, Head = Head, Accounts = new(Accounts), Changes = new(Changes), Ids = [.. Ids], Directory = new(Directory),
        };
    }

    private readonly Lock gate = new();
    private readonly Dictionary<int, Stored> partitions = [];

    /// <summary>So many of the next checkpoints fail.</summary>
    public int Failures { get; set; }

    /// <summary>Every load fails after it has given its accounts.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Checkpoints stored.</summary>
    public int Checkpoints { get; private set; }

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<long> AcquireAsync(int partition, CancellationToken cancellationToken)
    {
        lock (gate) return new(++Of(partition).Epoch);
    }

    public ValueTask<LoadedCheckpoint?> LoadAsync(int partition, ISnapshotVisitor visitor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        lock (gate)
        {
            var stored = Of(partition);
            if (stored.Position < 0) return new((LoadedCheckpoint?)null);
            // Any order is allowed, so the last account comes first.
            foreach (var (number, state) in stored.Accounts.Reverse()) visitor.Account(new StoredAccount(number, state));
            if (IsDamaged) throw new SnapshotDamagedException("The test wants account 0 to be damaged.");
            foreach (var chunk in stored.Ids.OrderBy(chunk => chunk.Position)) visitor.Ids(chunk);
            foreach (var (user, account) in stored.Directory) visitor.Directory(new DirectoryEntry(user, account));
            return new(new LoadedCheckpoint(stored.Position, stored.Head, stored.Changes.Count == 0 ? 0 : stored.Changes.Keys.Last()));
        }
    }

    public ValueTask PersistAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        lock (gate)
        {
            var stored = Of(checkpoint.Partition);
            if (checkpoint.Epoch == 0 || checkpoint.Epoch != stored.Epoch) throw new FencedException($"Partition {checkpoint.Partition} has another owner.");
            if (Failures > 0)
            {
                Failures--;
                throw new IOException("The test wants this checkpoint to fail.");
            }

            if (checkpoint.Replaces) partitions[checkpoint.Partition] = stored = new Stored { Epoch = stored.Epoch };
            stored.Position = checkpoint.Position;
            stored.Head = checkpoint.Head.ToArray();
            foreach (var account in checkpoint.Accounts) stored.Accounts[account.Number] = account.State.ToArray();
            foreach (var change in checkpoint.Changes) stored.Changes.TryAdd(change.Sequence, change.Read());
            stored.Ids.RemoveAll(chunk => chunk.MaxDay < checkpoint.DropIdsBeforeDay);
            stored.Ids.RemoveAll(chunk => checkpoint.Ids.Any(newer => newer.Position == chunk.Position));
            foreach (var chunk in checkpoint.Ids) stored.Ids.Add(chunk with { Ids = chunk.Ids.ToArray() });
            foreach (var entry in checkpoint.Directory) stored.Directory[entry.User] = entry.Account;
            Checkpoints++;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<StoredChange>> HistoryAsync(int partition, ulong accountHash, long before, int limit, CancellationToken cancellationToken)
    {
        lock (gate)
            return new([.. Of(partition).Changes.Values.Reverse().Where(change => change.AccountHash == accountHash && change.Sequence < before).Take(limit)]);
    }

    public ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken)
    {
        lock (gate) return new([.. Of(partition).Changes.Values.Where(change => change.Sequence > after).Take(limit)]);
    }

    /// <summary>What is durable at this moment. Take it before the journal's: a checkpoint is never ahead of its journal.</summary>
    public MemorySnapshots Image()
    {
        var image = new MemorySnapshots();
        lock (gate)
        {
            foreach (var (partition, stored) in partitions) image.partitions[partition] = stored.Copy();
        }

        return image;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Stored Of(int partition)
    {
        if (!partitions.TryGetValue(partition, out var stored)) partitions[partition] = stored = new Stored();
        return stored;
    }
}
