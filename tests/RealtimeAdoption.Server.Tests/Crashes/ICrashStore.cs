using RealtimeAdoption.Storage;

namespace RealtimeAdoption.Server.Tests.Crashes;

/// <summary>A segment as it lies in the store. Not checked yet.</summary>
public sealed record StoredSegment(SegmentHead Head, ulong Checksum, byte[] Body);

/// <summary>
/// The store under a server that is killed, looked at past the server's own code: SQLite or PostgreSQL. Not thread-safe.
/// </summary>
public interface ICrashStore : IAsyncDisposable
{
    /// <summary>The server's options.</summary>
    IReadOnlyList<string> Options { get; }

    /// <summary>Whether its own server can be killed beside ours.</summary>
    bool HasServer { get; }

    /// <summary>What our server, stopped with SIGSTOP since that instant, was in the midst of: commit, checkpoint, rebuild.</summary>
    Task<Underway> LookAsync(FrozenServer server, DateTimeOffset stoppedAt);

    /// <summary>The journal's segments that have come since the last call, each partition's in order.</summary>
    Task<IReadOnlyList<StoredSegment>> NewSegmentsAsync();

    /// <summary>kill -9 of the store's own server.</summary>
    Task KillAsync();

    Task StartAgainAsync();
}
