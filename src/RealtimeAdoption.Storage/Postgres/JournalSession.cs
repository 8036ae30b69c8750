using Npgsql;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Scoring.Records;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>A partition's journal goes from one position to another.</summary>
internal readonly record struct HeadMove(int Partition, long Before, long After);

/// <summary>
/// The one session that writes a data set's journal. It holds an advisory lock for as long as it lives: whoever gets the lock knows that the session before it has ended, and with it
/// whatever it had begun to commit. Not thread-safe. After a failure it is of no more use.
/// </summary>
internal sealed class JournalSession : IAsyncDisposable
{
    public const string Fenced = "RA001";
    private const string DoesNotFollow = "RA002";
    private const string LockNotAvailable = "55P03";

    private readonly NpgsqlConnection connection;

    private JournalSession(NpgsqlConnection connection) => this.connection = connection;

    /// <summary>The connection is gone: what was asked of it last may have happened or not.</summary>
    public bool IsLost => connection.FullState != System.Data.ConnectionState.Open;

    /// <summary>Connects and takes the data set's lock.</summary>
    /// <exception cref="JournalException">Another session holds it; the message says whose.</exception>
    public static async Task<JournalSession> OpenAsync(DataSet dataSet, int lockPatienceMs, CancellationToken cancellationToken)
    {
        var session = new JournalSession(await dataSet.ConnectAloneAsync(cancellationToken));
        try
        {
            // A commit is on the disk when it is answered, whatever the server's own setting; and an idle session is not ended, for its lock would go with it.
            await session.DoAsync(
                $"""
                SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false);
                SET statement_timeout = 0; SET idle_session_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = {lockPatienceMs};
                SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5;
                """,
                cancellationToken);
            await session.LockAsync(dataSet, cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>False: the server was told not to bring commits to the disk.</summary>
    public async Task<bool> IsDurableAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'", connection);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Makes the caller the owner of the journal, with an epoch above all before; makes the journal where there is none.</summary>
    public async Task<(StoreIdentity Identity, long Epoch)> TakeAsync(int partitionsIfNew, ulong seedIfNew, string owner, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var take = new NpgsqlCommand(
            """
            INSERT INTO store VALUES (1, $1, $2, 1, $3, now())
            ON CONFLICT (id) DO UPDATE SET epoch = store.epoch + 1, owner = $3, owned_since = now()
            RETURNING partitions, id_seed, epoch
            """,
            connection)
        {
            Parameters = { Of(partitionsIfNew), Of((long)seedIfNew), Of(owner) },
        };
        StoreIdentity identity;
        long epoch;
        await using (var row = await take.ExecuteReaderAsync(cancellationToken))
        {
            await row.ReadAsync(cancellationToken);
            identity = new StoreIdentity(row.GetInt32(0), (ulong)row.GetInt64(1));
            epoch = row.GetInt64(2);
        }

        await DoAsync(
            $"""
            INSERT INTO heads SELECT partition, 0, 0 FROM generate_series(0, {identity.Partitions - 1}) AS partition ON CONFLICT DO NOTHING;
            UPDATE heads SET epoch = {epoch};
            """,
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (identity, epoch);
    }

    /// <summary>The journal's epoch and who took it.</summary>
    public async Task<(long Epoch, string Owner)> OwnerAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT epoch, owner FROM store", connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (row.GetInt64(0), row.GetString(1)) : (0, "nobody");
    }

    /// <summary>The last position of each partition.</summary>
    public async Task<long[]> HeadsAsync(int partitions, CancellationToken cancellationToken)
    {
        var heads = new long[partitions];
        var found = 0;
        await using var command = new NpgsqlCommand("SELECT partition, position FROM heads ORDER BY partition", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        for (; await rows.ReadAsync(cancellationToken); found++)
        {
            if (found >= partitions || rows.GetInt32(0) != found) throw new JournalDamagedException($"The table heads does not hold the partitions 0 to {partitions - 1}, one row each.");
            heads[found] = rows.GetInt64(1);
        }

        return found == partitions ? heads : throw new JournalDamagedException($"The table heads holds {found} partitions; the journal has {partitions}.");
    }

    /// <summary>The first partition whose last segment does not end at its head.</summary>
    public Task<string?> WrongHeadAsync(CancellationToken cancellationToken) => SegmentRows.WrongHeadAsync(connection, cancellationToken);

    /// <summary>One transaction in one exchange with the server, which commits at its end.</summary>
    public async Task CommitAsync(PackedSegments packed, IReadOnlyList<HeadMove> moves, long epoch, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT advance($1, $2, $3, $4)")
        {
            Parameters = { Of(epoch), All(moves.Select(move => move.Partition)), All(moves.Select(move => move.Before)), All(moves.Select(move => move.After)) },
        });
        SegmentRows.Insert(batch, packed);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Whether the journal holds exactly these segments.</summary>
    public Task<bool> HoldsAsync(PackedSegments packed, CancellationToken cancellationToken) => SegmentRows.HoldsAsync(connection, packed, cancellationToken);

    /// <summary>What the server refused for good, rather than failed at.</summary>
    public static bool IsRefusal(Exception exception) => exception is PostgresException { SqlState: Fenced or DoesNotFollow };

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>The advisory lock of a data set's journal: held alone by a host of its own, shared by the processes of a cluster.</summary>
    public static long LockOf(DataSet dataSet) => (long)StableHash.Of("realtime-adoption journal " + dataSet.Schema);

    private async Task LockAsync(DataSet dataSet, CancellationToken cancellationToken)
    {
        var key = LockOf(dataSet);
        var holder = $"FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid::bigint = {(uint)(key >> 32)} AND objid::bigint = {(uint)key} AND objsubid = 1";
        // A session of our own that the server has not seen the end of yet: its client is this object, and it asks for nothing more.
        await DoAsync(
            $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = '{dataSet.Signature}' AND pid IN (SELECT pid {holder})", cancellationToken);
        try
        {
            await DoAsync($"SELECT pg_advisory_lock({key})", cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == LockNotAvailable)
        {
            await using var command = new NpgsqlCommand($"SELECT owner || ' since ' || to_char(owned_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC' || coalesce((SELECT ' (server process ' || pid || ')' {holder}), '') FROM store", connection);
            var owner = await command.ExecuteScalarAsync(cancellationToken) as string ?? "another process";
            throw new JournalException($"{Capital(dataSet.Name)} is in use by {owner}. One data set belongs to one process at a time: " +
                "stop that process, or give this one another schema (Storage:Schema).", exception);
        }
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private async Task DoAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
