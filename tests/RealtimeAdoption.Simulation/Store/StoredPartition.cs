using System.Text;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Storage;

namespace RealtimeAdoption.Simulation.Store;

/// <summary>Bytes with their sum, as they are stored. Immutable, so that an earlier image of the store may share it.</summary>
/// <param name="Bytes">As stored, damaged or not.</param>
/// <param name="Sum">As it was written.</param>
/// <param name="IsDamaged">For checks: a bit has turned.</param>
internal sealed record StoredRow(byte[] Bytes, long Sum, bool IsDamaged = false);

/// <summary>All that the snapshots hold of one partition, in the rows and sums of the PostgreSQL store.</summary>
internal sealed class StoredPartition
{
    public long Epoch { get; set; }

    /// <summary>Of the checkpoint; -1: there is none.</summary>
    public long Position { get; private set; } = -1;
    public StoredRow? Head { get; set; }
    public long LastSequence { get; private set; }
    public SortedDictionary<int, StoredRow> Accounts { get; private init; } = [];
    public SortedDictionary<long, (ulong Account, StoredRow Row)> Changes { get; private init; } = [];
    public SortedDictionary<long, (int MaxDay, StoredRow Row)> Ids { get; private init; } = [];
    public SortedDictionary<string, StoredRow> Directory { get; private init; } = new(StringComparer.Ordinal);

    public StoredPartition Copy() => new()
    {
        Epoch = Epoch, Position = Position, Head = Head, LastSequence = LastSequence, Accounts = new(Accounts), Changes = new(Changes), Ids = new(Ids), Directory = new(Directory, StringComparer.Ordinal),
    };

    /// <summary>The change that is stored under the number of one that comes now, and is another one; null: there is none.</summary>
    public WrittenChange? Contradicts(Checkpoint checkpoint)
    {
        if (checkpoint.Replaces) return null;
        foreach (var change in checkpoint.Changes)
        {
            if (Changes.TryGetValue(change.Sequence, out var known) && !known.Row.IsDamaged && !(known.Account == change.AccountHash && change.Bytes.Span.SequenceEqual(known.Row.Bytes)))
                return change;
        }

        return null;
    }

    public void Write(Checkpoint checkpoint)
    {
        var partition = checkpoint.Partition;
        if (checkpoint.Replaces)
        {
            Accounts.Clear();
            Changes.Clear();
            Ids.Clear();
            Directory.Clear();
            LastSequence = 0;
        }

        foreach (var (number, state) in checkpoint.Accounts) Accounts[number] = new StoredRow(state.ToArray(), StateChecksum.Account(partition, number, state.Span));
        foreach (var (sequence, account, bytes) in checkpoint.Changes)
        {
            LastSequence = Math.Max(LastSequence, sequence);
            Changes.TryAdd(sequence, (account, new StoredRow(bytes.ToArray(), StateChecksum.Change(partition, sequence, account, bytes.Span))));
        }

        foreach (var (position, maxDay, ids) in checkpoint.Ids) Ids[position] = (maxDay, new StoredRow(ids.ToArray(), StateChecksum.Ids(partition, position, maxDay, ids.Span)));
        foreach (var gone in Ids.Where(chunk => chunk.Value.MaxDay < checkpoint.DropIdsBeforeDay).Select(chunk => chunk.Key).ToList()) Ids.Remove(gone);
        foreach (var (user, account) in checkpoint.Directory)
        {
            var bytes = Encoding.UTF8.GetBytes(account);
            Directory[user] = new StoredRow(bytes, StateChecksum.User(partition, Encoding.UTF8.GetBytes(user), bytes));
        }

        Position = checkpoint.Position;
        Head = new StoredRow(checkpoint.Head.ToArray(), StateChecksum.Head(partition, Position, LastSequence, checkpoint.Head.Span));
    }
}
