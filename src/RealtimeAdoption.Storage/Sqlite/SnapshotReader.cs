using System.Buffers;
using System.Text.Json;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>One reading connection to the state file. Not thread-safe; pooled by the store.</summary>
internal sealed class SnapshotReader : IDisposable
{
    private readonly Database database;
    private readonly Statement begin;
    private readonly Statement end;
    private readonly Statement head;
    private readonly Statement accounts;
    private readonly Statement ids;
    private readonly Statement directory;
    private readonly Statement history;
    private readonly Statement feed;
    private byte[] buffer = [];

    public SnapshotReader(string path)
    {
        database = Database.OpenReader(path, cacheMiB: 8);
        try
        {
            begin = database.Prepare("BEGIN");
            end = database.Prepare("COMMIT");
            head = database.Prepare("SELECT position, last_sequence, checksum, head, damaged, ids_count, directory_count FROM partitions WHERE partition = ? AND position IS NOT NULL");
            accounts = database.Prepare("SELECT id, checksum, state FROM accounts WHERE id BETWEEN ? AND ? ORDER BY id");
            ids = database.Prepare("SELECT position, max_day, checksum, ids FROM ids WHERE partition = ? ORDER BY position");
            directory = database.Prepare("SELECT user, account, checksum FROM directory WHERE partition = ?");
            history = database.Prepare("SELECT id, account_hash, body, checksum FROM changes WHERE account_hash = ? AND id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?");
            feed = database.Prepare("SELECT id, account_hash, body, checksum FROM changes WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?");
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Everything of one moment.</summary>
    public LoadedCheckpoint? Load(int partition, ISnapshotVisitor visitor, CancellationToken cancellationToken)
    {
        begin.Run();
        try
        {
            var loaded = Head(partition);
            if (loaded is null) return null;
            Accounts(partition, visitor, cancellationToken);
            Ids(partition, visitor, head.Number(5));
            Directory(partition, visitor, head.Number(6));
            return loaded;
        }
        finally
        {
            head.Reset();
            accounts.Reset();
            ids.Reset();
            directory.Reset();
            end.Run();
        }
    }

    public List<StoredChange> History(int partition, ulong accountHash, long before, int limit)
    {
        // Sequences are 0 and up, so that 'below 0' is an empty range, not the partition before.
        history.Bind(1, (long)accountHash).Bind(2, SnapshotKey.Change(partition, 0))
            .Bind(3, SnapshotKey.Change(partition, 0) + Math.Clamp(before, 0, SnapshotKey.Bound) - 1).Bind(4, limit);
        return Changes(partition, history);
    }

    public List<StoredChange> Feed(int partition, long after, int limit)
    {
        feed.Bind(1, SnapshotKey.Change(partition, 0) + Math.Clamp(after, -1, SnapshotKey.Bound - 1) + 1).Bind(2, SnapshotKey.Change(partition, SnapshotKey.Bound - 1)).Bind(3, limit);
        return Changes(partition, feed);
    }

    public void Dispose()
    {
        database.Dispose();
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private LoadedCheckpoint? Head(int partition)
    {
        if (!head.Bind(1, partition).Step()) return null;
        var (position, lastSequence) = (head.Number(0), head.Number(1));
        if (head.Text(4) is { } found) throw Damage.Found(partition, database.Path, found);
        var bytes = head.Blob(3).ToArray();
        return StateChecksum.Head(partition, position, lastSequence, bytes) == head.Number(2)
            ? new LoadedCheckpoint(position, bytes, lastSequence)
            : throw Damaged($"The head of partition {partition}");
    }

    private void Accounts(int partition, ISnapshotVisitor visitor, CancellationToken cancellationToken)
    {
        accounts.Bind(1, SnapshotKey.Account(partition, 0)).Bind(2, SnapshotKey.Account(partition + 1, 0) - 1);
        while (accounts.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var id = accounts.Number(0);
            var number = (int)(id & (SnapshotKey.Bound - 1));
            var state = Copy(accounts.Blob(2));
            if (SnapshotKey.Checksum(state.Span, id) != accounts.Number(1)) throw Damaged($"The state of account number {number} of partition {partition}");
            visitor.Account(new StoredAccount(number, state));
        }
    }

    private void Ids(int partition, ISnapshotVisitor visitor, long count)
    {
        ids.Bind(1, partition);
        for (; ids.Step(); count--)
        {
            var (position, maxDay) = (ids.Number(0), (int)ids.Number(1));
            var bytes = Copy(ids.Blob(3));
            if (StateChecksum.Ids(partition, position, maxDay, bytes.Span) != ids.Number(2)) throw Damaged($"The message ids of partition {partition} up to position {position}");
            visitor.Ids(new IdChunk(position, maxDay, bytes));
        }

        if (count != 0) throw Damaged($"The number of rows with message ids of partition {partition}");
    }

    private void Directory(int partition, ISnapshotVisitor visitor, long count)
    {
        directory.Bind(1, partition);
        for (; directory.Step(); count--)
        {
            if (StateChecksum.User(partition, directory.Blob(0), directory.Blob(1)) != directory.Number(2)) throw Damaged($"The account of a user of partition {partition}");
            visitor.Directory(new DirectoryEntry(directory.Text(0)!, directory.Text(1)!));
        }

        if (count != 0) throw Damaged($"The number of users of partition {partition}");
    }

    private List<StoredChange> Changes(int partition, Statement rows)
    {
        var changes = new List<StoredChange>();
        try
        {
            while (rows.Step())
            {
                var sequence = rows.Number(0) & (SnapshotKey.Bound - 1);
                if (StateChecksum.Change(partition, sequence, (ulong)rows.Number(1), rows.Blob(2)) != rows.Number(3)) throw Damaged($"Change {sequence} of partition {partition}");
                changes.Add(new StoredChange(sequence, (ulong)rows.Number(1), Parse(partition, sequence, rows.Blob(2))));
            }

            return changes;
        }
        finally
        {
            rows.Reset();
        }
    }

    private Change Parse(int partition, long sequence, ReadOnlySpan<byte> body)
    {
        try
        {
            return ChangeJson.IsJson(body) ? JsonSerializer.Deserialize(body, ChangeJson.Default.Change)! : ChangeBytes.Read(body);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            throw Damaged($"Change {sequence} of partition {partition}", exception);
        }
    }

    /// <summary>The visitor takes memory, SQLite gives a span of its own.</summary>
    private ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        if (buffer.Length < bytes.Length)
        {
            if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
            buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
        }

        bytes.CopyTo(buffer);
        return buffer.AsMemory(0, bytes.Length);
    }

    private SnapshotDamagedException Damaged(string what, Exception? inner = null) => Damage.Of(what, database.Path, inner);
}
