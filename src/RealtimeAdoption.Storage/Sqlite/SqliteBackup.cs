using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Storage.Backups;
using SQLitePCL;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>
/// Copies the files of a SQLite store page by page (SQLite's online backup) and puts them back. The source is read inside one transaction, so that a copy is of one moment and commits neither wait for it
/// nor make it start over; until it ends, the file's WAL grows.
/// </summary>
internal static class SqliteBackup
{
    public const string Kind = "sqlite";

    private const string Journal = "journal.db";
    private const string State = "state.db";
    private const string Rejections = "rejections.db";
    private const string Restoring = ".restoring";
    private const int PagesAtOnce = 64;
    private const int PageSize = 8_192;
    private const int BusyPauseMs = 20;
    private const int ChangesAtOnce = 1_000;

    public static async Task<BackupManifest> MakeAsync(StorageOptions storage, string folder, int mibPerSecond, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(storage.Path, Journal))) throw new BackupException($"{storage.Path} holds no {Journal}.");
        var madeAt = DateTimeOffset.UtcNow;
        var pace = new Pace(mibPerSecond);
        var leftOut = new List<string>();
        // The state first: the journal in the copy is then never older than it.
        foreach (var name in new[] { State, Journal, Rejections })
        {
            if (File.Exists(Path.Combine(storage.Path, name))) await CopyAsync(Path.Combine(storage.Path, name), Path.Combine(folder, name), pace, cancellationToken);
        }

        var heads = CheckJournal(folder, cancellationToken).Heads;
        if (File.Exists(Path.Combine(folder, State)))
        {
            try
            {
                CheckState(folder, heads, cancellationToken);
            }
            catch (Exception damage) when (damage is SnapshotDamagedException or DatabaseException)
            {
                // The journal alone is enough.
                File.Delete(Path.Combine(folder, State));
                leftOut.Add($"{State}, which is made again from the journal: {damage.Message}");
            }
        }

        CheckRejections(folder);
        var files = new List<BackupFile>();
        foreach (var name in new[] { State, Journal, Rejections }.Where(name => File.Exists(Path.Combine(folder, name))))
            files.Add(await BackupFiles.DescribeAsync(folder, name, new Pace(mibPerSecond), cancellationToken));
        return new BackupManifest { Format = BackupManifest.CurrentFormat, Kind = Kind, MadeAt = madeAt, Heads = heads, Files = files, LeftOut = leftOut };
    }

    public static void Check(string folder, IReadOnlyList<long> heads, CancellationToken cancellationToken)
    {
        CheckJournal(folder, cancellationToken).MustEndAt(heads, Path.Combine(folder, Journal));
        if (File.Exists(Path.Combine(folder, State))) CheckState(folder, heads, cancellationToken);
        CheckRejections(folder);
    }

    public static void RefuseData(StorageOptions storage)
    {
        foreach (var name in new[] { Journal, State, Rejections })
        {
            foreach (var path in new[] { name, name + "-wal" }.Select(file => Path.Combine(storage.Path, file)))
            {
                if (File.Exists(path)) throw new BackupException($"{storage.Path} holds data ({Path.GetFileName(path)}): restore into an empty folder (Storage:Path).");
            }
        }
    }

    public static async Task RestoreAsync(string folder, BackupManifest manifest, StorageOptions storage, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(storage.Path);
        // Against a server that starts meanwhile.
        using var storeLock = StoreLock.Take(Path.Combine(storage.Path, Journal));
        RefuseData(storage);
        try
        {
            foreach (var file in manifest.Files)
            {
                var target = Path.Combine(storage.Path, file.Name + Restoring);
                File.Delete(target);
                await using var source = File.OpenRead(Path.Combine(folder, file.Name));
                var (bytes, sum) = await BackupFiles.SaveAsync(source, target, new Pace(int.MaxValue), cancellationToken);
                if ((bytes, sum) != (file.Bytes, file.Sha256)) throw new BackupException($"{Path.Combine(folder, file.Name)} changed while it was read.");
            }
        }
        catch
        {
            foreach (var file in manifest.Files) File.Delete(Path.Combine(storage.Path, file.Name + Restoring));
            throw;
        }

        // The journal last: without it there is no store, so what a crash leaves is never half of one.
        foreach (var name in manifest.Files.Select(file => file.Name).OrderBy(name => name == Journal))
            File.Move(Path.Combine(storage.Path, name + Restoring), Path.Combine(storage.Path, name));
    }

    private static async Task CopyAsync(string from, string to, Pace pace, CancellationToken cancellationToken)
    {
        using var source = Database.OpenReader(from, cacheMiB: 1);
        using var target = Database.OpenCopy(to);
        source.Execute("BEGIN");
        source.Number("SELECT count(*) FROM sqlite_master");
        using (var backup = raw.sqlite3_backup_init(target.Handle, "main", source.Handle, "main"))
        {
            if (backup.IsInvalid) target.Throw();
            int code;
            while ((code = raw.sqlite3_backup_step(backup, PagesAtOnce)) != raw.SQLITE_DONE)
            {
                if (code is raw.SQLITE_BUSY or raw.SQLITE_LOCKED) await Task.Delay(BusyPauseMs, cancellationToken);
                else source.Check(code);
                await pace.TookAsync(PagesAtOnce * PageSize, cancellationToken);
            }

            target.Check(raw.sqlite3_backup_finish(backup));
        }

        source.Execute("COMMIT");
        // One file alone; a server turns the WAL on again.
        target.Execute("PRAGMA journal_mode=DELETE");
        target.Dispose();
        await using var written = new FileStream(to, FileMode.Open, FileAccess.ReadWrite);
        written.Flush(flushToDisk: true);
    }

    private static SegmentChain CheckJournal(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, Journal);
        using var database = OpenWhole(path);
        var chain = new SegmentChain((int)database.Number("SELECT partitions FROM store"));
        var rows = database.Prepare("SELECT partition, first_position, count, packing, length, received_from, received_through, checksum, body FROM segments ORDER BY id");
        while (rows.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var head = new SegmentHead((int)rows.Number(0), rows.Number(1), (int)rows.Number(2), (SegmentPacking)rows.Number(3), (int)rows.Number(4), rows.Number(5), rows.Number(6));
            chain.Take(head, (ulong)rows.Number(7), rows.Blob(8), path);
        }

        rows.Reset();
        var missing = database.Number(
            "SELECT (SELECT count(*) FROM segments WHERE id <= (SELECT indexed_through FROM store)) - (SELECT count(*) FROM places JOIN segments ON segments.id = places.segment AND places.place = (partition << 48 | first_position))");
        if (missing != 0) throw new BackupException($"The index of {path} misses {missing} segments.");
        return chain;
    }

    private static void CheckState(string folder, IReadOnlyList<long> heads, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, State);
        using (OpenWhole(path))
        {
        }

        using var reader = new SnapshotReader(path);
        for (var partition = 0; partition < heads.Count; partition++)
        {
            if (reader.Load(partition, Unkept.Instance, cancellationToken) is not { } loaded) continue;
            if (loaded.Position > heads[partition]) throw new BackupException($"The checkpoint of partition {partition} in {path} is of position {loaded.Position}, but the journal ends at {heads[partition]}.");
            for (var after = 0L; after < loaded.LastSequence;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var changes = reader.Feed(partition, after, ChangesAtOnce);
                if (changes.Count == 0) throw new SnapshotDamagedException($"The changes of partition {partition} in {path} end at {after}, not at {loaded.LastSequence}.");
                after = changes[^1].Sequence;
            }
        }
    }

    private static void CheckRejections(string folder)
    {
        var path = Path.Combine(folder, Rejections);
        if (!File.Exists(path)) return;
        using var database = OpenWhole(path);
    }

    // SQLite's own look at its trees.
    private static Database OpenWhole(string path)
    {
        if (!File.Exists(path)) throw new BackupException($"{path} is missing.");
        var database = Database.OpenReader(path, cacheMiB: 8);
        try
        {
            if (database.Text("PRAGMA quick_check(1)") is not "ok" and var fault) throw new BackupException($"{path} is damaged: {fault}");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
