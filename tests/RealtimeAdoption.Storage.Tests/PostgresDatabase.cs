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

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
