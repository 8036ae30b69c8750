using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// Five ids in a cache line. A key is the fingerprint without its first six bits, which all ids of a page share, and the lower six bits of the day; a rest is what is left of the day and 22 bits of the
/// payload's hash: of a conflict one in four million is told as a duplicate.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal unsafe struct IdLine
{
    public const int Size = 64;
    public const int Ids = 5;

    /// <summary>First bits of a fingerprint that are known from where it lies.</summary>
    public const int KnownBits = 6;

    private const int PayloadBits = 22;
    private const uint DayBits = (1 << KnownBits) - 1;

    private fixed ulong keys[Ids];
    private fixed uint rests[Ids];

    public byte Count;

    /// <summary>Not 0: some id of this line lies in a later one.</summary>
    public byte IsPassed;

    /// <summary>In a page's first line: the ids in the page.</summary>
    public ushort InPage;

    /// <summary>Where it lies; negative: not here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Find(ulong fingerprint)
    {
        // Free places hold 0, and a fingerprint is odd.
        var key = fingerprint << KnownBits;
        for (var i = 0; i < Ids; i++)
        {
            if ((keys[i] ^ key) <= DayBits) return i;
        }

        return -1;
    }

    public readonly ulong Key(int at) => keys[at];

    public readonly int Day(int at) => (int)((keys[at] & DayBits) | (rests[at] >> PayloadBits << KnownBits));

    public readonly uint Payload(int at) => rests[at] & PayloadMask;

    public void Set(int at, ulong fingerprint, uint payload, int day)
    {
        Debug.Assert(day is >= 0 and <= ushort.MaxValue && (fingerprint & 1) != 0, "Days are since 1970, fingerprints odd.");
        keys[at] = (fingerprint << KnownBits) | ((uint)day & DayBits);
        rests[at] = ((uint)day >> KnownBits << PayloadBits) | (payload & PayloadMask);
    }

    /// <summary>Appends what another line holds.</summary>
    public void Take(in IdLine from, int at)
    {
        keys[Count] = from.keys[at];
        rests[Count++] = from.rests[at];
    }

    public const uint PayloadMask = (1u << PayloadBits) - 1;
}
