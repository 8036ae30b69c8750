using System.Runtime.CompilerServices;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// A hash table of one size, 62 lines, for the ids whose fingerprints begin with the same bits. An id lies in its line, which the bits after those choose in their order, or, where that was full, in the next that was not.
/// An address and, in its lowest bits, the number of shared bits.
/// </summary>
internal readonly unsafe struct IdPage(nint reference)
{
    /// <summary>Not 64: what 32 such pages leave free of 128 KiB has room for what leads to them.</summary>
    public const int Lines = 62;

    public const int Bytes = Lines * IdLine.Size;
    public const int Ids = Lines * IdLine.Ids;

    /// <summary>Ids that are not in their line: with more of them the page is full, at about seven eighths. They are counted, and not all ids, so that one that finds room in its line touches no other.</summary>
    private const int PassedMost = 34;

    /// <summary>A page with fewer has room.</summary>
    public const int Few = Ids * 2 / 3;

    private const int DepthMask = IdLine.Size - 1;

    public IdPage(nint address, int depth)
        : this(address | depth)
    {
    }

    public nint Reference => reference;

    public nint Address => reference & ~DepthMask;

    /// <summary>Bits that all fingerprints here share.</summary>
    public int Depth => (int)(reference & DepthMask);

    private IdLine* First => (IdLine*)Address;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref IdLine Home(ulong fingerprint) => ref *LineOf(fingerprint << Depth);

    /// <summary>False: it is not here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFind(ulong fingerprint, out IdLine* line, out int at)
    {
        line = LineOf(fingerprint << Depth);
        while (true)
        {
            at = line->Find(fingerprint);
            if (at >= 0) return true;
            if (line->IsPassed == 0) return false;
            line = Next(line);
        }
    }

    /// <summary>One that is not here. False: the page is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdd(in IdEntry entry)
    {
        // The key lacks the first bits of the fingerprint, so it is shifted by fewer.
        var line = LineOf(entry.Key << (Depth - IdEntry.KnownBits));
        if (line->Count == IdLine.Ids) return TryPass(line, entry);
        line->Add(entry);
        return true;
    }

    private bool TryPass(IdLine* home, in IdEntry entry)
    {
        if (First->PassedInPage >= PassedMost) return false;
        var line = Next(home);
        while (line->Count == IdLine.Ids)
        {
            line = Next(line);
            if (line == home) return false;
        }

        First->PassedInPage++;
        line->Add(entry);
        for (; home != line; home = Next(home)) home->IsPassed = 1;
        return true;
    }

    /// <summary>Puts all ids of this page that are not dated before the day into others, which are empty: into the second one those whose next bit is set. False: one of these is full.</summary>
    public bool TryMoveTo(IdPage zero, IdPage one, int oldest)
    {
        for (var i = 0; i < Lines; i++)
        {
            ref var line = ref First[i];
            for (var at = 0; at < line.Count; at++)
            {
                var entry = line[at];
                if (entry.Day < oldest) continue;
                var next = (long)(entry.Key << (Depth - IdEntry.KnownBits)) < 0 ? one : zero;
                if (!next.TryAdd(entry)) return false;
            }
        }

        return true;
    }

    /// <summary>Appends the ids that are not dated before the day, in the order of their fingerprints. Returns how many there are then.</summary>
    public int CopyTo(IdEntry[] ids, int count, int oldest)
    {
        var from = count;
        for (var i = 0; i < Lines; i++)
        {
            ref var line = ref First[i];
            for (var at = 0; at < line.Count; at++)
            {
                var entry = line[at];
                if (entry.Day < oldest) continue;
                // Lines are in order and few ids are not in theirs: mostly the place is right at the end.
                var to = count++;
                for (; to > from && ids[to - 1].Key > entry.Key; to--) ids[to] = ids[to - 1];
                ids[to] = entry;
            }
        }

        return count;
    }

    /// <summary>Takes no more ids, and has none.</summary>
    public void Close()
    {
        First->PassedInPage = PassedMost;
        for (var i = 0; i < Lines; i++) First[i].Count = IdLine.Ids;
    }

    public int CountFrom(int oldest)
    {
        var count = 0;
        for (var i = 0; i < Lines; i++)
        {
            ref var line = ref First[i];
            for (var at = 0; at < line.Count; at++) count += line[at].Day >= oldest ? 1 : 0;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private IdLine* LineOf(ulong bits) => First + (((bits >> 32) * Lines) >> 32);

    private IdLine* Next(IdLine* line) => line == First + Lines - 1 ? First : line + 1;
}
