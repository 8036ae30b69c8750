using System.Collections.Concurrent;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>Reading connections that wait for their next user, at most so many; more may be in use at once. Thread-safe.</summary>
internal sealed class ConnectionPool<T>(Func<T> open, int most) : IDisposable
    where T : class, IDisposable
{
    private readonly ConcurrentBag<T> idle = [];
    private volatile bool disposed;

    public T Rent()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return idle.TryTake(out var connection) ? connection : open();
    }

    public void Return(T connection)
    {
        if (disposed || idle.Count >= most)
        {
            connection.Dispose();
            return;
        }

        idle.Add(connection);
        // Whoever returns one while the pool goes away takes it out again.
        if (disposed) Dispose();
    }

    public void Dispose()
    {
        disposed = true;
        while (idle.TryTake(out var connection)) connection.Dispose();
    }
}
