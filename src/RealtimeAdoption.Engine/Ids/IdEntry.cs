using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// An id as it lies in memory and in scratch, 12 bytes. The key is the fingerprint without its first six bits, which all ids of a page and of a shelf share, and the lower six bits of the day; the rest is what is left of the day, and 22 bits of the
/// payload's hash: of a conflict one in four million is told as a duplicate.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly struct IdEntry(ulong key, uint rest)
{
    public const int Size = 12;

    /// <summary>First bits of a fingerprint that are known from where its entry lies.</summary>
    public const int KnownBits = 6;

    public const uint DayBits = (1 << KnownBits) - 1;
    public const uint PayloadMask = (1u << PayloadBits) - 1;
    private const int PayloadBits = 22;

    public readonly ulong Key = key;
    public readonly uint Rest = rest;

    public int Day => (int)((Key & DayBits) | (Rest >> PayloadBits << KnownBits));

    public uint Payload => Rest & PayloadMask;

    /// <summary>The fingerprint without its known bits; where those are the same, in the order of fingerprints.</summary>
    public ulong Id => Key >> KnownBits;

    public static IdEntry Of(ulong fingerprint, uint payload, int day)
    {
        Debug.Assert(day is >= 0 and <= ushort.MaxValue && (fingerprint & 1) != 0, "Days are since 1970, fingerprints odd.");
        return new IdEntry((fingerprint << KnownBits) | ((uint)day & DayBits), ((uint)day >> KnownBits << PayloadBits) | (payload & PayloadMask));
    }
}
