using System.Text;
using SQLitePCL;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>
/// A prepared statement. Parameters count from 1, columns from 0. Blobs and texts go in and come out as spans; what comes out is valid until the next step or reset.
/// Reset it as soon as its rows are read: an open read keeps the WAL from starting over.
/// </summary>
internal sealed class Statement(Database database, sqlite3_stmt handle) : IDisposable
{
    public Statement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(handle, parameter, value));
        return this;
    }

    public Statement BindOptional(int parameter, int? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_int64(handle, parameter, number) : raw.sqlite3_bind_null(handle, parameter));
        return this;
    }

    public Statement BindBlob(int parameter, ReadOnlySpan<byte> value)
    {
        // An empty span is a null pointer, and that would store NULL.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, parameter, 0) : raw.sqlite3_bind_blob(handle, parameter, value));
        return this;
    }

    /// <summary>UTF-8.</summary>
    public Statement BindText(int parameter, ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_text(handle, parameter, value));
        return this;
    }

    public Statement BindText(int parameter, string? value)
    {
        Check(value is null ? raw.sqlite3_bind_null(handle, parameter) : raw.sqlite3_bind_text(handle, parameter, Encoding.UTF8.GetBytes(value)));
        return this;
    }

    /// <summary>True: a row is there.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW) return true;
        if (code != raw.SQLITE_DONE) Fail();
        return false;
    }

    /// <summary>Runs a statement that gives no rows, and makes it ready for the next run.</summary>
    public void Run()
    {
        var code = raw.sqlite3_step(handle);
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW)) Fail();
        raw.sqlite3_reset(handle);
    }

    public long Number(int column) => raw.sqlite3_column_int64(handle, column);

    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    /// <summary>Null where the column is NULL.</summary>
    public string? Text(int column) =>
        IsNull(column) ? null : Encoding.UTF8.GetString(raw.sqlite3_column_blob(handle, column));

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public void Reset() => raw.sqlite3_reset(handle);

    public void Dispose() => handle.Dispose();

    private void Check(int code) => database.Check(code);

    private void Fail()
    {
        // The message goes with the reset; it is read first.
        try
        {
            database.Throw();
        }
        finally
        {
            raw.sqlite3_reset(handle);
        }
    }
}
