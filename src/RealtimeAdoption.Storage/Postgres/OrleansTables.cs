using System.Security.Cryptography;
using Npgsql;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Records;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// What Orleans' ADO.NET providers for clustering, reminders and grain state expect in a database: the table <c>OrleansQuery</c> with a statement under each name that they ask for. The tables behind those are ours, in a schema
/// beside the data set's, so that no backup holds who was once a member. An operator may have Orleans' own scripts used in their place.
/// </summary>
public sealed class OrleansTables
{
    /// <summary>Of the name of a data set's schema that is to have another one beside it.</summary>
    public const int DataSchemaLengthMax = SchemaLengthMax - 8;

    private const string Suffix = "_orleans";
    private const int SchemaLengthMax = 63;

    private readonly StorageOptions options;

    /// <param name="options">Of the data set.</param>
    /// <exception cref="ArgumentException">The data set's schema has a name too long for another one beside it.</exception>
    public OrleansTables(StorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Schema.Length > DataSchemaLengthMax) throw new ArgumentException($"Storage:Schema is '{options.Schema}'; for a cluster it must have {DataSchemaLengthMax} characters at most.", nameof(options));
        this.options = options;
    }

    /// <summary>What Orleans' providers connect with.</summary>
    /// <param name="connectionsMax">In the pool, of all providers of a silo.</param>
    public string ConnectionString(int connectionsMax) => new NpgsqlConnectionStringBuilder(options.ConnectionString)
    {
        SearchPath = Schema,
        MaxPoolSize = connectionsMax,
        MinPoolSize = 0,
        TcpKeepAlive = true,
        ApplicationName = "realtime-adoption orleans",
    }.ConnectionString;

    private string Schema => options.Schema + Suffix;

    /// <summary>Makes the tables, or brings them to this program's version. Safe to do twice, and from several silos at once.</summary>
    /// <param name="scriptsFolder">Null: ours. Else a folder with Orleans' own scripts for PostgreSQL (<c>*.sql</c>): each that was not run there before is run, <c>*Main*</c> first, the others by name. A schema has one kind or the other, for good.</param>
    /// <param name="cancellationToken">Leaves all of it undone.</param>
    /// <exception cref="SnapshotException">The database did not do it.</exception>
    /// <exception cref="InvalidOperationException">The schema has the other kind, or a script that was run there has changed.</exception>
    public async Task CreateAsync(string? scriptsFolder, CancellationToken cancellationToken)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(options.ConnectionString) { SearchPath = Schema, Pooling = false });
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await DoAsync(connection, $"SELECT pg_advisory_xact_lock({(long)StableHash.Of("realtime-adoption orleans " + Schema)})", cancellationToken);
            await DoAsync(connection, $"CREATE SCHEMA IF NOT EXISTS {Schema}", cancellationToken);
            await DoAsync(connection, "CREATE TABLE IF NOT EXISTS applied(name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())", cancellationToken);
            if (scriptsFolder is null) await CreateOwnAsync(connection, cancellationToken);
            else await RunScriptsAsync(connection, scriptsFolder, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (Exception exception) when (DataSet.IsFailure(exception))
        {
            throw new SnapshotException($"Orleans' tables in schema '{Schema}' cannot be made. {exception.Message}", exception);
        }
    }

    private async Task CreateOwnAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await IsAnyAsync(connection, "SELECT EXISTS (SELECT 1 FROM applied WHERE checksum <> '')", cancellationToken))
            throw new InvalidOperationException($"Schema '{Schema}' was made by scripts: name their folder again, or drop the schema while no silo runs.");
        await DoAsync(connection, OrleansStatements.Tables, cancellationToken);
        foreach (var (key, text) in OrleansStatements.ByKey)
        {
            await using var command = new NpgsqlCommand("INSERT INTO OrleansQuery VALUES ($1, $2) ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText", connection) { Parameters = { Of(key), Of(text) } };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await DoAsync(connection, "INSERT INTO applied(name, checksum) VALUES ('own', '') ON CONFLICT DO NOTHING", cancellationToken);
    }

    private async Task RunScriptsAsync(NpgsqlConnection connection, string folder, CancellationToken cancellationToken)
    {
        if (await IsAnyAsync(connection, "SELECT EXISTS (SELECT 1 FROM applied WHERE checksum = '')", cancellationToken))
            throw new InvalidOperationException($"Schema '{Schema}' has tables of this program: leave the folder of scripts out, or drop the schema while no silo runs.");
        var scripts = Directory.GetFiles(folder, "*.sql").OrderByDescending(path => path.Contains("Main", StringComparison.OrdinalIgnoreCase)).ThenBy(Path.GetFileName, StringComparer.Ordinal).ToList();
        if (scripts.Count == 0) throw new InvalidOperationException($"There are no *.sql files in {folder}.");
        foreach (var path in scripts)
        {
            var (name, text) = (Path.GetFileName(path), await File.ReadAllTextAsync(path, cancellationToken));
            var checksum = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
            await using var known = new NpgsqlCommand("SELECT checksum FROM applied WHERE name = $1", connection) { Parameters = { Of(name) } };
            var before = await known.ExecuteScalarAsync(cancellationToken) as string;
            if (before == checksum) continue;
            if (before is not null) throw new InvalidOperationException($"{name} was run in schema '{Schema}' with other contents. A change of a script is a script of its own.");
            await DoAsync(connection, text, cancellationToken);
            await using var note = new NpgsqlCommand("INSERT INTO applied(name, checksum) VALUES ($1, $2)", connection) { Parameters = { Of(name), Of(checksum) } };
            await note.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task<bool> IsAnyAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static async Task DoAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
