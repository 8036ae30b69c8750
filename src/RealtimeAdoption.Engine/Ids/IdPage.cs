using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// A hash table of one size, 64 lines, for the ids whose fingerprints begin with the same bits. An id lies in its line, which the bits after those choose, or, where that was full, in the next that was not.
/// An address and, in its lowest bits, the number of shared bits.
/// </summary>
internal readonly unsafe struct IdPage(nint reference)
{
    public const int Lines = 64;
    public const int Bytes = Lines * IdLine.Size;

    /// <summary>Seven eighths: with more of them ids are often not in their line.</summary>
    public const int Most = Lines * IdLine.Ids * 7 / 8;

    private const int LineBits = 6;
    private const int DepthMask = IdLine.Size - 1;

    public IdPage(nint address, int depth)
        : this(address | depth)
    {
    }

    public nint Reference => reference;

    public nint Address => reference & ~DepthMask;

    /// <summary>Bits that all fingerprints here share.</summary>
    public int Depth => (int)(reference & DepthMask);

    public int Count => First->InPage;

    private IdLine* First => (IdLine*)Address;

    public ref IdLine this[int line] => ref First[line];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref IdLine Home(ulong fingerprint) => ref *HomeOf(fingerprint);

    /// <summary>False: it is not here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(ulong fingerprint, out IdLine* line, out int at)
    {
        line = HomeOf(fingerprint);
        while (true)
        {
            at = line->Find(fingerprint);
            if (at >= 0) return true;
            if (line->IsPassed == 0) return false;
            line = Next(line);
        }
    }

    /// <summary>One that is not here. There must be room.</summary>
    public void Add(ulong fingerprint, uint payload, int day)
    {
        var line = WithRoom(HomeOf(fingerprint));
        line->Set(line->Count++, fingerprint, payload, day);
    }

    /// <summary>Puts all ids of this page that are not dated before the day into others: into the second one those whose next bit is set.</summary>
    public void MoveTo(IdPage zero, IdPage one, int oldest)
    {
        for (var i = 0; i < Lines; i++)
        {
            ref var line = ref First[i];
            for (var at = 0; at < line.Count; at++)
            {
                if (line.Day(at) < oldest) continue;
                // The key lacks the first bits of the fingerprint, so it is shifted by fewer.
                var key = line.Key(at) << (Depth - IdLine.KnownBits);
                var next = (long)key < 0 ? one : zero;
                next.WithRoom(next.First + ((key << (next.Depth - Depth)) >> (64 - LineBits)))->Take(line, at);
            }
        }
    }

    public int CountFrom(int oldest)
    {
        var count = 0;
        for (var i = 0; i < Lines; i++)
        {
            ref var line = ref First[i];
            for (var at = 0; at < line.Count; at++) count += line.Day(at) >= oldest ? 1 : 0;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private IdLine* HomeOf(ulong fingerprint) => First + ((fingerprint << Depth) >> (64 - LineBits));

    private IdLine* Next(IdLine* line) => First + ((line - First + 1) & (Lines - 1));

    private IdLine* WithRoom(IdLine* line)
    {
        Debug.Assert(Count < Lines * IdLine.Ids, "The page is full.");
        First->InPage++;
        while (line->Count == IdLine.Ids)
        {
            line->IsPassed = 1;
            line = Next(line);
        }

        return line;
    }
}
