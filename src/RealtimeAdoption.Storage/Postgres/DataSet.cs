using System.Net.Sockets;
using Npgsql;
using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// One data set: a schema in a PostgreSQL database, and connections to it whose search path is that schema. Each port has one of its own, with a small pool. Thread-safe.
/// </summary>
internal sealed class DataSet : IAsyncDisposable
{
    private const int OldestVersion = 14;

    private readonly NpgsqlDataSource pool;
    private readonly NpgsqlDataSource single;

    public DataSet(StorageOptions options, int connectionsMax)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            SearchPath = options.Schema,
            MaxPoolSize = connectionsMax,
            MinPoolSize = 0,
            // Statements that come again are prepared by themselves.
            MaxAutoPrepare = 40,
            AutoPrepareMinUsages = 2,
            // Nothing is ever set in a pooled session.
            NoResetOnClose = true,
            TcpKeepAlive = true,
        };
        settings.ApplicationName ??= "realtime-adoption";
        Schema = options.Schema;
        Name = $"the data set '{Schema}' of database '{settings.Database ?? settings.Username}' at {settings.Host}:{settings.Port}";
        pool = NpgsqlDataSource.Create(settings);
        settings.Pooling = false;
        settings.ApplicationName = Signature;
        single = NpgsqlDataSource.Create(settings);
    }

    public string Schema { get; }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Names this object's own connection among the server's sessions, unlike any other's.</summary>
    public string Signature { get; } = $"realtime-adoption {Guid.NewGuid():N}";

    /// <summary>What the server or the way to it did, as against a mistake of this program.</summary>
    public static bool IsFailure(Exception exception) => exception is NpgsqlException or TimeoutException or IOException or SocketException;

    /// <exception cref="JournalDamagedException">A partition's journal ends before where it was known to end.</exception>
    public void ThrowIfLost(int partition, long before, long now)
    {
        if (now < before) throw new JournalDamagedException($"Partition {partition} of {Name} ended at position {before}, and now at {now}: the database has lost commits that it had answered.");
    }

    /// <summary>A pooled connection.</summary>
    public ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken) => pool.OpenConnectionAsync(cancellationToken);

    /// <summary>A connection of its own, in no pool: its session ends with it.</summary>
    public ValueTask<NpgsqlConnection> ConnectAloneAsync(CancellationToken cancellationToken) => single.OpenConnectionAsync(cancellationToken);

    /// <summary>
    /// Does something that may be done twice. Once more where it fails on a connection that was lost: after the server's restart a pool holds dead ones.
    /// </summary>
    public async Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var isAgain = false; ; isAgain = true)
        {
            await using var connection = await ConnectAsync(cancellationToken);
            try
            {
                return await read(connection);
            }
            catch (Exception exception) when (IsFailure(exception) && !isAgain && connection.FullState != System.Data.ConnectionState.Open)
            {
                // The pool is emptied, and the next one is new.
                pool.Clear();
            }
        }
    }

    /// <summary>Makes the schema where there is none and brings it to this program's version. Several processes may do so at once.</summary>
    /// <exception cref="SchemaException">The server or the schema is not one that this program can use.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAloneAsync(cancellationToken);
        if (connection.PostgreSqlVersion.Major < OldestVersion)
            throw new SchemaException($"PostgreSQL at {connection.Host} has version {connection.PostgreSqlVersion}; {OldestVersion} or later is needed.");
        await using var encoding = new NpgsqlCommand("SHOW server_encoding", connection);
        if (await encoding.ExecuteScalarAsync(cancellationToken) is not "UTF8" and var other)
            throw new SchemaException($"Database '{connection.Database}' has the encoding {other}; UTF8 is needed. Make one with: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0.");
        await Migrations.RunAsync(connection, Schema, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await pool.DisposeAsync();
        await single.DisposeAsync();
    }
}

/// <summary>The database is there, but this program cannot use it. The message says what would be right.</summary>
internal sealed class SchemaException(string message) : Exception(message);
