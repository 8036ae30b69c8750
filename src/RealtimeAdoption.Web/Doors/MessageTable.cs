using System.Buffers;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Doors;

/// <summary>
/// The reusable memory behind one message's ranges: its properties and its unescaped strings. One a thread, lent for the synchronous stretch in which a body is
/// read. Property names are kept once: the last value of a repeated name stands.
/// </summary>
internal sealed class MessageTable
{
    // Up to here names are compared one with another; beyond, through a hash table, so that an event of thousands of names costs no square.
    private const int ComparedNamesMax = 12;
    private const int KeptScratchBytes = 1 << 20;

    [ThreadStatic]
    private static MessageTable? cached;

    // Seeded per process: a sender cannot search names that collide.
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64();

    private PropertyRange[] properties = new PropertyRange[64];
    private int[] slots = [];
    private int count;
    private byte[] scratch = ArrayPool<byte>.Shared.Rent(4096);
    private int scratchLength;

    public ReadOnlySpan<byte> Scratch => scratch.AsSpan(0, scratchLength);

    public static MessageTable Rent()
    {
        var table = cached ?? new MessageTable();
        cached = null;
        table.Clear();
        return table;
    }

    public void Return()
    {
        if (scratch.Length > KeptScratchBytes)
        {
            ArrayPool<byte>.Shared.Return(scratch);
            scratch = ArrayPool<byte>.Shared.Rent(4096);
        }

        cached = this;
    }

    public void Clear()
    {
        count = 0;
        scratchLength = 0;
    }

    public ReadOnlySpan<PropertyRange> Run(PropertyRun run) => properties.AsSpan(run.Start, run.Count);

    public PropertyRun BeginRun() => new() { Start = count };

    /// <summary>Adds to the run, which must be the last one begun, or replaces the value of the same name.</summary>
    public void Set(ref PropertyRun run, in PropertyRange property, ReadOnlySpan<byte> text)
    {
        var place = Find(run, property.Name.In(text, scratch), text);
        if (place >= 0)
        {
            properties[place] = property;
            return;
        }

        if (count == properties.Length) Array.Resize(ref properties, count * 2);
        properties[count++] = property;
        run.Count++;
        if (run.Count > ComparedNamesMax) Index(run, text);
    }

    /// <summary>Room for an unescaped string; tell with <see cref="Take"/> how much of it was used.</summary>
    public Span<byte> Room(int size)
    {
        if (scratch.Length - scratchLength < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(scratchLength + size, scratch.Length * 2));
            Scratch.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(scratch);
            scratch = larger;
        }

        return scratch.AsSpan(scratchLength);
    }

    public TextRange Take(int used)
    {
        var range = TextRange.OfScratch(scratchLength, used);
        scratchLength += used;
        return range;
    }

    private int Find(PropertyRun run, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        if (run.Count <= ComparedNamesMax)
        {
            for (var i = run.Start; i < run.Start + run.Count; i++)
            {
                ref readonly var known = ref properties[i];
                if (known.Name.Length == name.Length && known.Name.In(text, scratch).SequenceEqual(name)) return i;
            }

            return -1;
        }

        var mask = slots.Length - 1;
        for (var slot = (int)StableHash.Of(name, Seed) & mask; slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var place = slots[slot] - 1;
            if (properties[place].Name.In(text, scratch).SequenceEqual(name)) return place;
        }

        return -1;
    }

    // Puts the newest into the hash table; builds it anew when it is first needed or half full.
    private void Index(PropertyRun run, ReadOnlySpan<byte> text)
    {
        var first = run.Start + run.Count - 1;
        if (run.Count == ComparedNamesMax + 1 || run.Count * 2 > slots.Length)
        {
            var size = Math.Max(64, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)run.Count * 4));
            if (slots.Length < size) slots = new int[size];
            else Array.Clear(slots);
            first = run.Start;
        }

        var mask = slots.Length - 1;
        for (var place = first; place < run.Start + run.Count; place++)
        {
            var slot = (int)StableHash.Of(properties[place].Name.In(text, scratch), Seed) & mask;
            while (slots[slot] != 0) slot = (slot + 1) & mask;
            slots[slot] = place + 1;
        }
    }
}
