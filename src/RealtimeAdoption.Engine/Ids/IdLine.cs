using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>Five ids in a cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal unsafe struct IdLine
{
    public const int Size = 64;
    public const int Ids = 5;

    private fixed ulong keys[Ids];
    private fixed uint rests[Ids];

    public byte Count;

    /// <summary>Not 0: some id of this line lies in a later one.</summary>
    public byte IsPassed;

    /// <summary>In a page's first line: the ids in the page that do not lie in their line.</summary>
    public ushort PassedInPage;

    public readonly IdEntry this[int at] => new(keys[at], rests[at]);

    /// <summary>Where it lies; negative: not here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Find(ulong fingerprint)
    {
        // Free places hold 0, and a fingerprint is odd.
        var key = fingerprint << IdEntry.KnownBits;
        for (var i = 0; i < Ids; i++)
        {
            if ((keys[i] ^ key) <= IdEntry.DayBits) return i;
        }

        return -1;
    }

    public void Set(int at, IdEntry entry) => (keys[at], rests[at]) = (entry.Key, entry.Rest);

    public void Add(IdEntry entry) => Set(Count++, entry);
}
