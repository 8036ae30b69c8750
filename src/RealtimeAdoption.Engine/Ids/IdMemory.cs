using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// The memory of one partition's ids: pages of one size, so that what one table gives back serves any other. It is cut from pieces of which each is three times as large as all before it, up to the bound; a page is cleared when it is taken, in the processor's
/// cache, and memory that nobody has taken yet is not touched.
/// </summary>
internal sealed unsafe class IdMemory(long bytesMax)
{
    private const int FirstPiece = 16 * IdPage.Bytes;
    private const int LargestPiece = 30 << 20;

    private readonly List<BlockMemory.Piece> pieces = [];
    private nint free;
    private nint unused;
    private nint end;
    private long size;

    /// <summary>Pages.</summary>
    public int InUse { get; private set; }

    /// <summary>A page of zeros.</summary>
    public nint Take()
    {
        InUse++;
        var page = free;
        if (page != 0)
        {
            free = *(nint*)page;
        }
        else
        {
            if (unused == end) Enlarge();
            page = unused;
            unused += IdPage.Bytes;
        }

        new Span<byte>((void*)page, IdPage.Bytes).Clear();
        return page;
    }

    public void Return(nint page)
    {
        InUse--;
        *(nint*)page = free;
        free = page;
    }

    private void Enlarge()
    {
        var bytes = Math.Min(3 * size, LargestPiece);
        if (size + bytes > bytesMax) bytes = bytesMax > size ? bytesMax - size : size / 8;
        bytes = Math.Max(bytes - (bytes % IdPage.Bytes), FirstPiece);
        var piece = WideMemory.Allocate((int)bytes);
        pieces.Add(piece);
        size += bytes;
        fixed (byte* first = &piece.Array[piece.Start]) unused = (nint)first;
        end = unused + (nint)bytes;
    }
}
