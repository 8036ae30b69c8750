using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// A section that is an open-addressing table of fixed-size entries keyed by a 64-bit hash: [count 4][padding 4][entries]; as many entries as the section has room for, so that a search need not read its head. An entry starts with its
/// hash, 0 is empty. Grows at 7/8, by a third or a half; whoever has been silent longer than anyone can ask is left behind when it does.
/// </summary>
internal static class KeyedTable
{
    public delegate bool Keep(ref byte entry);

    public static int Count(in AccountBlock block, int section) => Unsafe.As<byte, int>(ref block.Section(section));

    public static int Capacity(in AccountBlock block, int section, int size) => (int)((uint)Math.Max(0, block.Capacity(section) - BlockLayout.TableHeadSize) / (uint)size);

    /// <summary>Where the search for a hash begins.</summary>
    public static int Home(ulong hash, int capacity) => (int)(((hash >> 32) * (ulong)capacity) >> 32);

    private static int Next(int index, int capacity) => index + 1 == capacity ? 0 : index + 1;

    public static ref byte Entry(in AccountBlock block, int section, int size, int index) =>
        ref Unsafe.Add(ref block.Section(section), BlockLayout.TableHeadSize + (index * size));

    /// <summary>-1: not there.</summary>
    public static int Find(in AccountBlock block, int section, int size, ulong hash)
    {
        var capacity = Capacity(block, section, size);
        if (capacity == 0) return -1;
        ref var entries = ref Entry(block, section, size, 0);
        for (var index = Home(hash, capacity); ; index = Next(index, capacity))
        {
            var found = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref entries, index * size));
            if (found == hash) return index;
            if (found == 0) return -1;
        }
    }

    /// <summary>The place of a hash that is not there yet. There must be room (<see cref="IsFull"/>).</summary>
    public static int Insert(in AccountBlock block, int section, int size, ulong hash)
    {
        var capacity = Capacity(block, section, size);
        ref var entries = ref Entry(block, section, size, 0);
        var index = Home(hash, capacity);
        while (Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref entries, index * size)) != 0) index = Next(index, capacity);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref entries, index * size), hash);
        Unsafe.As<byte, int>(ref block.Section(section))++;
        return index;
    }

    public static bool IsFull(in AccountBlock block, int section, int size)
    {
        var capacity = Capacity(block, section, size);

        // One place stays empty, so that every search ends.
        return Count(block, section) + 1 > capacity - Math.Max(1, capacity >> 3);
    }

    /// <summary>Makes room: entries that need not be kept go, and the rest is laid anew, in a larger section where it must be.</summary>
    public static void Rehash(in AccountBlock block, int section, int size, Keep keep)
    {
        var capacity = Capacity(block, section, size);
        var old = ArrayPool<byte>.Shared.Rent(capacity * size);
        MemoryMarshal.CreateSpan(ref Entry(block, section, size, 0), capacity * size).CopyTo(old);
        var kept = 0;
        for (var index = 0; index < capacity; index++)
        {
            ref var entry = ref old[index * size];
            if (Unsafe.ReadUnaligned<ulong>(ref entry) == 0) continue;
            if (keep(ref entry)) kept++;
            else Unsafe.WriteUnaligned(ref entry, 0UL);
        }

        // 4, 8, 12, 16, 24, 32, 48, 64: not only powers of two, for in between an account of 20 users would have room for 32.
        var needed = 4;
        while (kept + 1 > needed * 3 / 4) needed += needed < 16 ? 4 : int.IsPow2(needed) ? needed / 2 : needed / 3;
        block.Resize(section, BlockLayout.TableHeadSize + (needed * size));
        block.SectionSpan(section).Clear();
        for (var index = 0; index < capacity; index++)
        {
            var entry = old.AsSpan(index * size, size);
            if (MemoryMarshal.Read<ulong>(entry) == 0) continue;
            var place = Insert(block, section, size, MemoryMarshal.Read<ulong>(entry));
            entry.CopyTo(MemoryMarshal.CreateSpan(ref Entry(block, section, size, place), size));
        }

        ArrayPool<byte>.Shared.Return(old);
    }
}
