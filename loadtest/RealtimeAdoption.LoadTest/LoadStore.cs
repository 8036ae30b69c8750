using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.LoadTest;

/// <summary>Where a measured server keeps its data: an empty folder (SQLite), or a PostgreSQL server of its own with its settings as Debian ships them. Dispose removes it.</summary>
public sealed class LoadStore : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("adoption-load-");
    private PostgresServer? postgres;

    public string Folder => folder.FullName;

    /// <summary>The server's options.</summary>
    public IReadOnlyList<string> Options { get; private set; } = [];

    /// <param name="kind"><c>sqlite</c> or <c>postgres</c>.</param>
    public static async Task<LoadStore> StartAsync(string kind)
    {
        var store = new LoadStore();
        if (kind != "postgres") return store;
        store.postgres = await PostgresServer.StartAsync(fsync: true);
        store.Options = ["--Storage:Kind=postgres", "--Storage:ConnectionString=" + await store.postgres.NewDatabaseAsync()];
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        if (postgres is not null) await postgres.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
