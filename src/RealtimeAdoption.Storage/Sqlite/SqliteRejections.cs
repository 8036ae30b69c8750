using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Engine.Intake;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>
/// The latest rejections in one SQLite file, <c>rejections.db</c>. A call to <see cref="Add"/> only queues; a background loop writes what has gathered four times a second,
/// one transaction at a time (WAL, synchronous=FULL). Reading and disposing write it first.
/// </summary>
public sealed class SqliteRejections : IRejections
{
    private static readonly TimeSpan WriteEvery = TimeSpan.FromMilliseconds(250);

    private static readonly string[] Versions =
    [
        """
        CREATE TABLE rejections(
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,              -- unix milliseconds
            door TEXT NOT NULL,
            source TEXT,
            item INTEGER,                     -- place in the request
            message_id TEXT,
            account TEXT,
            code TEXT NOT NULL,
            detail TEXT NOT NULL,
            sample TEXT) STRICT;
        CREATE INDEX rejections_by_code ON rejections(code, id);
        """,
    ];

    private readonly string path;
    private readonly int kept;
    private readonly RejectionBuffer buffer;
    private readonly Lock fileGate = new();
    private readonly CancellationTokenSource stop = new();
    private readonly PeriodicTimer timer = new(WriteEvery);
    private StoreLock? storeLock;
    private Connection? connection;
    private WalCheckpoints? checkpoints;
    private Task loop = Task.CompletedTask;

    public SqliteRejections(StorageOptions options, ILogger<SqliteRejections>? logger = null)
    {
        path = System.IO.Path.Combine(options.Path, "rejections.db");
        kept = options.RejectionsKept;
        buffer = new RejectionBuffer(options.RejectionsBuffered, logger ?? NullLogger<SqliteRejections>.Instance);
    }

    /// <summary>How many were counted but not kept, since the start, because too many were waiting. The log tells of them.</summary>
    public long Dropped => buffer.Dropped;

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        lock (fileGate)
        {
            ObjectDisposedException.ThrowIf(stop.IsCancellationRequested, this);
            if (connection is not null) return ValueTask.CompletedTask;
            try
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
                storeLock = StoreLock.Take(path);
                connection = new Connection(path);
                checkpoints = new WalCheckpoints(path, fileGate, everyBytes: 16 << 20);
            }
            catch (Exception exception) when (exception is DatabaseException or IOException or UnauthorizedAccessException)
            {
                Close();
                throw new IOException($"The rejections cannot be opened. {exception.Message}", exception);
            }
        }

        loop = Task.Run(WriteOnAsync, CancellationToken.None);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Add(Rejection rejection) => buffer.Add(rejection);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Rejection>> ReadAsync(long before, int limit, string? code, CancellationToken cancellationToken)
    {
        try
        {
            lock (fileGate)
            {
                var open = connection ?? throw new InvalidOperationException("The rejections are not open: call OpenAsync first.");
                Write();
                return ValueTask.FromResult<IReadOnlyList<Rejection>>(open.Read(before, limit, code));
            }
        }
        catch (DatabaseException exception)
        {
            throw new IOException($"The rejections cannot be read. {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested) return;
        await stop.CancelAsync();
        await loop;
        timer.Dispose();
        WalCheckpoints? stopping;
        lock (fileGate)
        {
            WriteOrLog();
            stopping = checkpoints;
            checkpoints = null;
        }

        // Outside of the gate, which its thread may be waiting for.
        stopping?.Dispose();
        lock (fileGate) Close();
        stop.Dispose();
    }

    private async Task WriteOnAsync()
    {
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                lock (fileGate) WriteOrLog();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposing writes the rest.
        }
    }

    private void WriteOrLog()
    {
        try
        {
            Write();
            buffer.Succeeded();
        }
        catch (DatabaseException exception)
        {
            buffer.Failed(exception);
        }
    }

    /// <summary>Under the file's lock.</summary>
    private void Write()
    {
        while (connection is not null)
        {
            var batch = buffer.Next();
            if (batch.Length == 0) return;
            checkpoints?.Grown(connection.Write(batch, kept));
            buffer.Written(batch);
        }
    }

    private void Close()
    {
        checkpoints?.Dispose();
        checkpoints = null;
        connection?.Dispose();
        connection = null;
        storeLock?.Dispose();
        storeLock = null;
    }

    private sealed class Connection : IDisposable
    {
        private readonly Database database;
        private readonly Statement insert;
        private readonly Statement trim;
        private readonly Statement read;
        private readonly Statement readCode;
        private long nextId;

        public Connection(string path)
        {
            database = Database.OpenWriter(path, "FULL", pageSize: 4_096, cacheMiB: 2);
            try
            {
                Schema.Migrate(database, Versions);
                insert = database.Prepare("INSERT INTO rejections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
                trim = database.Prepare("DELETE FROM rejections WHERE id <= ?");
                read = database.Prepare("SELECT * FROM rejections WHERE id < ? ORDER BY id DESC LIMIT ?");
                readCode = database.Prepare("SELECT * FROM rejections WHERE id < ? AND code = ?3 ORDER BY id DESC LIMIT ?2");
                nextId = database.Number("SELECT max(id) FROM rejections") + 1;
            }
            catch
            {
                database.Dispose();
                throw;
            }
        }

        public long Write(Rejection[] batch, int kept)
        {
            var id = nextId;
            database.Execute("BEGIN IMMEDIATE");
            try
            {
                foreach (var rejection in batch)
                {
                    insert.Bind(1, id++).Bind(2, rejection.At.ToUnixTimeMilliseconds()).BindText(3, rejection.Door).BindText(4, rejection.Source)
                        .BindOptional(5, rejection.Index).BindText(6, rejection.MessageId).BindText(7, rejection.Account)
                        .BindText(8, rejection.Code).BindText(9, rejection.Detail).BindText(10, rejection.Sample).Run();
                }

                trim.Bind(1, id - 1 - kept).Run();
                database.Execute("COMMIT");
            }
            catch
            {
                database.TryRollback();
                throw;
            }

            nextId = id;
            return batch.Length * 1_024L;
        }

        public List<Rejection> Read(long before, int limit, string? code)
        {
            var statement = code is null ? read : readCode.BindText(3, code);
            statement.Bind(1, before).Bind(2, limit);
            try
            {
                var rejections = new List<Rejection>();
                while (statement.Step())
                {
                    rejections.Add(new Rejection
                    {
                        Id = statement.Number(0),
                        At = DateTimeOffset.FromUnixTimeMilliseconds(statement.Number(1)),
                        Door = statement.Text(2)!,
                        Source = statement.Text(3),
                        Index = statement.IsNull(4) ? null : (int)statement.Number(4),
                        MessageId = statement.Text(5),
                        Account = statement.Text(6),
                        Code = statement.Text(7)!,
                        Detail = statement.Text(8)!,
                        Sample = statement.Text(9),
                    });
                }

                return rejections;
            }
            finally
            {
                statement.Reset();
            }
        }

        public void Dispose() => database.Dispose();
    }
}
