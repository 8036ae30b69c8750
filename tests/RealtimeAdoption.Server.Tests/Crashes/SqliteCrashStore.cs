using RealtimeAdoption.Storage;
using SQLitePCL;

namespace RealtimeAdoption.Server.Tests.Crashes;

/// <summary>The journal's file in a data folder, read while a server holds it.</summary>
/// <param name="folder">Of the data.</param>
public sealed class SqliteCrashStore(string folder) : ICrashStore
{
    private long last;

    static SqliteCrashStore() => Batteries_V2.Init();

    public IReadOnlyList<string> Options => [];

    public bool HasServer => false;

    public Task<Underway> LookAsync(FrozenServer server, DateTimeOffset stoppedAt) => Task.FromResult(
        (server.IsWriting("journal.db") ? Underway.Commit : Underway.None)
        | (server.IsWriting("state.db") ? Underway.Checkpoint : Underway.None)
        | (server.IsBusy("rebuild") ? Underway.Rebuild : Underway.None));

    public Task<IReadOnlyList<StoredSegment>> NewSegmentsAsync()
    {
        var segments = new List<StoredSegment>();
        Check(raw.sqlite3_open_v2(Path.Combine(folder, "journal.db"), out var database, raw.SQLITE_OPEN_READWRITE, null));
        using (database)
        {
            Check(raw.sqlite3_exec(database, "PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0"));
            Check(raw.sqlite3_prepare_v2(database, "SELECT id, partition, first_position, count, packing, length, received_from, received_through, checksum, body FROM segments WHERE id > ? ORDER BY id", out var rows));
            using (rows)
            {
                Check(raw.sqlite3_bind_int64(rows, 1, last));
                while (raw.sqlite3_step(rows) == raw.SQLITE_ROW)
                {
                    last = Number(0);
                    var head = new SegmentHead((int)Number(1), Number(2), (int)Number(3), (SegmentPacking)Number(4), (int)Number(5), Number(6), Number(7));
                    segments.Add(new StoredSegment(head, (ulong)Number(8), raw.sqlite3_column_blob(rows, 9).ToArray()));
                }

                long Number(int column) => raw.sqlite3_column_int64(rows, column);
            }
        }

        return Task.FromResult<IReadOnlyList<StoredSegment>>(segments);
    }

    public Task KillAsync() => throw new NotSupportedException("SQLite has no server.");

    public Task StartAgainAsync() => throw new NotSupportedException("SQLite has no server.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Check(int code) => Assert.True(code == raw.SQLITE_OK, $"SQLite answered {code}.");
}
