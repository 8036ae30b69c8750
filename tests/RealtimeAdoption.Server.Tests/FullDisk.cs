using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>
/// The end of the disk. By the system's limit on the size of one process's files, which needs no rights and no disk of one's own; or with <c>FULL_DISK=1</c> really, by a file that takes all that is left where the
/// data lies (tests/full-disk.sh).
/// </summary>
internal sealed class FullDisk(ServerProcess server, DataFolder folder)
{
    private string Ballast => folder.In("ballast");

    private static bool IsReal => Environment.GetEnvironmentVariable("FULL_DISK") == "1";

    /// <param name="bytesMax">Where it is a limit: of each file.</param>
    public void Fill(long bytesMax)
    {
        if (!IsReal)
        {
            server.LimitFiles(bytesMax);
            return;
        }

        var zeros = new byte[64 << 10];
        using var file = new FileStream(Ballast, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = zeros.Length; size > 0;)
        {
            try
            {
                file.Write(zeros.AsSpan(0, size));
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    public void Free()
    {
        if (IsReal) File.Delete(Ballast);
        else server.LimitFiles(null);
    }
}
