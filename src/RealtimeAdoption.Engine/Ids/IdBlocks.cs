using System.Buffers.Binary;
using System.Runtime.InteropServices;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>The scratch of one partition in blocks of ids: which of them are free, and a sum at the end of each, so that what a disk gives back wrong is never taken for ids. Memory for a block at a time is lent and comes back.</summary>
internal sealed class IdBlocks(IIdScratch scratch) : IDisposable
{
    /// <summary>In a block.</summary>
    public const int Ids = (IIdScratch.BlockBytes - SumBytes) / IdEntry.Size;

    private const int SumBytes = sizeof(ulong);
    private const int IdsInMemory = (IIdScratch.BlockBytes / IdEntry.Size) + 1;

    private readonly Stack<int> free = new();
    private readonly Stack<IdEntry[]> spare = new();
    private int count;

    public int InUse => count - free.Count;

    public int Take() => free.Count > 0 ? free.Pop() : count++;

    public void Return(int block) => free.Push(block);

    /// <summary>Memory for a block, not cleared.</summary>
    public IdEntry[] Rent() => spare.TryPop(out var ids) ? ids : new IdEntry[IdsInMemory];

    public void Return(IdEntry[] ids) => spare.Push(ids);

    /// <exception cref="IOException">It could not be written.</exception>
    public void Write(int block, IdEntry[] ids)
    {
        var bytes = BytesOf(ids);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[^SumBytes..], SumOf(block, bytes));
        scratch.Write(block, bytes);
    }

    /// <exception cref="IOException">It could not be read, or is not what was written.</exception>
    public void Read(int block, IdEntry[] ids)
    {
        var bytes = BytesOf(ids);
        scratch.Read(block, bytes);
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[^SumBytes..]) != SumOf(block, bytes)) throw new IOException($"Block {block} of the scratch for ids is damaged.");
    }

    public void Dispose() => scratch.Dispose();

    private static Span<byte> BytesOf(IdEntry[] ids) => MemoryMarshal.AsBytes(ids.AsSpan())[..IIdScratch.BlockBytes];

    private static ulong SumOf(int block, ReadOnlySpan<byte> bytes) => StableHash.Combine(StableHash.Of(bytes[..^SumBytes]), (ulong)block);
}
