using System.Globalization;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>
/// Keeps a second process (or a second opener in this one) away from a database file: an open file beside it that nobody else may open.
/// The operating system lets go of it when the process ends, however it ends. The file itself stays: its removal would be a race.
/// Not SQLite's own exclusive mode, which would also shut out this process' readers.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream file;

    private StoreLock(FileStream file) => this.file = file;

    /// <summary>Throws <see cref="IOException"/> with a message for the operator.</summary>
    public static StoreLock Take(string databasePath)
    {
        var path = databasePath + ".lock";
        FileStream held;
        try
        {
            held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new IOException($"{databasePath} is in use by {Holder(databasePath)}. One store belongs to one process at a time: " +
                "stop that process, or give this one another folder (Storage:Path).", exception);
        }

        File.WriteAllText(OwnerOf(databasePath), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new StoreLock(held);
    }

    public void Dispose() => file.Dispose();

    /// <summary>Says who, beside the lock: a locked file cannot be read.</summary>
    private static string OwnerOf(string databasePath) => databasePath + ".owner";

    private static string Holder(string databasePath)
    {
        try
        {
            return int.TryParse(File.ReadAllText(OwnerOf(databasePath)), out var id) ? $"process {id}" : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}
