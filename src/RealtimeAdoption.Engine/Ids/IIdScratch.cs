namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// Scratch space for those of a partition's ids that memory has no room for: blocks of 4 KiB, numbered from 0. Nothing here need outlive the process: ids are durable in journal and checkpoints, and a restart lays them out anew. Reads give what was
/// written last, or throw. Owned by one partition, called from one thread at a time. Disposing gives the space back.
/// </summary>
public interface IIdScratch : IDisposable
{
    const int BlockBytes = 4096;

    /// <summary>Writes a whole block, also beyond the last one.</summary>
    /// <exception cref="IOException">It could not: no space, say. What the block held is lost.</exception>
    void Write(int block, ReadOnlySpan<byte> bytes);

    /// <summary>Reads a whole block that was written.</summary>
    /// <exception cref="IOException">It could not.</exception>
    void Read(int block, Span<byte> bytes);
}
