using System.Globalization;
using System.Runtime.InteropServices;

namespace RealtimeAdoption.Server.Tests.Crashes;

/// <summary>What can be seen of a server that was stopped with SIGSTOP, from outside: its threads and its locks, as Linux tells them under <c>/proc</c>.</summary>
/// <param name="process">Its id.</param>
public sealed class FrozenServer(int process)
{
    private const string WalWriteLock = "120 120";

    /// <summary>Calls of the system in which a thread only waits: futex, restart_syscall, poll and epoll, sleeps, sched_yield.</summary>
    private static readonly HashSet<int> Waits = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? [22, 73, 98, 101, 115, 124, 128] : [7, 24, 35, 202, 219, 230, 232, 271, 281];

    /// <summary>Whether a thread with such a name was doing anything but wait. False where the system does not let one look.</summary>
    public bool IsBusy(string thread) => Directory.EnumerateDirectories($"/proc/{process}/task").Any(task =>
    {
        try
        {
            if (!File.ReadAllText(Path.Combine(task, "comm")).StartsWith(thread, StringComparison.Ordinal)) return false;
            // The call's number, or -1 in the program itself.
            var call = File.ReadAllText(Path.Combine(task, "syscall")).Split(' ')[0].Trim();
            return !int.TryParse(call, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) || !Waits.Contains(number);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    /// <summary>Whether it was writing to a SQLite file: SQLite's lock for it is byte 120 of the <c>-shm</c> beside the file.</summary>
    public bool IsWriting(string file) => Directory.EnumerateFiles($"/proc/{process}/fd").Any(open =>
        new FileInfo(open).LinkTarget?.EndsWith("/" + file + "-shm", StringComparison.Ordinal) == true
        && File.ReadLines($"/proc/{process}/fdinfo/{Path.GetFileName(open)}").Any(line =>
            line.StartsWith("lock:", StringComparison.Ordinal) && line.Contains(" WRITE ", StringComparison.Ordinal) && line.TrimEnd().EndsWith(WalWriteLock, StringComparison.Ordinal)));
}
