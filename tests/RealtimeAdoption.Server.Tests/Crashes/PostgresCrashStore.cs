using Npgsql;
using RealtimeAdoption.Storage;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests.Crashes;

/// <summary>A database of its own on a PostgreSQL server of its own, with fsync.</summary>
public sealed class PostgresCrashStore : ICrashStore
{
    private readonly PostgresServer postgres;
    private readonly string connectionString;
    private readonly NpgsqlDataSource pool;
    private readonly Dictionary<int, long> heads = [];

    private PostgresCrashStore(PostgresServer postgres, string connectionString)
    {
        this.postgres = postgres;
        this.connectionString = connectionString;
        pool = NpgsqlDataSource.Create(connectionString + ";Search Path=adoption;Application Name=crash-test");
    }

    public IReadOnlyList<string> Options => ["--Storage:Kind=postgres", "--Storage:ConnectionString=" + connectionString];

    public int Port => postgres.Port;

    public bool HasServer => true;

    /// <summary>The server's options where a proxy stands before the database.</summary>
    public IReadOnlyList<string> Through(int port) => [.. Options.Select(option => option.Replace($"Port={postgres.Port};", $"Port={port};", StringComparison.Ordinal))];

    public static async Task<PostgresCrashStore> StartAsync()
    {
        var server = await PostgresServer.StartAsync(fsync: true);
        return new PostgresCrashStore(server, await server.NewDatabaseAsync());
    }

    /// <summary>The server's sessions go on when it stands still, so what counts is what they were at when it was stopped.</summary>
    public async Task<Underway> LookAsync(FrozenServer server, DateTimeOffset stoppedAt)
    {
        var found = server.IsBusy("rebuild") ? Underway.Rebuild : Underway.None;
        await using var command = pool.CreateCommand(
            """
            SELECT query, state FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'realtime-adoption%'
            AND (state <> 'idle' OR (query_start <= $1 AND state_change > $1))
            """);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = stoppedAt });
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            var query = rows.GetString(0);
            if (query.Contains("advance(", StringComparison.Ordinal) || query.Contains("INTO segments", StringComparison.Ordinal)) found |= Underway.Commit;
            else if (query.Contains("FROM segments", StringComparison.Ordinal)) found |= Underway.Rebuild;
            // Only a checkpoint takes more than one exchange.
            else if (rows.GetString(1) == "idle in transaction" || query.Contains("INSERT INTO", StringComparison.Ordinal) || query.Contains("UPDATE checkpoints", StringComparison.Ordinal)
                || query.Contains("COMMIT", StringComparison.Ordinal)) found |= Underway.Checkpoint;
        }

        return found;
    }

    public async Task<IReadOnlyList<StoredSegment>> NewSegmentsAsync()
    {
        var segments = new List<StoredSegment>();
        await using var connection = await pool.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            """
            SELECT partition, first_position, count, packing, length, received_from, received_through, checksum, body FROM segments
            LEFT JOIN unnest($1, $2) AS known(partition, position) USING (partition)
            WHERE first_position > coalesce(position, 0) ORDER BY partition, first_position
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. heads.Keys] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. heads.Values] });
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            var head = new SegmentHead(rows.GetInt32(0), rows.GetInt64(1), rows.GetInt32(2), (SegmentPacking)rows.GetInt16(3), rows.GetInt32(4), rows.GetInt64(5), rows.GetInt64(6));
            segments.Add(new StoredSegment(head, (ulong)rows.GetInt64(7), rows.GetFieldValue<byte[]>(8)));
            heads[head.Partition] = head.FirstPosition + head.Count - 1;
        }

        return segments;
    }

    /// <summary>Without a last word, as <c>pg_ctl stop -m immediate</c> does.</summary>
    public Task StopAsync() => postgres.StopAtOnceAsync();

    public Task KillAsync() => postgres.KillAsync();

    public async Task StartAgainAsync()
    {
        pool.Clear();
        await postgres.StartAgainAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await pool.DisposeAsync();
        await postgres.DisposeAsync();
    }
}
