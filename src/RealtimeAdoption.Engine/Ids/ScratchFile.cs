namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// Scratch of one partition in a file, made when something is first written. The file has no name for longer than a moment (on Windows the system removes it with its last handle), so nothing is left behind however the process ends; its space
/// shows in what the disk has free, not in the folder. Read and written by calls, not mapped into memory: a disk that fails is an error here, where a mapped page would end the process, and what the system keeps of it is not this process's memory.
/// </summary>
public sealed class ScratchFile(string folder, int partition) : IIdScratch
{
    private const string Prefix = "adoption-ids-";
    private const string Suffix = ".scratch";

    private FileStream? file;

    public void Write(int block, ReadOnlySpan<byte> bytes)
    {
        try
        {
            file ??= Make(folder, partition);
            RandomAccess.Write(file.SafeFileHandle, bytes, (long)block * IIdScratch.BlockBytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The scratch for ids in {folder} (Host:IdScratchPath) cannot be written: {error.Message}", error);
        }
    }

    public void Read(int block, Span<byte> bytes)
    {
        var read = 0;
        try
        {
            while (file is not null && read < bytes.Length)
            {
                var more = RandomAccess.Read(file.SafeFileHandle, bytes[read..], ((long)block * IIdScratch.BlockBytes) + read);
                if (more == 0) break;
                read += more;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The scratch for ids in {folder} (Host:IdScratchPath) cannot be read: {error.Message}", error);
        }

        if (read < bytes.Length) throw new IOException($"The scratch for ids in {folder} (Host:IdScratchPath) ends before block {block}.");
    }

    public void Dispose() => file?.Dispose();

    /// <summary>Removes what a crash between the making and the unnaming of a file has left, and tries whether one can be made. Null: it can; else why not.</summary>
    public static string? Check(string folder)
    {
        try
        {
            var isNew = !Directory.Exists(folder);
            if (!isNew)
            {
                foreach (var left in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}")) Remove(left);
            }

            using (Make(folder, 0))
            {
            }

            if (isNew) Directory.Delete(folder);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return error.Message;
        }
    }

    // Another user's, in a common folder, is none of ours.
    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    private static FileStream Make(string folder, int partition)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{Prefix}{Environment.ProcessId}-{partition}-{Guid.NewGuid():n}{Suffix}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Delete, BufferSize = 0, Options = FileOptions.RandomAccess };
        if (OperatingSystem.IsWindows()) options.Options |= FileOptions.DeleteOnClose;
        else options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var made = new FileStream(path, options);
        if (!OperatingSystem.IsWindows()) File.Delete(path);
        return made;
    }
}
