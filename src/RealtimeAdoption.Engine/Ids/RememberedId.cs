using System.Runtime.InteropServices;

namespace RealtimeAdoption.Engine.Ids;

/// <summary>A remembered message id, as it is stored, little-endian.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct RememberedId(ulong fingerprint, uint payload, int day)
{
    public const int Size = 16;

    /// <summary>A keyed hash of source, account and message id; odd.</summary>
    public ulong Fingerprint = fingerprint;

    /// <summary>Tells a duplicate from a conflict.</summary>
    public uint Payload = payload;

    /// <summary>Of the event, since 1970: 1 to 65,535.</summary>
    public int Day = day;
}
