using System.Buffers;
using System.Data;
using System.Text;
using Npgsql;
using RealtimeAdoption.Engine.Snapshots;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>Reads one partition's checkpoint, everything of one moment. Not thread-safe. Pooled memory: dispose.</summary>
internal sealed class CheckpointRead(NpgsqlConnection connection, string where, int partition, ISnapshotVisitor visitor) : IDisposable
{
    private byte[] buffer = [];
    private long idsLeft;
    private long usersLeft;

    public async Task<LoadedCheckpoint?> RunAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var head = await HeadAsync(cancellationToken);
        if (head is null) return null;
        await AccountsAsync(cancellationToken);
        await IdsAsync(cancellationToken);
        await DirectoryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return head;
    }

    public void Dispose()
    {
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private async Task<LoadedCheckpoint?> HeadAsync(CancellationToken cancellationToken)
    {
        await using var command = Query("SELECT position, last_sequence, checksum, head, damaged, ids_count, directory_count FROM checkpoints WHERE partition = $1 AND position IS NOT NULL");
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        if (!await row.IsDBNullAsync(4, cancellationToken)) throw Damage.Found(partition, where, row.GetString(4));
        var (position, lastSequence, head) = (row.GetInt64(0), row.GetInt64(1), row.GetFieldValue<byte[]>(3));
        (idsLeft, usersLeft) = (row.GetInt64(5), row.GetInt64(6));
        return StateChecksum.Head(partition, position, lastSequence, head) == row.GetInt64(2)
            ? new LoadedCheckpoint(position, head, lastSequence)
            : throw Damage.Of($"The head of partition {partition}", where);
    }

    private async Task AccountsAsync(CancellationToken cancellationToken)
    {
        await using var command = Query("SELECT number, checksum, state FROM accounts WHERE partition = $1");
        await using var rows = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var (number, checksum) = (rows.GetInt32(0), rows.GetInt64(1));
            var state = await BytesAsync(rows, 2, cancellationToken);
            if (StateChecksum.Account(partition, number, state.Span) != checksum) throw Damage.Of($"The state of account number {number} of partition {partition}", where);
            visitor.Account(new StoredAccount(number, state));
        }
    }

    private async Task IdsAsync(CancellationToken cancellationToken)
    {
        await using var command = Query("SELECT position, max_day, checksum, ids FROM ids WHERE partition = $1 ORDER BY position");
        await using var rows = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var (position, maxDay, checksum) = (rows.GetInt64(0), rows.GetInt32(1), rows.GetInt64(2));
            var ids = await BytesAsync(rows, 3, cancellationToken);
            if (StateChecksum.Ids(partition, position, maxDay, ids.Span) != checksum) throw Damage.Of($"The message ids of partition {partition} up to position {position}", where);
            visitor.Ids(new IdChunk(position, maxDay, ids));
            idsLeft--;
        }

        if (idsLeft != 0) throw Damage.Of($"The number of rows with message ids of partition {partition}", where);
    }

    private async Task DirectoryAsync(CancellationToken cancellationToken)
    {
        await using var command = Query("SELECT user_id, account, checksum FROM directory WHERE partition = $1");
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var (user, account) = (rows.GetFieldValue<byte[]>(0), rows.GetFieldValue<byte[]>(1));
            if (StateChecksum.User(partition, user, account) != rows.GetInt64(2)) throw Damage.Of($"The account of a user of partition {partition}", where);
            visitor.Directory(new DirectoryEntry(Encoding.UTF8.GetString(user), Encoding.UTF8.GetString(account)));
            usersLeft--;
        }

        if (usersLeft != 0) throw Damage.Of($"The number of users of partition {partition}", where);
    }

    private NpgsqlCommand Query(string sql) => new(sql, connection) { Parameters = { Of(partition) } };

    private async ValueTask<ReadOnlyMemory<byte>> BytesAsync(NpgsqlDataReader row, int column, CancellationToken cancellationToken)
    {
        var stream = await row.GetStreamAsync(column, cancellationToken);
        await using (stream)
        {
            var length = (int)stream.Length;
            if (buffer.Length < length)
            {
                Dispose();
                buffer = ArrayPool<byte>.Shared.Rent(length);
            }

            await stream.ReadExactlyAsync(buffer.AsMemory(0, length), cancellationToken);
            return buffer.AsMemory(0, length);
        }
    }
}
