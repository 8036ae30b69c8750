using RealtimeAdoption.Engine.Ids;

namespace RealtimeAdoption.Silo;

/// <summary>Where a silo keeps the ids of messages. Part of the section <c>Host</c>, as in the embedded host.</summary>
public sealed class IdOptions
{
    /// <summary>
    /// Memory for the ids of messages of the last days, if this silo had all partitions; those that it has take their share, and what is beyond lies in scratch. 1 MiB to 1 TiB, but at least 512 KiB for each partition; default 512 MiB.
    /// </summary>
    public long IdBytesMax { get; set; } = IdRoom.DefaultBytes;

    /// <summary>
    /// The folder for scratch, on a local disk. Empty (the default): <c>scratch</c> in the folder of the data where that is in files, else the system's folder for large temporary files, <c>/var/tmp</c> where there is one.
    /// </summary>
    public string IdScratchPath { get; set; } = "";

    /// <summary>Every option that is out of its range, one sentence each.</summary>
    public IEnumerable<string> Errors()
    {
        if (IdBytesMax is < (1L << 20) or > (1L << 40)) yield return $"IdBytesMax is {IdBytesMax}; it must be 1 MiB to 1 TiB.";
    }

    /// <summary>Makes sure that there is scratch: a silo's doors know no ids, and could not be held when memory is full of them.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal void CheckScratch()
    {
        if (ScratchFile.Check(Folder) is { } unusable)
            throw new IOException($"Host:IdScratchPath: there can be no scratch for message ids in {Folder}: {unusable} Right would be a folder on a local disk that this silo may write.");
    }

    /// <summary>One partition's share.</summary>
    internal IdRoom RoomOf(int partition, int partitions) => new(Math.Max(IdRoom.LeastBytes, IdBytesMax / partitions), new ScratchFile(Folder, partition));

    // Not /tmp, which is memory on many systems.
    private string Folder => IdScratchPath.Length > 0 ? IdScratchPath : Directory.Exists("/var/tmp") ? "/var/tmp" : Path.GetTempPath();
}
