using SQLitePCL;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>What SQLite answered to a call that failed. Ports turn it into their own exceptions.</summary>
internal sealed class DatabaseException(string message, int code) : Exception(message)
{
    /// <summary>SQLite's extended result code.</summary>
    public int Code { get; } = code;
}

/// <summary>
/// One connection to one SQLite file. Not thread-safe: whoever shares one holds a lock.
/// The C interface is used as it is: an ADO.NET provider wants a byte[] of its own for each blob and boxes each number.
/// </summary>
internal sealed class Database : IDisposable
{
    // Only checkpoints and a foreign reader (a backup) can make a writer wait.
    private const int BusyTimeoutMs = 5_000;

    private readonly List<Statement> statements = [];

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle, string path)
    {
        Handle = handle;
        Path = path;
    }

    public sqlite3 Handle { get; }

    public string Path { get; }

    /// <summary>Opens for writing, in WAL mode. Makes the file where there is none.</summary>
    /// <param name="path">In a folder that exists.</param>
    /// <param name="synchronous">FULL: a commit is on the disk when it returns. NORMAL: a power cut may take back the last commits, never half of one.</param>
    /// <param name="pageSize">Bytes; of a new file.</param>
    /// <param name="cacheMiB">Memory for pages.</param>
    public static Database OpenWriter(string path, string synchronous, int pageSize, int cacheMiB)
    {
        var database = Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        try
        {
            // The page size counts only while the file is empty. Checkpoints are run by the owner of the file, so that no commit pays for one.
            database.Execute($"PRAGMA page_size={pageSize}; PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA wal_autocheckpoint=0; " +
                $"PRAGMA journal_size_limit={256 << 20}; PRAGMA cache_size=-{cacheMiB << 10}; PRAGMA temp_store=MEMORY");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens an existing file for reading. In WAL mode a reader neither waits for the writer nor makes it wait.</summary>
    public static Database OpenReader(string path, int cacheMiB)
    {
        var database = Open(path, raw.SQLITE_OPEN_READWRITE);
        try
        {
            database.Execute($"PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-{cacheMiB << 10}");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Makes a file that pages of another are copied into. It is on the disk when its maker has seen to that.</summary>
    public static Database OpenCopy(string path)
    {
        var database = Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        try
        {
            database.Execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>A statement that lives, prepared, as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(Handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        var statement = new Statement(this, handle);
        statements.Add(statement);
        return statement;
    }

    /// <summary>One or more statements without parameters or rows. For cold paths.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(Handle, sql));

    /// <summary>The first column of the only row. For cold paths.</summary>
    public long Number(string sql)
    {
        using var statement = new Statement(this, Compile(sql));
        return statement.Step() ? statement.Number(0) : 0;
    }

    /// <summary>The first column of the first row. For cold paths.</summary>
    public string? Text(string sql)
    {
        using var statement = new Statement(this, Compile(sql));
        return statement.Step() ? statement.Text(0) : null;
    }

    /// <summary>How many rows the last statement has inserted, changed or deleted.</summary>
    public int Changes => raw.sqlite3_changes(Handle);

    /// <summary>Copies committed pages from the WAL into the database file without making writer or readers wait; returns whether nothing was left over.</summary>
    public bool Checkpoint()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var pages, out var copied);
        if (code == raw.SQLITE_BUSY) return false;
        Check(code);
        return pages == copied;
    }

    /// <summary>For the way out of a failed transaction, which SQLite may have rolled back itself.</summary>
    public void TryRollback() => raw.sqlite3_exec(Handle, "ROLLBACK");

    public void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)) Throw();
    }

    public void Dispose()
    {
        foreach (var statement in statements) statement.Dispose();
        statements.Clear();
        Handle.Dispose();
    }

    internal void Throw()
    {
        var code = raw.sqlite3_extended_errcode(Handle);
        throw new DatabaseException($"SQLite, {Path}: {raw.sqlite3_errmsg(Handle).utf8_to_string()} (code {code}).", code);
    }

    private static Database Open(string path, int flags)
    {
        var code = raw.sqlite3_open_v2(path, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code != raw.SQLITE_OK)
        {
            handle?.Dispose();
            throw new DatabaseException($"SQLite cannot open {path} (code {code}): it must be a readable and writable file in a folder that exists.", code);
        }

        var database = new Database(handle, path);
        raw.sqlite3_extended_result_codes(handle, 1);
        raw.sqlite3_busy_timeout(handle, BusyTimeoutMs);
        return database;
    }

    private sqlite3_stmt Compile(string sql)
    {
        Check(raw.sqlite3_prepare_v2(Handle, sql, out var handle));
        return handle;
    }
}
