using System.Diagnostics;
using Npgsql;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Storage.Tests;

/// <summary>A database of its own for a test class, on the server that all share; a schema of its own for each test.</summary>
public sealed class PostgresDatabase : IAsyncLifetime
{
    private PostgresServer? server;
    private string connection = "";

    private PostgresServer Server => server ?? throw new InvalidOperationException("Not started.");

    public int Port => Server.Port;

    private string Name => connection.Split("Database=")[1].Split(';')[0];

    public async ValueTask InitializeAsync()
    {
        server = await PostgresServer.SharedAsync();
        connection = await server.NewDatabaseAsync();
    }

    public static string NewSchema() => $"s{Guid.NewGuid():N}";

    public StorageOptions Options(string schema, int? port = null) => new() { Kind = "postgres", ConnectionString = Server.Connection(Name, port), Schema = schema };

    /// <summary>Does something to the data behind the store's back; returns what psql prints.</summary>
    public Task<string> SqlAsync(string schema, string sql) => Server.SqlAsync(Name, $"SET search_path = {schema}; {sql}");

    /// <summary>A session of its own, open: not of the pool, for there may lie one that another test has ended.</summary>
    public async Task<NpgsqlConnection> OpenSessionAsync()
    {
        var session = new NpgsqlConnection(Server.Connection(Name) + ";Pooling=false");
        await session.OpenAsync();
        return session;
    }

    /// <summary>
    /// Returns when a session of this database does this. Asked over a session that is open before: the stores' patience with whoever stands still is some seconds, and the start of a program may take as long.
    /// </summary>
    /// <param name="watch">From <see cref="OpenSessionAsync"/>.</param>
    /// <param name="does">A condition on pg_stat_activity.</param>
    public static async Task UntilSomeoneAsync(NpgsqlConnection watch, string does)
    {
        var began = Stopwatch.GetTimestamp();
        await using var look = new NpgsqlCommand($"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {does}", watch);
        while (await look.ExecuteScalarAsync() is 0L)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60), $"No session has {does}.");
            await Task.Delay(5);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
