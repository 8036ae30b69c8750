using System.Buffers;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// Changes that no store has yet, in their stored form: a midnight makes one for every account, and they live until the next checkpoint. The bytes lie one behind the other in pieces so large that the collector
/// neither moves them nor looks into them; objects are made of those alone that somebody reads. A change is written when it is made and takes its place in the feed when it gets its number.
/// </summary>
internal sealed class ChangeLog : IDisposable
{
    // More than what the collector takes for small.
    private const int PieceBytes = 128 << 10;

    private readonly ArrayBufferWriter<byte> scratch = new(512);
    private readonly List<WrittenChange> changes = [];
    private readonly List<byte[]> pieces = [];
    private int free;

    /// <summary>Those that have their numbers, in the order of these.</summary>
    public IReadOnlyList<WrittenChange> Changes => changes;

    /// <summary>The change's bytes, in the log's memory: they stay as they are until it is disposed.</summary>
    public ReadOnlyMemory<byte> Write(Change change)
    {
        scratch.ResetWrittenCount();
        ChangeBytes.Write(scratch, change);
        var bytes = scratch.WrittenSpan;
        if (free < bytes.Length)
        {
            pieces.Add(ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length, PieceBytes)));
            free = pieces[^1].Length;
        }

        var kept = pieces[^1].AsMemory(pieces[^1].Length - free, bytes.Length);
        bytes.CopyTo(kept.Span);
        free -= bytes.Length;
        return kept;
    }

    /// <summary>The next in the feed. Its bytes are of <see cref="Write"/>.</summary>
    public void Add(in WrittenChange change) => changes.Add(change);

    /// <summary>Changes of an account, newest first, with a sequence below the given one; none once so many are found.</summary>
    public void FindOf(ulong account, long before, int limit, List<StoredChange> found)
    {
        for (var i = changes.Count - 1; i >= 0 && found.Count < limit; i--)
        {
            if (changes[i].AccountHash == account && changes[i].Sequence < before) found.Add(changes[i].Read());
        }
    }

    /// <summary>Changes with a sequence above the given one, in order; none once so many are found.</summary>
    public void FindAfter(long after, int limit, List<StoredChange> found)
    {
        if (changes.Count == 0) return;
        var first = (int)Math.Clamp(after + 1 - changes[0].Sequence, 0, changes.Count);
        for (var i = first; i < changes.Count && found.Count < limit; i++) found.Add(changes[i].Read());
    }

    /// <summary>What a later log holds comes behind what this one holds; the later one is of no more use.</summary>
    public void Take(ChangeLog later)
    {
        changes.AddRange(later.changes);
        pieces.AddRange(later.pieces);
        if (later.pieces.Count > 0) free = later.free;
        later.changes.Clear();
        later.pieces.Clear();
    }

    /// <summary>Gives its memory back. Nobody may read it any more.</summary>
    public void Dispose()
    {
        foreach (var piece in pieces) ArrayPool<byte>.Shared.Return(piece);
        pieces.Clear();
        changes.Clear();
        free = 0;
    }
}
