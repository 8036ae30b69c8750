using Npgsql;
using RealtimeAdoption.Engine.Journal;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// One session that appends to a journal among others of other processes: it holds the heads that it moves for the time of one transaction of two exchanges. One that is frozen in between is ended by the server, and its
/// heads are free. Not thread-safe. After a failure it is of no more use.
/// </summary>
internal sealed class SharedSession : IAsyncDisposable
{
    // Longer than a host of its own waits for the lock before it gives up: meanwhile this queues behind it.
    private const int LockPatienceMs = 5_000;
    private const int FrozenMs = 3_000;

    private readonly NpgsqlConnection connection;
    private readonly long key;

    private SharedSession(NpgsqlConnection connection, long key) => (this.connection, this.key) = (connection, key);

    public static async Task<SharedSession> OpenAsync(DataSet dataSet, CancellationToken cancellationToken)
    {
        var session = new SharedSession(await dataSet.ConnectAloneAsync(cancellationToken), JournalSession.LockOf(dataSet));
        try
        {
            await session.DoAsync(
                $"""
                SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false);
                SET statement_timeout = 0; SET idle_session_timeout = 0; SET idle_in_transaction_session_timeout = {FrozenMs}; SET lock_timeout = {LockPatienceMs};
                SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5;
                """,
                cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Begins a transaction and takes the partitions' heads, in their order, so that two that want several never wait for each other. A fence is looked at under its own row's lock: who acquires the partition waits for the end of this.
    /// </summary>
    /// <returns>Where each of the partitions ends, the fenced partition's epoch, and the transaction's number.</returns>
    public async Task<(JournalEnd[] Ends, long Epoch, string Transaction)> BeginAsync(IReadOnlyList<int> partitions, AppendFence? fence, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, "BEGIN");
        Add(batch, "SELECT pg_current_xact_id()::text");
        Add(batch, "SELECT pg_advisory_xact_lock_shared($1)", Of(key));
        Add(batch, "SELECT count(*) FROM (SELECT 1 FROM heads WHERE partition = ANY($1) ORDER BY partition FOR UPDATE) AS held", All(partitions));
        // A statement of its own: it sees what was committed while the one before it waited.
        Add(
            batch,
            """
            SELECT partition, position, coalesce((SELECT received_through FROM segments WHERE segments.partition = heads.partition ORDER BY first_position DESC LIMIT 1), 0)
            FROM heads WHERE partition = ANY($1) ORDER BY partition
            """,
            All(partitions));
        if (fence is { } asked) Add(batch, "SELECT epoch FROM checkpoints WHERE partition = $1 FOR SHARE", Of(asked.Partition));
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken);
        // BEGIN gives none.
        await rows.ReadAsync(cancellationToken);
        var transaction = rows.GetString(0);
        await rows.NextResultAsync(cancellationToken);
        await rows.NextResultAsync(cancellationToken);
        await rows.NextResultAsync(cancellationToken);
        var ends = new List<JournalEnd>(partitions.Count);
        while (await rows.ReadAsync(cancellationToken)) ends.Add(new JournalEnd(rows.GetInt32(0), rows.GetInt64(1), rows.GetInt64(2)));
        var epoch = fence is not null && await rows.NextResultAsync(cancellationToken) && await rows.ReadAsync(cancellationToken) ? rows.GetInt64(0) : 0;
        return ([.. ends], epoch, transaction);
    }

    /// <summary>Moves the heads, inserts the segments, commits, and then tells whoever listens, in one exchange.</summary>
    public async Task CommitAsync(PackedSegments packed, IReadOnlyList<HeadMove> moves, string channel, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, "SELECT advance(NULL, $1, $2, $3)", All(moves.Select(move => move.Partition)), All(moves.Select(move => move.Before)), All(moves.Select(move => move.After)));
        SegmentRows.Insert(batch, packed);
        Add(batch, "COMMIT");
        // Behind the commit: within it, all that tell something would have to commit one after the other. It is a transaction, too, which would wait for the disk as well; a notice that is lost in a crash is missed by nobody.
        Add(batch, "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)", Of(channel), Of(JournalWatch.Tell(moves)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Whether a transaction that has ended, as one has whose heads this one holds, did so with its commit. Looking for its segments would not do: another process may have appended the very same, once this one's were lost.
    /// </summary>
    public async Task<bool> IsCommittedAsync(string transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_xact_status($1::xid8)", connection) { Parameters = { Of(transaction) } };
        return await command.ExecuteScalarAsync(cancellationToken) is "committed";
    }

    public Task RollbackAsync(CancellationToken cancellationToken) => DoAsync("ROLLBACK", cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static void Add(NpgsqlBatch batch, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }

    private async Task DoAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
