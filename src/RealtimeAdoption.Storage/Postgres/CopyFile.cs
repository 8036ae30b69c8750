using System.Buffers.Binary;
using RealtimeAdoption.Storage.Backups;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// Reads the rows of a file that PostgreSQL has written by COPY in its binary format: a head, then rows (the number of fields, then each field's length and bytes, in network order), then -1.
/// Fields are found by the names of the columns. One row is in memory. Not thread-safe.
/// </summary>
internal sealed class CopyFile : IDisposable
{
    private static readonly byte[] Signature = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8];

    private readonly string path;
    private readonly IReadOnlyList<string> columns;
    private readonly FileStream file;
    private readonly byte[]?[] fields;

    public CopyFile(string path, IReadOnlyList<string> columns)
    {
        this.path = path;
        this.columns = columns;
        fields = new byte[]?[columns.Count];
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        var head = Bytes(Signature.Length + 8);
        if (!head.AsSpan(0, Signature.Length).SequenceEqual(Signature)) throw Damaged("it does not begin as COPY's binary format does");
        Bytes(BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(Signature.Length + 4)));
    }

    /// <summary>To the next row; false: there are no more.</summary>
    public bool Next()
    {
        var count = BinaryPrimitives.ReadInt16BigEndian(Bytes(2));
        if (count == -1) return false;
        if (count != columns.Count) throw Damaged($"a row has {count} fields, not {columns.Count}");
        for (var i = 0; i < count; i++)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(Bytes(4));
            fields[i] = length == -1 ? null : Bytes(length);
        }

        return true;
    }

    /// <summary>An integer of 2, 4 or 8 bytes.</summary>
    public long Number(string column) => Field(column) switch
    {
        { Length: 2 } bytes => BinaryPrimitives.ReadInt16BigEndian(bytes),
        { Length: 4 } bytes => BinaryPrimitives.ReadInt32BigEndian(bytes),
        { Length: 8 } bytes => BinaryPrimitives.ReadInt64BigEndian(bytes),
        _ => throw Damaged($"{column} is no number"),
    };

    public byte[] Blob(string column) => Field(column) ?? throw Damaged($"{column} is empty");

    public bool IsNull(string column) => Field(column) is null;

    public void Dispose() => file.Dispose();

    private byte[]? Field(string column)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i] == column) return fields[i];
        }

        throw Damaged($"it has no column {column}");
    }

    private byte[] Bytes(int length)
    {
        if (length < 0 || length > file.Length - file.Position) throw Damaged("it ends in the midst of a row");
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        file.ReadExactly(bytes);
        return bytes;
    }

    private BackupException Damaged(string what) => new($"{path} is damaged: {what}.");
}
