using RealtimeAdoption.Engine.Journal;
using SQLitePCL;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>One reading connection to the journal's file, which keeps the segment read last. Not thread-safe; pooled by the journal.</summary>
internal sealed class JournalReader : IDisposable
{
    private readonly Database database;
    private readonly Statement find;
    private readonly Statement read;
    private readonly SegmentUnpacking unpacking = new();

    public JournalReader(string path)
    {
        database = Database.OpenReader(path, cacheMiB: 4);
        try
        {
            find = database.Prepare(
                """
                SELECT segment FROM places
                WHERE place BETWEEN (SELECT place FROM places WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1) AND ?3
                ORDER BY place LIMIT ?4
                """);
            read = database.Prepare(
                "SELECT partition, first_position, count, packing, length, received_from, received_through, checksum, body FROM segments WHERE id = ?");
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Rows of the segments that hold <paramref name="position"/> and follow it up to <paramref name="through"/>, as many as fit.</summary>
    public int Find(int partition, long position, long through, Span<long> rows)
    {
        try
        {
            find.Bind(1, JournalWriter.Place(partition, 0)).Bind(2, JournalWriter.Place(partition, position))
                .Bind(3, JournalWriter.Place(partition, Math.Min(through, (1L << 48) - 1))).Bind(4, rows.Length);
            var found = 0;
            while (find.Step()) rows[found++] = find.Number(0);
            find.Reset();
            return found > 0 ? found : throw Damaged(partition, position, "is missing from the index");
        }
        catch (DatabaseException exception)
        {
            throw Failed(partition, position, exception);
        }
    }

    /// <summary>The segment in a row, which must hold the position. Valid until the next call.</summary>
    public Segment Read(int partition, long position, long row)
    {
        try
        {
            if (!read.Bind(1, row).Step()) throw Damaged(partition, position, $"(row {row}) is missing");
            var head = new SegmentHead((int)read.Number(0), read.Number(1), (int)read.Number(2), (SegmentPacking)read.Number(3), (int)read.Number(4), read.Number(5), read.Number(6));
            var fault = unpacking.Open(head, (ulong)read.Number(7), read.Blob(8), partition, position, out var segment);
            return fault is null ? segment : throw Damaged(partition, position, $"(row {row}) {fault}");
        }
        catch (DatabaseException exception)
        {
            throw Failed(partition, position, exception);
        }
        finally
        {
            read.Reset();
        }
    }

    public void Dispose()
    {
        database.Dispose();
        unpacking.Dispose();
    }

    private JournalException Failed(int partition, long position, DatabaseException exception) =>
        (exception.Code & 0xFF) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB
            ? Damaged(partition, position, $"cannot be reached: {exception.Message}")
            : new JournalException($"The segment with position {position} of partition {partition} cannot be read. {exception.Message}", exception);

    private JournalDamagedException Damaged(int partition, long position, string what) =>
        new($"The segment with position {position} of partition {partition} in {database.Path} {what}. Restore the file from a copy; nothing after it can be replayed without it.");
}
