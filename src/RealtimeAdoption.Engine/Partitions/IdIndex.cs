using System.Numerics;
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
/// Fingerprints are keyed 64-bit hashes, so a false duplicate has a chance of about 1e-17 an event.
/// </summary>
internal sealed class IdIndex
{
    private const int Forgotten = int.MinValue;

    private RememberedId[] entries = new RememberedId[1024];
    private int shift = 64 - 10;

    // Entries that are not empty, forgotten ones included.
    private int used;

    /// <summary>Ids dated before this day are forgotten.</summary>
    public int Oldest { get; private set; } = Forgotten + 1;

    public int Capacity => entries.Length;

    public void ForgetBefore(int day) => Oldest = Math.Max(Oldest, day);

    public void Prefetch(ulong fingerprint) => Ahead.Touch(in entries[fingerprint >> shift]);

    public bool TryFind(ulong fingerprint, out uint payload)
    {
        for (var at = (int)(fingerprint >> shift); ; at = (at + 1) & (entries.Length - 1))
        {
            ref var entry = ref entries[at];
            payload = entry.Payload;
            if (entry.Fingerprint == fingerprint) return entry.Day >= Oldest;
            if (entry.Fingerprint == 0) return false;
        }
    }

    /// <summary>Adds an id that is not known. False: it is, with the payload given back.</summary>
    public bool TryAdd(ulong fingerprint, uint payload, int day, out uint known)
    {
        var free = -1;
        for (var at = (int)(fingerprint >> shift); ; at = (at + 1) & (entries.Length - 1))
        {
            ref var entry = ref entries[at];
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
                    entries[free] = new RememberedId(fingerprint, payload, day);
                    return true;
                }

                entry = new RememberedId(fingerprint, payload, day);
                if (++used > entries.Length - (entries.Length >> 2)) LayOutAgain();
                return true;
            }

            // The place of a forgotten id may be taken once the rest of the chain is known not to hold this one.
            if (free < 0 && entry.Day < Oldest) free = at;
        }
    }

    /// <summary>Takes back an id whose record was dropped.</summary>
    public void Remove(ulong fingerprint)
    {
        for (var at = (int)(fingerprint >> shift); entries[at].Fingerprint != 0; at = (at + 1) & (entries.Length - 1))
        {
            if (entries[at].Fingerprint != fingerprint) continue;
            entries[at].Day = Forgotten;
            return;
        }
    }

    private void LayOutAgain()
    {
        var old = entries;
        var live = 0;
        foreach (ref var entry in old.AsSpan())
        {
            if (entry.Fingerprint != 0 && entry.Day >= Oldest) live++;
        }

        var capacity = Math.Max(1024, (int)BitOperations.RoundUpToPowerOf2((uint)live * 2));
        entries = new RememberedId[capacity];
        shift = 64 - BitOperations.Log2((uint)capacity);
        used = live;
        foreach (ref var entry in old.AsSpan())
        {
            if (entry.Fingerprint == 0 || entry.Day < Oldest) continue;
            var at = (int)(entry.Fingerprint >> shift);
            while (entries[at].Fingerprint != 0) at = (at + 1) & (capacity - 1);
            entries[at] = entry;
        }
    }
}
