using System.Text;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>The state file's one writing connection and its statements. Not thread-safe. After a <see cref="DatabaseException"/> it is of no more use.</summary>
internal sealed class SnapshotWriter : IDisposable
{
    private static readonly string[] Versions =
    [
        """
        CREATE TABLE partitions(
            partition INTEGER PRIMARY KEY,
            epoch INTEGER NOT NULL,
            position INTEGER,                 -- NULL: owned, but no checkpoint yet
            last_sequence INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            head BLOB NOT NULL) STRICT;
        CREATE TABLE accounts(
            id INTEGER PRIMARY KEY,           -- partition << 40 | number
            checksum INTEGER NOT NULL,
            state BLOB NOT NULL) STRICT;
        CREATE TABLE changes(
            id INTEGER PRIMARY KEY,           -- partition << 40 | sequence
            account_hash INTEGER NOT NULL,
            body TEXT NOT NULL) STRICT;
        CREATE INDEX changes_by_account ON changes(account_hash, id);
        CREATE TABLE ids(
            partition INTEGER NOT NULL,
            position INTEGER NOT NULL,
            max_day INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            ids BLOB NOT NULL,
            PRIMARY KEY (partition, position)) STRICT;
        CREATE TABLE directory(
            partition INTEGER NOT NULL,
            user TEXT NOT NULL,
            account TEXT NOT NULL,
            PRIMARY KEY (partition, user)) STRICT, WITHOUT ROWID;
        """,
        // Bodies are ChangeBytes; what the first release wrote as JSON stays JSON.
        """
        ALTER TABLE changes RENAME TO changes_as_text;
        CREATE TABLE changes(
            id INTEGER PRIMARY KEY,           -- partition << 40 | sequence
            account_hash INTEGER NOT NULL,
            body BLOB NOT NULL) STRICT;
        INSERT INTO changes SELECT id, account_hash, CAST(body AS BLOB) FROM changes_as_text;
        DROP TABLE changes_as_text;
        CREATE INDEX changes_by_account ON changes(account_hash, id);
        """,
        // Sums over every field of every row, and counts of rows that nothing else would miss. What did not match its sum before does not match the new one either.
        """
        ALTER TABLE partitions ADD COLUMN damaged TEXT;               -- what a running server found damaged: the next start makes the partition anew
        ALTER TABLE partitions ADD COLUMN ids_count INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE partitions ADD COLUMN directory_count INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE changes ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE directory ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
        UPDATE partitions SET checksum = sum_head(partition, position, last_sequence, head) WHERE position IS NOT NULL AND checksum = sum_before(head, position);
        UPDATE ids SET checksum = sum_ids(partition, position, max_day, ids) WHERE checksum = sum_before(ids, position);
        UPDATE changes SET checksum = sum_change(id >> 40, id & 1099511627775, account_hash, body);
        UPDATE directory SET checksum = sum_user(partition, user, account);
        UPDATE partitions SET
            ids_count = (SELECT count(*) FROM ids WHERE ids.partition = partitions.partition),
            directory_count = (SELECT count(*) FROM directory WHERE directory.partition = partitions.partition);
        """,
    ];

    private readonly Database database;
    private readonly Statement begin;
    private readonly Statement commit;
    private readonly Statement acquire;
    private readonly Statement fence;
    private readonly Statement head;
    private readonly Statement account;
    private readonly Statement change;
    private readonly Statement ids;
    private readonly Statement knownIds;
    private readonly Statement dropIds;
    private readonly Statement directory;
    private readonly Statement knownUser;
    private readonly Statement condemn;
    private long lastSequence;
    private long idsCount;
    private long directoryCount;

    public SnapshotWriter(string path, int pageSize)
    {
        // NORMAL: a power cut may take back the last checkpoints, and all of this can be made again from the journal, which is on the disk.
        database = Database.OpenWriter(path, "NORMAL", pageSize, cacheMiB: 64);
        try
        {
            SnapshotSums.AddTo(database);
            Schema.Migrate(database, Versions);
            begin = database.Prepare("BEGIN IMMEDIATE");
            commit = database.Prepare("COMMIT");
            acquire = database.Prepare(
                "INSERT INTO partitions(partition, epoch, position, last_sequence, checksum, head) VALUES (?, 1, NULL, 0, 0, x'') ON CONFLICT DO UPDATE SET epoch = epoch + 1 RETURNING epoch");
            fence = database.Prepare("SELECT epoch, last_sequence, ids_count, directory_count FROM partitions WHERE partition = ?");
            head = database.Prepare(
                "UPDATE partitions SET position = ?2, last_sequence = ?3, checksum = ?4, head = ?5, ids_count = ?6, directory_count = ?7 WHERE partition = ?1");
            account = database.Prepare("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?)");
            change = database.Prepare("INSERT INTO changes(id, account_hash, body, checksum) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
            ids = database.Prepare("INSERT OR REPLACE INTO ids VALUES (?, ?, ?, ?, ?)");
            knownIds = database.Prepare("SELECT count(*) FROM ids WHERE partition = ? AND position = ?");
            dropIds = database.Prepare("DELETE FROM ids WHERE partition = ? AND max_day < ?");
            directory = database.Prepare("INSERT OR REPLACE INTO directory(partition, user, account, checksum) VALUES (?, ?, ?, ?)");
            knownUser = database.Prepare("SELECT count(*) FROM directory WHERE partition = ? AND user = ?");
            condemn = database.Prepare("UPDATE partitions SET damaged = ?2 WHERE partition = ?1 AND damaged IS NULL");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long Acquire(int partition)
    {
        acquire.Bind(1, partition).Step();
        var result = acquire.Number(0);
        // A row is out before the statement is done: only the step to its end commits.
        acquire.Step();
        acquire.Reset();
        return result;
    }

    /// <summary>One transaction; returns about how many bytes the WAL has grown.</summary>
    public long Persist(Checkpoint checkpoint)
    {
        begin.Run();
        try
        {
            Fence(checkpoint);
            var grown = Write(checkpoint);
            commit.Run();
            return grown;
        }
        catch
        {
            database.TryRollback();
            throw;
        }
    }

    /// <summary>Leaves word for the next start: something of the partition is damaged, so it is to be made anew.</summary>
    public void Condemn(int partition, string what) => condemn.Bind(1, partition).BindText(2, what).Run();

    public void Dispose() => database.Dispose();

    private void Fence(Checkpoint checkpoint)
    {
        var stored = 0L;
        if (fence.Bind(1, checkpoint.Partition).Step())
            (stored, lastSequence, idsCount, directoryCount) = (fence.Number(0), fence.Number(1), fence.Number(2), fence.Number(3));
        fence.Reset();
        if (stored != checkpoint.Epoch)
        {
            throw new FencedException($"A checkpoint of partition {checkpoint.Partition} comes from epoch {checkpoint.Epoch}, but the partition is at epoch {stored}: " +
                "another owner has it. This one must stop applying, and acquire the partition again before it goes on.");
        }
    }

    private long Write(Checkpoint checkpoint)
    {
        var partition = checkpoint.Partition;
        if (checkpoint.Replaces) Clear(partition);
        long grown = 8_192 + checkpoint.Head.Length;
        foreach (var (number, state) in checkpoint.Accounts)
        {
            var id = SnapshotKey.Account(partition, number);
            account.Bind(1, id).Bind(2, SnapshotKey.Checksum(state.Span, id)).BindBlob(3, state.Span).Run();
            grown += state.Length + 64;
        }

        foreach (var (sequence, accountHash, bytes) in checkpoint.Changes)
        {
            change.Bind(1, SnapshotKey.Change(partition, sequence)).Bind(2, (long)accountHash).BindBlob(3, bytes.Span)
                .Bind(4, StateChecksum.Change(partition, sequence, accountHash, bytes.Span)).Run();
            lastSequence = Math.Max(lastSequence, sequence);
            grown += bytes.Length + 64;
        }

        grown += WriteIds(checkpoint) + WriteDirectory(checkpoint);
        head.Bind(1, partition).Bind(2, checkpoint.Position).Bind(3, lastSequence)
            .Bind(4, StateChecksum.Head(partition, checkpoint.Position, lastSequence, checkpoint.Head.Span)).BindBlob(5, checkpoint.Head.Span)
            .Bind(6, idsCount).Bind(7, directoryCount).Run();
        return grown;
    }

    private long WriteIds(Checkpoint checkpoint)
    {
        var partition = checkpoint.Partition;
        var grown = 0L;
        foreach (var (position, maxDay, bytes) in checkpoint.Ids)
        {
            idsCount += 1 - Count(knownIds.Bind(1, partition).Bind(2, position));
            ids.Bind(1, partition).Bind(2, position).Bind(3, maxDay).Bind(4, StateChecksum.Ids(partition, position, maxDay, bytes.Span)).BindBlob(5, bytes.Span).Run();
            grown += bytes.Length + 64;
        }

        if (checkpoint.DropIdsBeforeDay == int.MinValue) return grown;
        dropIds.Bind(1, partition).Bind(2, checkpoint.DropIdsBeforeDay).Run();
        idsCount -= database.Changes;
        return grown;
    }

    private long WriteDirectory(Checkpoint checkpoint)
    {
        var partition = checkpoint.Partition;
        foreach (var (user, target) in checkpoint.Directory)
        {
            var (userBytes, targetBytes) = (Encoding.UTF8.GetBytes(user), Encoding.UTF8.GetBytes(target));
            directoryCount += 1 - Count(knownUser.Bind(1, partition).BindText(2, userBytes));
            directory.Bind(1, partition).BindText(2, userBytes).BindText(3, targetBytes).Bind(4, StateChecksum.User(partition, userBytes, targetBytes)).Run();
        }

        return 128L * checkpoint.Directory.Count;
    }

    private static long Count(Statement counting)
    {
        var count = counting.Step() ? counting.Number(0) : 0;
        counting.Reset();
        return count;
    }

    // Seldom: a partition that was replayed from its journal's start, or is new. The owner's epoch stays.
    private void Clear(int partition)
    {
        var (first, last) = (SnapshotKey.Account(partition, 0), SnapshotKey.Account(partition + 1, 0) - 1);
        database.Execute(
            $"""
            DELETE FROM accounts WHERE id BETWEEN {first} AND {last};
            DELETE FROM changes WHERE id BETWEEN {first} AND {last};
            DELETE FROM ids WHERE partition = {partition};
            DELETE FROM directory WHERE partition = {partition};
            UPDATE partitions SET damaged = NULL WHERE partition = {partition};
            """);
        lastSequence = idsCount = directoryCount = 0;
    }
}

/// <summary>Keys and checksums of the state file's rows.</summary>
internal static class SnapshotKey
{
    /// <summary>Sequences and numbers lie below it.</summary>
    public const long Bound = 1L << 40;

    public static long Account(int partition, int number) => ((long)partition << 40) | (uint)number;

    public static long Change(int partition, long sequence) =>
        sequence is >= 0 and < Bound ? ((long)partition << 40) | sequence : throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"A sequence lies between 0 and {Bound - 1}.");

    /// <summary>With the key as its seed, so that a row with another's bytes is noticed too.</summary>
    public static long Checksum(ReadOnlySpan<byte> bytes, long key) => (long)StableHash.Of(bytes, (ulong)key);
}
