using System.Numerics;
using System.Runtime.CompilerServices;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// The memory of one partition's blocks: pieces of some megabytes, cut into pages, each of which holds blocks of one size, a multiple of a cache line of 64 bytes, at a multiple of it.
/// A million arrays would be walked by the collector and scattered over as many small pages of memory as there are; these few it passes over, and the system can back them by huge pages.
/// A page whose last block has gone serves any size again, so accounts that all grow leave no holes behind. Memory is not given back before the whole is.
/// Not thread-safe: one owner.
/// </summary>
public sealed unsafe class BlockMemory
{
    private const int PageSize = 64 * 1024;
    private const int FirstPiece = 4 * PageSize;
    private const int LargestPiece = 32 << 20;
    private const int None = -1;

    // Larger blocks, of which a page would hold few, have arrays of their own.
    private const int LargestBlock = PageSize / 4;

    private readonly Func<int, Piece> allocate;
    private readonly List<(byte[] Array, nint First, int FirstPage)> pieces = [];

    // By lines: the first page with room for a block of that size.
    private readonly int[] withRoom = new int[(LargestBlock / AccountState.Line) + 1];
    private Page[] pages = [];
    private int pageCount;
    private int emptyPages = None;

    /// <param name="allocate">Gives a piece of so many bytes that stays where it is: pinned.</param>
    public BlockMemory(Func<int, Piece> allocate)
    {
        this.allocate = allocate;
        Array.Fill(withRoom, None);
    }

    /// <summary>A pinned array, and the place in it from which so many bytes may be used, which lies at a multiple of 64 in memory.</summary>
    public readonly record struct Piece(byte[] Array, int Start);

    /// <summary>Of all pieces.</summary>
    public long Size { get; private set; }

    /// <summary>Of that, what blocks have taken. The rest is free for blocks to come.</summary>
    public long InUse { get; private set; }

    // Blocks are taken from the free ones, which hold the place of the next one in their first bytes, or else from what has never been used, so that memory is not touched before it is needed. Places are counted from
    // the first byte of their piece.
    private struct Page
    {
        public ushort Piece;
        public ushort Lines;
        public int Offset;
        public int Live;
        public int Free;
        public int Unused;
        public int Before;
        public int Next;
    }

    /// <summary>False: it is too large for a page.</summary>
    internal bool TryAllocate(int size, out AccountState state)
    {
        var lines = ClassOf((size + AccountState.Line - 1) / AccountState.Line);
        state = default;
        if (lines >= withRoom.Length) return false;
        var number = withRoom[lines];
        if (number == None) number = OpenPage(lines);
        ref var page = ref pages[number];
        var first = (byte*)pieces[page.Piece].First;
        var at = page.Free;
        if (at != None)
        {
            page.Free = *(int*)(first + at);
        }
        else
        {
            at = page.Unused;
            page.Unused += lines * AccountState.Line;
        }

        page.Live++;
        InUse += lines * AccountState.Line;
        if (!HasRoom(page)) Unlink(number);
        state = new AccountState(this, first + at, page.Piece, (ushort)lines);
        return true;
    }

    internal void Free(in AccountState state)
    {
        if (state.Place is null) return;
        var (_, first, firstPage) = pieces[state.Piece];
        var at = (int)(state.Place - (byte*)first);
        var number = firstPage + (at / PageSize);
        ref var page = ref pages[number];
        var hadRoom = HasRoom(page);
        InUse -= state.Lines * AccountState.Line;
        *(int*)state.Place = page.Free;
        page.Free = at;
        if (--page.Live == 0)
        {
            if (hadRoom) Unlink(number);
            page.Next = emptyPages;
            emptyPages = number;
        }
        else if (!hadRoom)
        {
            Link(number);
        }
    }

    // Of sizes there are eight to each doubling, so a block has room to grow where it is, and the pages that those who have grown leave half empty are filled by others of the same size.
    private static int ClassOf(int lines)
    {
        var step = Math.Max(1, (int)BitOperations.RoundUpToPowerOf2((uint)lines + 1) / 16);
        return (lines + step - 1) / step * step;
    }

    private static bool HasRoom(in Page page) => page.Free != None || page.Unused + (page.Lines * AccountState.Line) <= page.Offset + PageSize;

    private int OpenPage(int lines)
    {
        if (emptyPages == None) AddPiece();
        var number = emptyPages;
        ref var page = ref pages[number];
        emptyPages = page.Next;
        page.Lines = (ushort)lines;
        page.Free = None;
        page.Unused = page.Offset;
        Link(number);
        return number;
    }

    private void Link(int number)
    {
        ref var first = ref withRoom[pages[number].Lines];
        (pages[number].Before, pages[number].Next) = (None, first);
        if (first != None) pages[first].Before = number;
        first = number;
    }

    private void Unlink(int number)
    {
        ref var page = ref pages[number];
        if (page.Before == None) withRoom[page.Lines] = page.Next;
        else pages[page.Before].Next = page.Next;
        if (page.Next != None) pages[page.Next].Before = page.Before;
    }

    // As large as all so far, so that a partition of few accounts takes little and one of many has few pieces.
    private void AddPiece()
    {
        var size = (int)Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)Size), FirstPiece, LargestPiece);
        var (array, start) = allocate(size);
        if (pieces.Count > ushort.MaxValue) throw new InvalidOperationException("A partition's accounts need more than 65,536 pieces of memory.");
        var piece = (ushort)pieces.Count;
        pieces.Add((array, (nint)Unsafe.AsPointer(ref array[start]), pageCount));
        Size += size;
        var count = size / PageSize;
        if (pages.Length < pageCount + count) Array.Resize(ref pages, Math.Max(pageCount + count, pages.Length * 2));
        for (var i = count - 1; i >= 0; i--)
        {
            pages[pageCount + i] = new Page { Piece = piece, Offset = i * PageSize, Next = emptyPages };
            emptyPages = pageCount + i;
        }

        pageCount += count;
    }
}
