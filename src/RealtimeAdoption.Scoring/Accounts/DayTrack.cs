using System.Numerics;
using System.Runtime.InteropServices;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>
/// The days on which one user (or value) was seen, as far as anyone can still ask: the last day, 32 bits counted back from it, and the latest day
/// older than those. Answers 'the latest day up to D' exactly for every late day. 8 bytes; day 0 stands for never.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DayTrack
{
    public ushort Last;
    public ushort Older;
    public uint Bits;

    public void Mark(int day)
    {
        if (Last == 0)
        {
            Last = (ushort)day;
            Bits = 1;
        }
        else if (day > Last)
        {
            var shift = day - Last;
            var dropped = shift >= 32 ? Bits : Bits & ~(uint.MaxValue >> shift);
            if (dropped != 0) Older = (ushort)(Last - BitOperations.TrailingZeroCount(dropped));
            Bits = (shift >= 32 ? 0 : Bits << shift) | 1;
            Last = (ushort)day;
        }
        else
        {
            Bits |= 1u << (Last - day);
        }
    }

    /// <summary>0: not seen up to then.</summary>
    public readonly int LatestUpTo(int day)
    {
        if (day >= Last) return Last;
        var back = Last - day;
        var bits = back >= 32 ? 0 : Bits >> back << back;
        return bits == 0 ? Older : Last - BitOperations.TrailingZeroCount(bits);
    }
}
