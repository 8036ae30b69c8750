using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.Storage.Sqlite;

namespace RealtimeAdoption.Silo;

/// <summary>What a silo has open of the data set that all silos share. Opened once, before the silo joins; disposed after it has left.</summary>
public sealed class SiloStore : IAsyncDisposable
{
    // Beside the pools: the appending session and the watching one. What makes schemas and tables has one of its own for a moment, before the pools have any.
    private const int Alone = 2;

    private readonly StorageOptions storage;
    private readonly bool isAlone;
    private readonly string scripts;
    private readonly int orleansConnections;
    private StoreIdentity? identity;

    /// <param name="storage">Of the data set.</param>
    /// <param name="isAlone">There are no other silos. On SQLite it must be.</param>
    /// <param name="options">Of the silo.</param>
    /// <param name="loggers">For the store's own parts.</param>
    public SiloStore(StorageOptions storage, bool isAlone, SiloOptions options, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(storage);
        this.storage = storage;
        this.isAlone = isAlone;
        scripts = options.OrleansScripts;
        var pooled = options.ConnectionsMax - Alone - PostgresRejections.ConnectionsMax;
        var reading = pooled * 2 / 5;
        orleansConnections = pooled - (2 * reading);
        if (!storage.IsPostgres)
        {
            var local = new LocalSharedJournal(new SqliteJournal(storage));
            (Journal, Snapshots) = (local, new LocalSnapshots(new SqliteSnapshots(storage, loggers.CreateLogger<SqliteSnapshots>()), local));
            return;
        }

        SnapshotConnections = reading;
        Journal = new PostgresSharedJournal(storage, loggers.CreateLogger<PostgresSharedJournal>(), reading);
        Snapshots = new PostgresSnapshots(storage, reading);
    }

    public ISharedJournal Journal { get; }

    public ISnapshots Snapshots { get; }

    /// <summary>To PostgreSQL, which checkpoints share with answers and partitions that begin; on SQLite none.</summary>
    internal int SnapshotConnections { get; }

    public StoreIdentity Identity => identity ?? throw new InvalidOperationException("The store is not open.");

    /// <summary>What Orleans' providers connect with.</summary>
    public string OrleansConnection => new OrleansTables(storage).ConnectionString(orleansConnections);

    /// <param name="partitionsIfNew">Of a data set that has none yet.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="JournalException">The journal cannot be opened.</exception>
    /// <exception cref="SnapshotException">Checkpoints or Orleans' tables cannot.</exception>
    public async Task OpenAsync(int partitionsIfNew, CancellationToken cancellationToken)
    {
        identity = await Journal.OpenAsync(partitionsIfNew, cancellationToken);
        await Snapshots.OpenAsync(cancellationToken);
        if (!isAlone) await new OrleansTables(storage).CreateAsync(scripts.Length == 0 ? null : scripts, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Snapshots.DisposeAsync();
        await Journal.DisposeAsync();
    }
}
