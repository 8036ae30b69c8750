namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>
/// Copies a file's WAL into the file, on a thread and connection of its own, each time it has grown by so much: SQLite's automatic checkpoint would make a commit wait for it.
/// First without holding up commits, then once more under the writer's lock for the little that was committed meanwhile; only a WAL that is copied
/// whole starts over, and under steady load the first pass alone never gets there. A failure is left for the next commit to meet.
/// </summary>
internal sealed class WalCheckpoints : IDisposable
{
    private readonly Lock gate;
    private readonly long everyBytes;
    private readonly Database database;
    private readonly AutoResetEvent due = new(false);
    private readonly Thread thread;
    private long grown;
    private volatile bool stopping;

    /// <param name="path">The file.</param>
    /// <param name="gate">Held by whoever writes to it.</param>
    /// <param name="everyBytes">Growth of the WAL between two copies.</param>
    public WalCheckpoints(string path, Lock gate, long everyBytes)
    {
        this.gate = gate;
        this.everyBytes = everyBytes;
        database = Database.OpenWriter(path, "FULL", pageSize: 8_192, cacheMiB: 1);
        thread = new Thread(Run) { IsBackground = true, Name = "checkpoint " + Path.GetFileName(path) };
        thread.Start();
    }

    /// <summary>Called under the lock, after a commit.</summary>
    public void Grown(long bytes)
    {
        grown += bytes;
        if (grown >= everyBytes) due.Set();
    }

    /// <summary>Waits for a copy under way; not to be called under the lock.</summary>
    public void Dispose()
    {
        stopping = true;
        due.Set();
        thread.Join();
        database.Dispose();
        due.Dispose();
    }

    private void Run()
    {
        while (due.WaitOne() && !stopping)
        {
            try
            {
                database.Checkpoint();
                lock (gate)
                {
                    database.Checkpoint();
                    grown = 0;
                }
            }
            catch (DatabaseException)
            {
                // The disk is full or broken: the WAL grows on, or the next commit fails and says so to its caller.
                lock (gate) grown = 0;
            }
        }
    }
}
