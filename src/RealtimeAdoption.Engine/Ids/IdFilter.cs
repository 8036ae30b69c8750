using System.Runtime.CompilerServices;
using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// Tells of nearly every id that is not in a run that it is not: a Bloom filter in cache lines, of which an id sets one bit in each of the eight words of one line. With 12 bits an id it is wrong of one in 220, with 8 of one in 35
/// (a read of a block that was not needed); of ids that are there never.
/// </summary>
internal sealed unsafe class IdFilter
{
    private const int LineBits = 512;
    private const int Words = 8;
    private const int LinesInPage = IdPage.Lines;

    private readonly IdMemory memory;
    private readonly nint[] pages;
    private readonly uint lines;

    public IdFilter(IdMemory memory, int ids, int bitsPerId)
    {
        this.memory = memory;
        pages = new nint[PagesOf(ids, bitsPerId)];
        for (var i = 0; i < pages.Length; i++) pages[i] = memory.Take();
        lines = (uint)(pages.Length * LinesInPage);
    }

    public int Pages => pages.Length;

    public static int PagesOf(int ids, int bitsPerId) => (int)Math.Max(1, (((long)ids * bitsPerId) + (LineBits * LinesInPage) - 1) / (LineBits * LinesInPage));

    public void Add(ulong id)
    {
        var line = LineOf(id);
        var bits = BitsOf(id);
        for (var i = 0; i < Words; i++, bits >>= 6) line[i] |= 1UL << (int)bits;
    }

    public bool MayHold(ulong id)
    {
        var line = LineOf(id);
        var bits = BitsOf(id);
        var missing = 0UL;
        for (var i = 0; i < Words; i++, bits >>= 6) missing |= ~line[i] & (1UL << (int)bits);
        return missing == 0;
    }

    public void Prefetch(ulong id) => Ahead.Touch(in *LineOf(id));

    /// <summary>Gives its memory back.</summary>
    public void Drop()
    {
        foreach (var page in pages) memory.Return(page);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong* LineOf(ulong id)
    {
        var line = (uint)((((id * 0x9E3779B97F4A7C15) >> 32) * lines) >> 32);
        return (ulong*)(pages[line / LinesInPage] + ((nint)(line % LinesInPage) * IdLine.Size));
    }

    // The first 48 bits of a product that mixes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong BitsOf(ulong id) => ((id ^ (id >> 29)) * 0xBF58476D1CE4E5B9) >> 16;
}
