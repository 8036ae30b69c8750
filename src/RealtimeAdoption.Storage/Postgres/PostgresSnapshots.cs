using System.Collections.Concurrent;
using Npgsql;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// The checkpoints of all partitions in a PostgreSQL schema, each written in a transaction that its owner's epoch fences. Written with synchronous_commit on: a later
/// checkpoint holds only what has changed since. A connection that was lost is replaced with the next call.
/// </summary>
public sealed class PostgresSnapshots : ISnapshots
{
    private const int PooledConnections = 8;

    // Between two statements of a checkpoint no owner is silent for so long that lives.
    private static readonly TimeSpan HolderPatience = TimeSpan.FromSeconds(2);

    // Sequences lie below it, as in SQLite's keys.
    private const long Bound = 1L << 40;

    private readonly DataSet dataSet;
    private readonly ConcurrentDictionary<int, Latest> latest = new();

    // One for all that wait. Never disposed: whoever waits for it goes on until what it acquires has an answer.
    private readonly SemaphoreSlim ending = new(1);
    private volatile bool opened;
    private volatile bool disposed;

    /// <param name="options">Of the data set.</param>
    /// <param name="connectionsMax">All but one read and write at one time; one is for ending sessions that keep an owner out. 2 or more.</param>
    public PostgresSnapshots(StorageOptions options, int connectionsMax = PooledConnections + 1) => dataSet = new DataSet(options, connectionsMax - 1);

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (opened) return;
        try
        {
            await dataSet.MigrateAsync(cancellationToken);
            opened = true;
        }
        catch (Exception exception) when (exception is SchemaException || DataSet.IsFailure(exception))
        {
            throw new SnapshotException($"The checkpoints in {dataSet.Name} cannot be opened. {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> AcquireAsync(int partition, CancellationToken cancellationToken)
    {
        latest.TryRemove(partition, out _);
        return await DoAsync(
            async connection =>
            {
                while (true)
                {
                    // The backend's number is asked for: behind a pooler it is another than the connection was told at its beginning.
                    await using var look = new NpgsqlCommand("SELECT pg_backend_pid(), (SELECT epoch FROM checkpoints WHERE partition = $1)", connection) { Parameters = { Of(partition) } };
                    var (session, epoch) = (0, 0L);
                    await using (var row = await look.ExecuteReaderAsync(cancellationToken))
                    {
                        await row.ReadAsync(cancellationToken);
                        (session, epoch) = (row.GetInt32(0), await row.IsDBNullAsync(1, cancellationToken) ? 0 : row.GetInt64(1));
                    }

                    // Only from the epoch that was seen: what a process asked for just before it was killed may come late, and must not overtake its successor.
                    await using var take = new NpgsqlCommand(
                        """
                        INSERT INTO checkpoints(partition, epoch, position, last_sequence, checksum, head) VALUES ($1, $2 + 1, NULL, 0, 0, '')
                        ON CONFLICT (partition) DO UPDATE SET epoch = $2 + 1 WHERE checkpoints.epoch = $2 RETURNING epoch
                        """,
                        connection) { Parameters = { Of(partition), Of(epoch) } };
                    var taking = take.ExecuteScalarAsync(cancellationToken);
                    while (await Task.WhenAny(taking, Task.Delay(HolderPatience, CancellationToken.None)) != taking) await EndHoldersAsync(session);
                    if (await taking is long taken) return taken;
                }
            },
            $"Partition {partition} cannot be acquired.",
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask PersistAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var partition = checkpoint.Partition;
        latest.TryGetValue(partition, out var known);
        // Until it is known to be stored, either may be.
        if (known is not null) latest[partition] = known with { Tried = checkpoint.Position };
        await DoAsync(
            async connection =>
            {
                await new CheckpointWrite(connection, checkpoint).RunAsync(position => known is null || position == known.Stored || position == known.Tried, cancellationToken);
                return true;
            },
            $"The checkpoint of partition {partition} at position {checkpoint.Position} could not be written; the store holds it whole or not at all.",
            cancellationToken);
        latest[partition] = new Latest(checkpoint.Position, checkpoint.Position);
    }

    /// <inheritdoc/>
    public async ValueTask<LoadedCheckpoint?> LoadAsync(int partition, ISnapshotVisitor visitor, CancellationToken cancellationToken) =>
        await DoAsync(
            async connection =>
            {
                using var read = new CheckpointRead(connection, dataSet.Name, partition, visitor);
                return await read.RunAsync(cancellationToken);
            },
            $"The checkpoint of partition {partition} cannot be read.",
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredChange>> HistoryAsync(int partition, ulong accountHash, long before, int limit, CancellationToken cancellationToken) =>
        await ChangesAsync(
            "SELECT sequence, account_hash, checksum, body FROM changes WHERE partition = $1 AND account_hash = $2 AND sequence < $3 ORDER BY sequence DESC LIMIT $4",
            partition,
            [partition, (long)accountHash, Math.Clamp(before, 0, Bound), limit],
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) =>
        await ChangesAsync(
            "SELECT sequence, account_hash, checksum, body FROM changes WHERE partition = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
            partition,
            [partition, Math.Clamp(after, -1, Bound), limit],
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        disposed = true;
        return dataSet.DisposeAsync();
    }

    private async Task<List<StoredChange>> ChangesAsync(string sql, int partition, object[] parameters, CancellationToken cancellationToken)
    {
        Ready();
        try
        {
            return await dataSet.ReadAsync(
                async connection =>
                {
                    await using var command = new NpgsqlCommand(sql, connection);
                    foreach (var parameter in parameters) command.Parameters.Add(new NpgsqlParameter { Value = parameter });
                    var changes = new List<StoredChange>();
                    await using var rows = await command.ExecuteReaderAsync(cancellationToken);
                    while (await rows.ReadAsync(cancellationToken)) changes.Add(Parse(partition, rows));
                    return changes;
                },
                cancellationToken);
        }
        catch (Exception exception) when (DataSet.IsFailure(exception))
        {
            throw new SnapshotException($"Changes of partition {partition} cannot be read. {exception.Message}", exception);
        }
        catch (SnapshotDamagedException damaged)
        {
            await CondemnAsync(partition, damaged.Message, cancellationToken);
            throw;
        }
    }

    // A session whose machine is gone without a word stays in the middle of its checkpoint until the server misses it, which takes minutes or hours. Whoever waits for such a one may have died since, too.
    private async Task EndHoldersAsync(int waiting)
    {
        await ending.WaitAsync(CancellationToken.None);
        try
        {
            await using var connection = await dataSet.ConnectAloneAsync(CancellationToken.None);
            await using var command = new NpgsqlCommand(
                """
                WITH RECURSIVE holders(pid) AS (SELECT unnest(pg_blocking_pids($1)) UNION SELECT unnest(pg_blocking_pids(pid)) FROM holders)
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN holders USING (pid)
                WHERE usename = current_user AND wait_event_type = 'Client' AND state_change < clock_timestamp() - $2
                """,
                connection)
            {
                Parameters = { Of(waiting), new NpgsqlParameter<TimeSpan> { TypedValue = HolderPatience } },
            };
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception exception) when (DataSet.IsFailure(exception) || exception is ObjectDisposedException)
        {
            // Whoever waits goes on waiting, and tells.
        }
        finally
        {
            ending.Release();
        }
    }

    // A start does not look at all changes, so it is told.
    private Task<bool> CondemnAsync(int partition, string what, CancellationToken cancellationToken) => DoAsync(
        async connection =>
        {
            await using var command = new NpgsqlCommand("UPDATE checkpoints SET damaged = $2 WHERE partition = $1 AND damaged IS NULL", connection)
            {
                Parameters = { Of(partition), new NpgsqlParameter<string> { TypedValue = what } },
            };
            await command.ExecuteNonQueryAsync(cancellationToken);
            return true;
        },
        $"That something of partition {partition} is damaged could not be noted: {what}",
        cancellationToken);

    private StoredChange Parse(int partition, NpgsqlDataReader row)
    {
        var (sequence, accountHash, body) = (row.GetInt64(0), (ulong)row.GetInt64(1), row.GetFieldValue<byte[]>(3));
        var what = $"Change {sequence} of partition {partition}";
        if (StateChecksum.Change(partition, sequence, accountHash, body) != row.GetInt64(2)) throw Damage.Of(what, dataSet.Name);
        try
        {
            return new StoredChange(sequence, accountHash, ChangeBytes.Read(body));
        }
        catch (InvalidDataException exception)
        {
            throw Damage.Of(what, dataSet.Name, exception);
        }
    }

    private async Task<T> DoAsync<T>(Func<NpgsqlConnection, Task<T>> work, string failure, CancellationToken cancellationToken)
    {
        Ready();
        try
        {
            await using var connection = await dataSet.ConnectAsync(cancellationToken);
            return await work(connection);
        }
        catch (Exception exception) when (DataSet.IsFailure(exception))
        {
            throw new SnapshotException($"{failure} {exception.Message}", exception);
        }
    }

    private void Ready()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (!opened) throw new InvalidOperationException("The checkpoints are not open: call OpenAsync first.");
    }

    /// <summary>Positions of the checkpoint that is stored, and of one that may be.</summary>
    private sealed record Latest(long Stored, long Tried);
}
