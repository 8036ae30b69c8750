using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Snapshots;
using SQLitePCL;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>
/// The checkpoints of all partitions in one SQLite file, <c>state.db</c>. Written by one connection, one checkpoint at a time, each a transaction; read by others meanwhile.
/// A power cut may take back the last checkpoints, never half of one. Calls do their work on the caller's thread and complete synchronously.
/// </summary>
public sealed class SqliteSnapshots : ISnapshots
{
    private const int PageSize = 8_192;
    private const int PooledReaders = 8;
    private const long CheckpointBytes = 64L << 20;

    private readonly Lock gate = new();
    private readonly string path;
    private readonly ConnectionPool<SnapshotReader> readers;
    private readonly ILogger? logger;
    private StoreLock? storeLock;
    private SnapshotWriter? writer;
    private WalCheckpoints? checkpoints;
    private bool opened;
    private bool disposed;

    /// <param name="options">Where.</param>
    /// <param name="logger">Told of a file that had to be set aside; null: nobody is.</param>
    public SqliteSnapshots(StorageOptions options, ILogger<SqliteSnapshots>? logger = null)
    {
        this.logger = logger;
        path = System.IO.Path.Combine(options.Path, "state.db");
        readers = new ConnectionPool<SnapshotReader>(() => new SnapshotReader(path), PooledReaders);
    }

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (opened) return ValueTask.CompletedTask;
            try
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
                storeLock = StoreLock.Take(path);
                if (File.Exists(Condemned)) SetAside(File.ReadAllText(Condemned));
                writer = NewWriter();
                checkpoints = new WalCheckpoints(path, gate, CheckpointBytes);
                opened = true;
            }
            catch (Exception exception) when (exception is DatabaseException or IOException or UnauthorizedAccessException)
            {
                Close();
                throw Failed("The state file cannot be opened.", exception);
            }
        }

        return ValueTask.CompletedTask;
    }

    // Left where a running server found the file itself damaged, not only something in it.
    private string Condemned => path + ".damaged";

    private SnapshotWriter NewWriter()
    {
        try
        {
            return new SnapshotWriter(path, PageSize);
        }
        catch (DatabaseException exception) when (IsDamage(exception))
        {
            SetAside(exception.Message);
            return new SnapshotWriter(path, PageSize);
        }
    }

    // Everything in the file is made again from the journal. Kept, for where the journal is lost as well.
    private void SetAside(string why)
    {
        foreach (var part in new[] { "", "-wal", "-shm" })
        {
            if (File.Exists(path + part)) File.Move(path + part, path + ".set-aside" + part, overwrite: true);
        }

        File.Delete(Condemned);
        logger?.LogError("The state file is damaged and was set aside as {Aside}; everything in it is made again from the journal. {Why}", path + ".set-aside", why);
    }

    /// <inheritdoc/>
    public ValueTask<long> AcquireAsync(int partition, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Write(current => current.Acquire(partition), $"Partition {partition} cannot be acquired."));
    }

    /// <inheritdoc/>
    public ValueTask PersistAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(
            current =>
            {
                var grown = current.Persist(checkpoint);
                checkpoints!.Grown(grown);
                return grown;
            },
            $"The checkpoint of partition {checkpoint.Partition} at position {checkpoint.Position} could not be written; the store holds it whole or not at all.");
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<LoadedCheckpoint?> LoadAsync(int partition, ISnapshotVisitor visitor, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Read(reader => reader.Load(partition, visitor, cancellationToken), $"The checkpoint of partition {partition} cannot be read."));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredChange>> HistoryAsync(int partition, ulong accountHash, long before, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<StoredChange>>(
            Changes(partition, reader => reader.History(partition, accountHash, before, limit), $"Changes of an account of partition {partition} cannot be read."));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<StoredChange>>(
            Changes(partition, reader => reader.Feed(partition, after, limit), $"Changes of partition {partition} cannot be read."));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        WalCheckpoints? stopping;
        lock (gate)
        {
            disposed = true;
            stopping = checkpoints;
            checkpoints = null;
        }

        // Outside of the gate, which its thread may be waiting for.
        stopping?.Dispose();
        readers.Dispose();
        lock (gate) Close();
        return ValueTask.CompletedTask;
    }

    private List<StoredChange> Changes(int partition, Func<SnapshotReader, List<StoredChange>> read, string failure)
    {
        try
        {
            return Read(read, failure);
        }
        catch (SnapshotDamagedException damaged)
        {
            // A start does not look at all changes, so it is told.
            Write(
                current =>
                {
                    current.Condemn(partition, damaged.Message);
                    return true;
                },
                $"That something of partition {partition} is damaged could not be noted: {damaged.Message}");
            throw;
        }
    }

    private T Write<T>(Func<SnapshotWriter, T> write, string failure)
    {
        lock (gate)
        {
            Ready();
            try
            {
                writer ??= new SnapshotWriter(path, PageSize);
                return write(writer);
            }
            catch (DatabaseException exception)
            {
                // Nothing that a connection holds is to be trusted after a failed write: the next call opens another.
                writer?.Dispose();
                writer = null;
                throw Failed(failure, exception);
            }
        }
    }

    private T Read<T>(Func<SnapshotReader, T> read, string failure)
    {
        lock (gate) Ready();
        SnapshotReader? reader = null;
        try
        {
            reader = readers.Rent();
            var result = read(reader);
            readers.Return(reader);
            return result;
        }
        catch (Exception exception)
        {
            // A reader that something went wrong with is not used again.
            reader?.Dispose();
            if (exception is not DatabaseException) throw;
            throw Failed(failure, exception);
        }
    }

    private void Ready()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (!opened) throw new InvalidOperationException("The state file is not open: call OpenAsync first.");
    }

    private void Close()
    {
        checkpoints?.Dispose();
        checkpoints = null;
        // Last: closing a file's last connection copies the WAL into it and removes the WAL.
        writer?.Dispose();
        writer = null;
        storeLock?.Dispose();
        storeLock = null;
    }

    private SnapshotException Failed(string failure, Exception exception)
    {
        if (exception is not DatabaseException error || !IsDamage(error)) return new SnapshotException($"{failure} {exception.Message}", exception);
        try
        {
            File.WriteAllText(Condemned, exception.Message);
        }
        catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException)
        {
            return new SnapshotDamagedException($"{failure} {path} is damaged: stop the server and remove this file and its -wal; everything in it is made again from the journal. {exception.Message}", exception);
        }

        return new SnapshotDamagedException($"{failure} {path} is damaged; the next start sets it aside and makes everything in it again from the journal. {exception.Message}", exception);
    }

    private static bool IsDamage(DatabaseException exception) => (exception.Code & 0xFF) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;
}
