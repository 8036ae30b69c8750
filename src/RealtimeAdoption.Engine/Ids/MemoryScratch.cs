namespace RealtimeAdoption.Engine.Ids;

/// <summary>Scratch in plain memory, as large as what is written: for a partition that has no host with a disk.</summary>
public sealed class MemoryScratch : IIdScratch
{
    private readonly List<byte[]?> blocks = [];

    public void Write(int block, ReadOnlySpan<byte> bytes)
    {
        while (blocks.Count <= block) blocks.Add(null);
        bytes.CopyTo(blocks[block] ??= new byte[IIdScratch.BlockBytes]);
    }

    public void Read(int block, Span<byte> bytes)
    {
        if (block >= blocks.Count || blocks[block] is not { } held) throw new IOException($"Block {block} was never written.");
        held.CopyTo(bytes);
    }

    public void Dispose() => blocks.Clear();
}
