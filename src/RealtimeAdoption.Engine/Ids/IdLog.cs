using System.Runtime.InteropServices;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// Ids in the order in which they came, from which the first ones go when they are stored. In pieces of a megabyte: as one array it was copied whole each time that it doubled, in the middle of a batch.
/// </summary>
internal sealed class IdLog
{
    private const int PieceSize = 1 << 16;

    private readonly List<RememberedId[]> pieces = [];

    // Of the first piece, ids that have gone.
    private int gone;

    // Of the last piece, ids in use.
    private int used = PieceSize;

    public int Count => pieces.Count == 0 ? 0 : ((pieces.Count - 1) * PieceSize) + used - gone;

    public void Add(RememberedId id)
    {
        if (used == PieceSize)
        {
            pieces.Add(GC.AllocateUninitializedArray<RememberedId>(PieceSize));
            used = 0;
        }

        pieces[^1][used++] = id;
    }

    public void RemoveFirst(int count)
    {
        if (count == Count)
        {
            pieces.Clear();
            (gone, used) = (0, PieceSize);
            return;
        }

        gone += count;
        pieces.RemoveRange(0, gone / PieceSize);
        gone %= PieceSize;
    }

    /// <summary>All of them, as they are stored.</summary>
    public byte[] ToBytes()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(checked(Count * RememberedId.Size));
        var rest = bytes.AsSpan();
        for (var i = 0; i < pieces.Count; i++)
        {
            var piece = MemoryMarshal.AsBytes(pieces[i].AsSpan(0, i == pieces.Count - 1 ? used : PieceSize)[(i == 0 ? gone : 0)..]);
            piece.CopyTo(rest);
            rest = rest[piece.Length..];
        }

        return bytes;
    }
}
