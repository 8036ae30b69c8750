using Npgsql;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.Storage.Sqlite;

namespace RealtimeAdoption.Storage.Backups;

/// <summary>
/// Copies a store, whether a server runs on it or not, into a folder, and puts such a copy into a store that has no data. A copy holds everything that was acknowledged before it began. It comes
/// under its name when it is whole and checked, or not at all.
/// </summary>
public static class StoreBackup
{
    /// <summary>Bytes a second, in MiB.</summary>
    public const int DefaultRate = 64;

    /// <param name="storage">The store.</param>
    /// <param name="to">The folder that comes to be; it must not be there yet, or be empty.</param>
    /// <param name="mibPerSecond">1 and up.</param>
    /// <param name="cancellationToken">Leaves nothing.</param>
    /// <exception cref="BackupException">It was not made; there is nothing under its name.</exception>
    public static async Task<BackupManifest> MakeAsync(StorageOptions storage, string to, int mibPerSecond, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentOutOfRangeException.ThrowIfLessThan(mibPerSecond, 1);
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(to));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())) throw new BackupException($"{folder} is there already; name a folder that is not.");
        var partial = $"{folder}.partial-{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(partial);
            BackupManifest made = storage.IsPostgres
                ? await PostgresBackup.MakeAsync(storage, partial, mibPerSecond, cancellationToken)
                : await SqliteBackup.MakeAsync(storage, partial, mibPerSecond, cancellationToken);
            made.Write(partial);
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(partial, folder);
            return made;
        }
        catch (Exception exception)
        {
            Remove(partial);
            if (exception is BackupException or OperationCanceledException || !IsOfTheMachine(exception)) throw;
            throw new BackupException($"The backup was not made. {exception.Message}", exception);
        }
    }

    /// <summary>Reads all of a backup: every file's sum, every row's, and that the journal is whole to its ends.</summary>
    /// <exception cref="BackupException">It is not whole.</exception>
    public static async Task<BackupManifest> CheckAsync(string from, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(from);
        var manifest = BackupManifest.Read(folder);
        try
        {
            await BackupFiles.CheckAsync(folder, manifest, new Pace(int.MaxValue), cancellationToken);
            if (manifest.Kind == PostgresBackup.Kind) PostgresBackup.Check(folder, manifest, cancellationToken);
            else SqliteBackup.Check(folder, manifest.Heads, cancellationToken);
            return manifest;
        }
        catch (Exception exception) when (exception is not BackupException && IsOfTheMachine(exception))
        {
            throw new BackupException($"The backup cannot be read. {exception.Message}", exception);
        }
    }

    /// <summary>Checks a backup and puts it into a store that has no data.</summary>
    /// <exception cref="BackupException">Nothing was put back.</exception>
    public static async Task<BackupManifest> RestoreAsync(string from, StorageOptions storage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(storage);
        var manifest = BackupManifest.Read(Path.GetFullPath(from));
        var kind = storage.IsPostgres ? PostgresBackup.Kind : SqliteBackup.Kind;
        if (manifest.Kind != kind) throw new BackupException($"The backup is of {manifest.Kind}, the store is {kind}: set Storage:Kind={manifest.Kind}.");
        try
        {
            if (storage.IsPostgres) await PostgresBackup.RefuseDataAsync(storage, cancellationToken);
            else SqliteBackup.RefuseData(storage);
            await CheckAsync(from, cancellationToken);
            if (storage.IsPostgres) await PostgresBackup.RestoreAsync(Path.GetFullPath(from), manifest, storage, cancellationToken);
            else await SqliteBackup.RestoreAsync(Path.GetFullPath(from), manifest, storage, cancellationToken);
            return manifest;
        }
        catch (Exception exception) when (exception is not BackupException && IsOfTheMachine(exception))
        {
            throw new BackupException($"Nothing was restored. {exception.Message}", exception);
        }
    }

    private static bool IsOfTheMachine(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or DatabaseException or NpgsqlException or TimeoutException or SchemaException or JournalException or SnapshotException or InvalidDataException;

    private static void Remove(string partial)
    {
        try
        {
            Directory.Delete(partial, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What went wrong before is told; what is left says by its name that it is half.
        }
    }
}
