using System.Buffers;
using System.Security.Cryptography;

namespace RealtimeAdoption.Storage.Backups;

/// <summary>Files of a backup: copied, summed, checked.</summary>
internal static class BackupFiles
{
    private const int Portion = 1 << 20;

    /// <summary>Everything from here on goes to the output; returns its length and sum.</summary>
    public static async Task<(long Bytes, string Sha256)> CopyAsync(Stream input, Stream? output, Pace pace, CancellationToken cancellationToken)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(Portion);
        try
        {
            var bytes = 0L;
            int read;
            while ((read = await input.ReadAsync(buffer.AsMemory(0, Portion), cancellationToken)) > 0)
            {
                sum.AppendData(buffer, 0, read);
                if (output is not null) await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                bytes += read;
                await pace.TookAsync(read, cancellationToken);
            }

            return (bytes, Convert.ToHexStringLower(sum.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>To the disk, under that name.</summary>
    public static async Task<(long Bytes, string Sha256)> SaveAsync(Stream input, string path, Pace pace, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1);
        var copied = await CopyAsync(input, file, pace, cancellationToken);
        file.Flush(flushToDisk: true);
        return copied;
    }

    /// <summary>What a file is now.</summary>
    public static async Task<BackupFile> DescribeAsync(string folder, string name, Pace pace, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(Path.Combine(folder, name));
        var (bytes, sum) = await CopyAsync(file, null, pace, cancellationToken);
        return new BackupFile(name, bytes, sum, []);
    }

    /// <summary>Every file must be as it was when the backup was made.</summary>
    public static async Task CheckAsync(string folder, BackupManifest manifest, Pace pace, CancellationToken cancellationToken)
    {
        foreach (var expected in manifest.Files)
        {
            var path = Path.Combine(folder, expected.Name);
            if (Path.GetFileName(expected.Name) != expected.Name || !File.Exists(path)) throw new BackupException($"{path} is missing.");
            var found = await DescribeAsync(folder, expected.Name, pace, cancellationToken);
            if (found.Bytes != expected.Bytes) throw new BackupException($"{path} has {found.Bytes} bytes; it had {expected.Bytes} when the backup was made.");
            if (found.Sha256 != expected.Sha256) throw new BackupException($"{path} is damaged: its SHA-256 is not the one that it had when the backup was made.");
        }
    }
}
