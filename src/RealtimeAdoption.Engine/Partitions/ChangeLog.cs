using System.Buffers;
using System.Collections;
using System.Runtime.InteropServices;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// Changes that no store has yet, in their stored form: a midnight makes one of every account, and they live until the next checkpoint. Their bytes lie in pieces so large that the collector does not move them, and
/// what tells where they lie has no references for it to follow. A change is written when it is made; those of a tick get their numbers when it is done, and only numbered ones are in the list.
/// </summary>
internal sealed class ChangeLog : IReadOnlyList<WrittenChange>
{
    /// <summary>Of a change that is not the tick's own: behind all of those.</summary>
    public const int Later = int.MaxValue;

    // More than what the collector takes for small, but for the first of a log.
    private const int PieceBytes = 128 << 10;
    private const int FirstPieceBytes = 8 << 10;
    private const int EntryBytes = 32;

    private readonly List<Entry> entries = [];
    private readonly List<FleetChange> news = [];
    private readonly List<byte[]> pieces = [];
    private int piece;
    private int free;
    private long before;
    private bool isOutOfOrder;

    // News: its place in the list of them, from 1; 0: none.
    private readonly record struct Entry(ulong Account, int Turn, int News, int Piece, int Start, int Length);

    /// <summary>Those that have their numbers.</summary>
    public int Count { get; private set; }

    /// <summary>The last number that was given; without one in this log, the last before it.</summary>
    public long Last => before + Count;

    /// <summary>Of memory that the changes take, about.</summary>
    public long Bytes
    {
        get
        {
            var bytes = (long)entries.Count * EntryBytes;
            foreach (var rented in pieces) bytes += rented.Length;
            return bytes;
        }
    }

    public WrittenChange this[int index]
    {
        get
        {
            var entry = entries[index];
            return new WrittenChange(before + 1 + index, entry.Account, pieces[entry.Piece].AsMemory(entry.Start, entry.Length));
        }
    }

    /// <summary>An empty log goes on behind this number.</summary>
    public void Begin(long last) => before = last;

    /// <summary>A change without a number.</summary>
    /// <param name="account">Its hash.</param>
    /// <param name="turn">By this the changes are put in order before they get their numbers, those of one turn as they came: an account's number in a tick, or <see cref="Later"/>.</param>
    /// <param name="bytes">Its stored form.</param>
    /// <param name="told">The same for a wall; null: a wall does not tell it.</param>
    public void Write(ulong account, int turn, ReadOnlySpan<byte> bytes, FleetChange? told)
    {
        if (free < bytes.Length)
        {
            piece = pieces.Count;
            pieces.Add(ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length, piece == 0 ? FirstPieceBytes : PieceBytes)));
            free = pieces[piece].Length;
        }

        var start = pieces[piece].Length - free;
        bytes.CopyTo(pieces[piece].AsSpan(start));
        free -= bytes.Length;
        if (told is not null) news.Add(told);
        isOutOfOrder |= entries.Count > Count && turn < entries[^1].Turn;
        entries.Add(new Entry(account, turn, told is null ? 0 : news.Count, piece, start, bytes.Length));
    }

    /// <summary>Everything that was written gets its number, in the order of turns. What a wall tells of it comes out.</summary>
    public void Number(Queue<Output> outputs)
    {
        // Places rise as changes are written, so those of one turn keep their order.
        if (isOutOfOrder)
            CollectionsMarshal.AsSpan(entries)[Count..].Sort(static (x, y) => (x.Turn, x.Piece, x.Start).CompareTo((y.Turn, y.Piece, y.Start)));
        isOutOfOrder = false;
        if (news.Count == 0)
        {
            Count = entries.Count;
            return;
        }

        for (; Count < entries.Count; Count++)
        {
            if (entries[Count].News > 0) outputs.Enqueue(new NewsFound(news[entries[Count].News - 1] with { Sequence = Last + 1 }));
        }

        news.Clear();
    }

    /// <summary>Changes of an account, newest first, with a sequence below the given one; none once so many are found.</summary>
    public void FindOf(ulong account, long below, int limit, List<StoredChange> found)
    {
        for (var i = (int)Math.Clamp(below - before - 1, 0, Count) - 1; i >= 0 && found.Count < limit; i--)
        {
            if (entries[i].Account == account) found.Add(this[i].Read());
        }
    }

    /// <summary>Changes with a sequence above the given one, in order; none once so many are found.</summary>
    public void FindAfter(long after, int limit, List<StoredChange> found)
    {
        for (var i = (int)Math.Clamp(after - before, 0, Count); i < Count && found.Count < limit; i++) found.Add(this[i].Read());
    }

    /// <summary>What an earlier log holds, all of it numbered, comes in front. The earlier one is of no more use.</summary>
    public void Take(ChangeLog earlier)
    {
        var shift = pieces.Count;
        pieces.AddRange(earlier.pieces);
        entries.InsertRange(0, earlier.entries.Select(entry => entry with { Piece = entry.Piece + shift }));
        Count += earlier.Count;
        before = earlier.before;
        earlier.pieces.Clear();
        earlier.Clear();
    }

    /// <summary>Gives the bytes' memory back: nobody may read them any more. Keeps its own, for the next midnight is like the last.</summary>
    public void Clear()
    {
        foreach (var rented in pieces) ArrayPool<byte>.Shared.Return(rented);
        pieces.Clear();
        entries.Clear();
        news.Clear();
        (Count, free, isOutOfOrder) = (0, 0, false);
    }

    public IEnumerator<WrittenChange> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
