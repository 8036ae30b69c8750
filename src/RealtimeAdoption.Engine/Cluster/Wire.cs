using System.Runtime.InteropServices;
using System.Text;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>Parts of the binary forms of calls and answers.</summary>
internal static class Wire
{
    private const int None = -1;

    public static BinaryReader Reader(ReadOnlyMemory<byte> bytes) =>
        new(MemoryMarshal.TryGetArray(bytes, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(bytes.ToArray()), Encoding.UTF8);

    public static void Write(BinaryWriter writer, ReadOnlyMemory<byte>? bytes)
    {
        writer.Write(bytes?.Length ?? None);
        if (bytes is { } some) writer.Write(some.Span);
    }

    public static ReadOnlyMemory<byte>? ReadBytes(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        if (length == None) return null;
        var bytes = reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new InvalidDataException("Bytes are missing at the end.");
    }

    public static long[] ReadPositions(BinaryReader reader)
    {
        var positions = new long[reader.ReadInt32()];
        for (var i = 0; i < positions.Length; i++) positions[i] = reader.ReadInt64();
        return positions;
    }
}
