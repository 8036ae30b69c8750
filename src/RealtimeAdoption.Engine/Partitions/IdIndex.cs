using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>A remembered message id. Stored as it lies in memory, little-endian.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct RememberedId(ulong fingerprint, uint payload, int day)
{
    public const int Size = 16;

    public ulong Fingerprint = fingerprint;

    /// <summary>Tells a duplicate from a conflict.</summary>
    public uint Payload = payload;

    /// <summary>Of the event.</summary>
    public int Day = day;
}

/// <summary>
/// The message ids of one partition's recent events: an open-addressing table of 16-byte entries, 32 bytes an id at worst. Ids dated before
/// <see cref="Oldest"/> are forgotten: treated as absent at once, their place reused or purged when the table is next laid out again.
/// A search begins at the start of a cache line of four entries and seldom leaves it; begun at an entry of its own it read two or three lines of a full table, each from memory.
/// Fingerprints are keyed 64-bit hashes, so a false duplicate has a chance of about 1e-17 an event.
/// </summary>
internal sealed class IdIndex
{
    private const int Forgotten = int.MinValue;
    private const int Smallest = 1024;
    private const int LineEntries = 4;

    // The entries, from a line's start on.
    private ulong[] memory = [];
    private int start;
    private int mask;
    private int shift;

    // Entries that are not empty, forgotten ones included.
    private int used;

    public IdIndex() => Clear(Smallest);

    /// <summary>Ids dated before this day are forgotten.</summary>
    public int Oldest { get; private set; } = Forgotten + 1;

    public int Capacity => mask + 1;

    public void ForgetBefore(int day) => Oldest = Math.Max(Oldest, day);

    public void Prefetch(ulong fingerprint) => Ahead.Touch(in Entry(Home(fingerprint)));

    public bool TryFind(ulong fingerprint, out uint payload)
    {
        for (var at = Home(fingerprint); ; at = (at + 1) & mask)
        {
            ref var entry = ref Entry(at);
            payload = entry.Payload;
            if (entry.Fingerprint == fingerprint) return entry.Day >= Oldest;
            if (entry.Fingerprint == 0) return false;
        }
    }

    /// <summary>Adds an id that is not known. False: it is, with the payload given back.</summary>
    public bool TryAdd(ulong fingerprint, uint payload, int day, out uint known)
    {
        var free = -1;
        for (var at = Home(fingerprint); ; at = (at + 1) & mask)
        {
            ref var entry = ref Entry(at);
            if (entry.Fingerprint == fingerprint)
            {
                known = entry.Payload;
                if (entry.Day >= Oldest) return false;
                entry = new RememberedId(fingerprint, payload, day);
                return true;
            }

            if (entry.Fingerprint == 0)
            {
                known = 0;
                if (free >= 0)
                {
                    Entry(free) = new RememberedId(fingerprint, payload, day);
                    return true;
                }

                entry = new RememberedId(fingerprint, payload, day);
                if (++used > Capacity - (Capacity >> 2)) LayOutAgain();
                return true;
            }

            // The place of a forgotten id may be taken once the rest of the chain is known not to hold this one.
            if (free < 0 && entry.Day < Oldest) free = at;
        }
    }

    /// <summary>Takes back an id whose record was dropped.</summary>
    public void Remove(ulong fingerprint)
    {
        for (var at = Home(fingerprint); Entry(at).Fingerprint != 0; at = (at + 1) & mask)
        {
            if (Entry(at).Fingerprint != fingerprint) continue;
            Entry(at).Day = Forgotten;
            return;
        }
    }

    // The high bits choose: laid out again, entries keep their order, so that is one walk over both tables.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Home(ulong fingerprint) => (int)(fingerprint >> shift) & -LineEntries;

    // Unchecked: every index is masked.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref RememberedId Entry(int at) => ref EntryIn(memory, start, at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref RememberedId EntryIn(ulong[] memory, int start, int at) =>
        ref Unsafe.Add(ref Unsafe.As<ulong, RememberedId>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(memory), start)), at);

    private void Clear(int capacity)
    {
        (memory, start) = WideMemory.AllocateLines((long)capacity * RememberedId.Size);
        mask = capacity - 1;
        shift = 64 - BitOperations.Log2((uint)capacity);
        used = 0;
    }

    private void LayOutAgain()
    {
        var (old, oldStart, oldCapacity) = (memory, start, Capacity);
        var live = 0;
        for (var i = 0; i < oldCapacity; i++)
        {
            ref var entry = ref EntryIn(old, oldStart, i);
            if (entry.Fingerprint != 0 && entry.Day >= Oldest) live++;
        }

        Clear(Math.Max(Smallest, (int)BitOperations.RoundUpToPowerOf2((uint)live * 2)));
        used = live;
        for (var i = 0; i < oldCapacity; i++)
        {
            ref var entry = ref EntryIn(old, oldStart, i);
            if (entry.Fingerprint == 0 || entry.Day < Oldest) continue;
            var at = Home(entry.Fingerprint);
            while (Entry(at).Fingerprint != 0) at = (at + 1) & mask;
            Entry(at) = entry;
        }
    }
}
