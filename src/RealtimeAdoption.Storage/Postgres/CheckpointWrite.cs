using System.Text;
using Npgsql;
using RealtimeAdoption.Engine.Snapshots;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>Writes one checkpoint in one transaction, some rows at a time. Not thread-safe.</summary>
internal sealed class CheckpointWrite(NpgsqlConnection connection, Checkpoint checkpoint)
{
    private const int RowsAtOnce = 4_096;
    private const int BytesAtOnce = 4 << 20;

    private readonly int partition = checkpoint.Partition;
    private long lastSequence;
    private long idsCount;
    private long directoryCount;

    /// <param name="isExpected">Whether the checkpoint that is stored, by its position, is one that this one follows on.</param>
    /// <param name="cancellationToken">Half of a checkpoint is never stored.</param>
    public async Task RunAsync(Func<long?, bool> isExpected, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // The next checkpoint holds only what changed after this one: it must not be lost behind its owner's back.
        await DoAsync("SET LOCAL synchronous_commit = 'on'", cancellationToken);
        await FenceAsync(isExpected, cancellationToken);
        if (checkpoint.Replaces) await ClearAsync(cancellationToken);
        foreach (var rows in Portions(checkpoint.Accounts, account => account.State.Length)) await WriteAsync(rows, cancellationToken);
        foreach (var rows in Portions(checkpoint.Changes, change => change.Bytes.Length)) await WriteAsync(rows, cancellationToken);
        foreach (var rows in Portions(checkpoint.Ids, chunk => chunk.Ids.Length)) await WriteAsync(rows, cancellationToken);
        foreach (var rows in Portions(checkpoint.Directory, entry => entry.User.Length + entry.Account.Length)) await WriteAsync(rows, cancellationToken);
        if (checkpoint.DropIdsBeforeDay != int.MinValue)
            idsCount -= await NumberAsync("WITH gone AS (DELETE FROM ids WHERE partition = $1 AND max_day < $2 RETURNING 1) SELECT count(*) FROM gone", cancellationToken, Of(partition), Of(checkpoint.DropIdsBeforeDay));
        await DoAsync(
            "UPDATE checkpoints SET position = $2, last_sequence = $3, checksum = $4, head = $5, ids_count = $6, directory_count = $7 WHERE partition = $1",
            cancellationToken,
            Of(partition),
            Of(checkpoint.Position),
            Of(lastSequence),
            Of(StateChecksum.Head(partition, checkpoint.Position, lastSequence, checkpoint.Head.Span)),
            Of(checkpoint.Head),
            Of(idsCount),
            Of(directoryCount));
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task FenceAsync(Func<long?, bool> isExpected, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT epoch, position, last_sequence, ids_count, directory_count FROM checkpoints WHERE partition = $1 FOR UPDATE", connection) { Parameters = { Of(partition) } };
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var isThere = await row.ReadAsync(cancellationToken);
        var stored = isThere ? row.GetInt64(0) : 0;
        if (stored != checkpoint.Epoch)
        {
            throw new FencedException($"A checkpoint of partition {partition} comes from epoch {checkpoint.Epoch}, but the partition is at epoch {stored}: " +
                "another owner has it. This one must stop applying, and acquire the partition again before it goes on.");
        }

        long? position = await row.IsDBNullAsync(1, cancellationToken) ? null : row.GetInt64(1);
        if (!checkpoint.Replaces)
        {
            (lastSequence, idsCount, directoryCount) = (row.GetInt64(2), row.GetInt64(3), row.GetInt64(4));
            if (!isExpected(position))
                throw new FencedException($"The checkpoint of partition {partition} that is stored is of position {position}, not the one that this process stored last: the database has lost it. Start this process again.");
        }
    }

    // Seldom: a partition that was replayed from its journal's start, or is new. The owner's epoch stays.
    private async Task ClearAsync(CancellationToken cancellationToken)
    {
        foreach (var table in new[] { "accounts", "changes", "ids", "directory" }) await DoAsync($"DELETE FROM {table} WHERE partition = $1", cancellationToken, Of(partition));
        await DoAsync("UPDATE checkpoints SET damaged = NULL WHERE partition = $1", cancellationToken, Of(partition));
    }

    private Task WriteAsync(List<StoredAccount> rows, CancellationToken cancellationToken) => DoAsync(
        """
        INSERT INTO accounts SELECT $1, * FROM unnest($2, $3, $4)
        ON CONFLICT (partition, number) DO UPDATE SET checksum = excluded.checksum, state = excluded.state
        """,
        cancellationToken,
        Of(partition),
        All(rows.Select(row => row.Number)),
        All(rows.Select(row => StateChecksum.Account(partition, row.Number, row.State.Span))),
        Bytes(rows.Select(row => row.State)));

    private Task WriteAsync(List<WrittenChange> rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows) lastSequence = Math.Max(lastSequence, row.Sequence);
        return DoAsync(
            "INSERT INTO changes SELECT $1, * FROM unnest($2, $3, $4, $5) ON CONFLICT DO NOTHING",
            cancellationToken,
            Of(partition),
            All(rows.Select(row => row.Sequence)),
            All(rows.Select(row => (long)row.AccountHash)),
            All(rows.Select(row => StateChecksum.Change(partition, row.Sequence, row.AccountHash, row.Bytes.Span))),
            Bytes(rows.Select(row => row.Bytes)));
    }

    private async Task WriteAsync(List<IdChunk> rows, CancellationToken cancellationToken) => idsCount += await CountAsync(
        """
        INSERT INTO ids SELECT $1, * FROM unnest($2, $3, $4, $5)
        ON CONFLICT (partition, position) DO UPDATE SET max_day = excluded.max_day, checksum = excluded.checksum, ids = excluded.ids
        """,
        cancellationToken,
        Of(partition),
        All(rows.Select(row => row.Position)),
        All(rows.Select(row => row.MaxDay)),
        All(rows.Select(row => StateChecksum.Ids(partition, row.Position, row.MaxDay, row.Ids.Span))),
        Bytes(rows.Select(row => row.Ids)));

    private async Task WriteAsync(List<DirectoryEntry> rows, CancellationToken cancellationToken)
    {
        // One statement changes a row once, and the last entry stands.
        var last = new Dictionary<string, string>(rows.Count, StringComparer.Ordinal);
        foreach (var (user, account) in rows) last[user] = account;
        var entries = last.Select(entry => (User: Encoding.UTF8.GetBytes(entry.Key), Account: Encoding.UTF8.GetBytes(entry.Value))).ToList();
        directoryCount += await CountAsync(
            """
            INSERT INTO directory SELECT $1, * FROM unnest($2, $3, $4)
            ON CONFLICT (partition, user_id) DO UPDATE SET account = excluded.account, checksum = excluded.checksum
            """,
            cancellationToken,
            Of(partition),
            Bytes(entries.Select(entry => (ReadOnlyMemory<byte>)entry.User)),
            Bytes(entries.Select(entry => (ReadOnlyMemory<byte>)entry.Account)),
            All(entries.Select(entry => StateChecksum.User(partition, entry.User, entry.Account))));
    }

    private static IEnumerable<List<T>> Portions<T>(IReadOnlyList<T> rows, Func<T, int> bytesOf)
    {
        for (var next = 0; next < rows.Count;)
        {
            var portion = new List<T>();
            for (var bytes = 0L; next < rows.Count && portion.Count < RowsAtOnce && bytes < BytesAtOnce; next++)
            {
                portion.Add(rows[next]);
                bytes += bytesOf(rows[next]);
            }

            yield return portion;
        }
    }

    // How many of the rows are new: one that took another's place has the mark of the update that it was.
    private Task<long> CountAsync(string insert, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        NumberAsync($"WITH put AS ({insert} RETURNING xmax = 0 AS is_new) SELECT count(*) FILTER (WHERE is_new) FROM put", cancellationToken, parameters);

    private async Task<long> NumberAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task DoAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
