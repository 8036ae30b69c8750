using System.Diagnostics;

namespace RealtimeAdoption.Storage.Backups;

/// <summary>Holds a copy to so many bytes a second, so that commits find the disk free. One thread at a time.</summary>
internal sealed class Pace(int mibPerSecond)
{
    private readonly long began = Stopwatch.GetTimestamp();
    private long bytes;

    /// <summary>After so many more bytes: waits until they are due.</summary>
    public async ValueTask TookAsync(long more, CancellationToken cancellationToken)
    {
        bytes += more;
        var due = TimeSpan.FromSeconds(bytes / (mibPerSecond * 1_048_576d)) - Stopwatch.GetElapsedTime(began);
        if (due > TimeSpan.FromMilliseconds(1)) await Task.Delay(due, cancellationToken);
        else cancellationToken.ThrowIfCancellationRequested();
    }
}
