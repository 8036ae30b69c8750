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
/// The message ids of one partition's recent events: open-addressing tables of 16-byte entries, 20 to 60 bytes an id. Ids dated before
/// <see cref="Oldest"/> are forgotten: treated as absent at once, their place reused or purged when their table is next laid out again.
/// There are many small tables, chosen by the first bits, and no two grow at the same fill: a single one of ten million ids would hold its lane up for half a second each time that it doubled.
/// A search begins at the start of a cache line of four entries and seldom leaves it; begun at an entry of its own it read two or three lines of a full table, each from memory.
/// Fingerprints are keyed 64-bit hashes, so a false duplicate has a chance of about 1e-17 an event.
/// </summary>
internal sealed class IdIndex
{
    private const int Forgotten = int.MinValue;
    private const int TableBits = 6;

    private readonly Table[] tables = new Table[1 << TableBits];

    public IdIndex()
    {
        for (var i = 0; i < tables.Length; i++) tables[i] = new Table(i, Table.Smallest);
    }

    /// <summary>Ids dated before this day are forgotten.</summary>
    public int Oldest { get; private set; } = Forgotten + 1;

    public int Capacity => tables.Sum(table => table.Capacity);

    public void ForgetBefore(int day) => Oldest = Math.Max(Oldest, day);

    public void Prefetch(ulong fingerprint)
    {
        ref var table = ref TableOf(fingerprint);
        Ahead.Touch(in table.Entry(table.Home(fingerprint)));
    }

    public bool TryFind(ulong fingerprint, out uint payload)
    {
        ref var table = ref TableOf(fingerprint);
        for (var at = table.Home(fingerprint); ; at = table.Next(at))
        {
            ref var entry = ref table.Entry(at);
            payload = entry.Payload;
            if (entry.Fingerprint == fingerprint) return entry.Day >= Oldest;
            if (entry.Fingerprint == 0) return false;
        }
    }

    /// <summary>Adds an id that is not known. False: it is, with the payload given back.</summary>
    public bool TryAdd(ulong fingerprint, uint payload, int day, out uint known)
    {
        ref var table = ref TableOf(fingerprint);
        var free = -1;
        for (var at = table.Home(fingerprint); ; at = table.Next(at))
        {
            ref var entry = ref table.Entry(at);
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
                    table.Entry(free) = new RememberedId(fingerprint, payload, day);
                    return true;
                }

                entry = new RememberedId(fingerprint, payload, day);
                if (table.IsFullWithOneMore()) table = table.LaidOutAgain(Oldest);
                return true;
            }

            // The place of a forgotten id may be taken once the rest of the chain is known not to hold this one.
            if (free < 0 && entry.Day < Oldest) free = at;
        }
    }

    /// <summary>Takes back an id whose record was dropped.</summary>
    public void Remove(ulong fingerprint)
    {
        ref var table = ref TableOf(fingerprint);
        for (var at = table.Home(fingerprint); table.Entry(at).Fingerprint != 0; at = table.Next(at))
        {
            if (table.Entry(at).Fingerprint != fingerprint) continue;
            table.Entry(at).Day = Forgotten;
            return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Table TableOf(ulong fingerprint) => ref tables[fingerprint >> (64 - TableBits)];

    private struct Table
    {
        public const int Smallest = 16;
        private const int LineEntries = 4;

        // The entries, from a line's start on.
        private readonly ulong[] memory;
        private readonly int start;
        private readonly int mask;
        private readonly int shift;

        private readonly int number;

        // With more it is laid out again: between a half and three quarters, by its number.
        private readonly int most;

        // Entries that are not empty, forgotten ones included.
        private int used;

        public Table(int number, int capacity)
        {
            this.number = number;
            most = (capacity >> 1) + (int)(((long)capacity * number) >> (TableBits + 2));
            (memory, start) = WideMemory.AllocateLines((long)capacity * RememberedId.Size);
            mask = capacity - 1;
            shift = 64 - BitOperations.Log2((uint)capacity);
        }

        public readonly int Capacity => mask + 1;

        // The high bits behind those of the table choose: laid out again, entries keep their order, so that is one walk over both tables.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly int Home(ulong fingerprint) => (int)((fingerprint << TableBits) >> shift) & -LineEntries;

        public readonly int Next(int at) => (at + 1) & mask;

        // Unchecked: every index is masked.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly ref RememberedId Entry(int at) =>
            ref Unsafe.Add(ref Unsafe.As<ulong, RememberedId>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(memory), start)), at);

        public bool IsFullWithOneMore() => ++used > most;

        public readonly Table LaidOutAgain(int oldest)
        {
            var live = 0;
            for (var i = 0; i <= mask; i++)
            {
                ref var entry = ref Entry(i);
                if (entry.Fingerprint != 0 && entry.Day >= oldest) live++;
            }

            // At least a tenth of it is free again below any table's most.
            var next = new Table(number, Math.Max(Smallest, (int)BitOperations.RoundUpToPowerOf2((uint)(live * 5L / 2)))) { used = live };
            for (var i = 0; i <= mask; i++)
            {
                ref var entry = ref Entry(i);
                if (entry.Fingerprint == 0 || entry.Day < oldest) continue;
                var at = next.Home(entry.Fingerprint);
                while (next.Entry(at).Fingerprint != 0) at = next.Next(at);
                next.Entry(at) = entry;
            }

            return next;
        }
    }
}
