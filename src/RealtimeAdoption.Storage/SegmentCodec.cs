using System.Buffers.Binary;
using System.Runtime.InteropServices;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Storage;

/// <summary>How a stored segment's bytes are packed. Stored: numbers only grow.</summary>
public enum SegmentPacking : byte
{
    None = 0,

    /// <summary><see cref="Lz4Block"/>.</summary>
    Lz4 = 1,
}

/// <summary>What stands beside a stored segment's bytes.</summary>
/// <param name="Partition">0 and up.</param>
/// <param name="FirstPosition">Of the first record.</param>
/// <param name="Count">Number of records.</param>
/// <param name="Packing">Of the bytes.</param>
/// <param name="Length">Of the records unpacked, bytes.</param>
/// <param name="ReceivedFromMs">Receipt of the first record, unix milliseconds.</param>
/// <param name="ReceivedThroughMs">Receipt of the last record.</param>
public readonly record struct SegmentHead(
    int Partition, long FirstPosition, int Count, SegmentPacking Packing, int Length, long ReceivedFromMs, long ReceivedThroughMs);

/// <summary>Packs and unpacks segments the same way for every store, and guards them with a checksum. Thread-safe, allocates nothing.</summary>
public static class SegmentCodec
{
    /// <summary>Segments smaller than this are stored as they are: there is little to win.</summary>
    public const int PackFrom = 256;

    /// <summary>How much room <see cref="Pack"/> needs.</summary>
    public static int MaxPackedLength(int length) => Lz4Block.MaxCompressedLength(length);

    /// <summary>Packs into the target; <see cref="SegmentPacking.None"/>: the records themselves are to be stored, the target holds nothing.</summary>
    public static SegmentPacking Pack(ReadOnlySpan<byte> records, Span<byte> target, out int packedLength)
    {
        packedLength = records.Length;
        if (records.Length < PackFrom) return SegmentPacking.None;
        var length = Lz4Block.Compress(records, target);
        if (length >= records.Length) return SegmentPacking.None;
        packedLength = length;
        return SegmentPacking.Lz4;
    }

    /// <summary>Unpacks into a target of <see cref="SegmentHead.Length"/> bytes; false: this is no such segment.</summary>
    public static bool TryUnpack(SegmentPacking packing, ReadOnlySpan<byte> packed, Span<byte> records)
    {
        switch (packing)
        {
            case SegmentPacking.None when packed.Length == records.Length:
                packed.CopyTo(records);
                return true;
            case SegmentPacking.Lz4:
                return Lz4Block.TryDecompress(packed, records);
            default:
                return false;
        }
    }

    /// <summary>Over the head's fields and the packed bytes, so that neither a changed byte nor a row with another's bytes goes unnoticed.</summary>
    public static ulong Checksum(in SegmentHead head, ReadOnlySpan<byte> packed)
    {
        Span<byte> fields = stackalloc byte[37];
        BinaryPrimitives.WriteInt32LittleEndian(fields, head.Partition);
        BinaryPrimitives.WriteInt64LittleEndian(fields[4..], head.FirstPosition);
        BinaryPrimitives.WriteInt32LittleEndian(fields[12..], head.Count);
        BinaryPrimitives.WriteInt32LittleEndian(fields[16..], head.Length);
        BinaryPrimitives.WriteInt64LittleEndian(fields[20..], head.ReceivedFromMs);
        BinaryPrimitives.WriteInt64LittleEndian(fields[28..], head.ReceivedThroughMs);
        fields[36] = (byte)head.Packing;
        return StableHash.Of(packed, StableHash.Of(fields));
    }

    /// <summary>Walks the records of a segment that is to be stored; null: they are as many as it says, whole, and nothing is behind them. Otherwise what is wrong.</summary>
    public static string? Measure(ReadOnlySpan<byte> records, int count, out long receivedFromMs, out long receivedThroughMs)
    {
        receivedFromMs = receivedThroughMs = 0;
        int found = 0, offset = 0;
        while (offset < records.Length)
        {
            var rest = records[offset..];
            if (rest.Length < Record.HeadSize) return $"{rest.Length} bytes at byte {offset} are too few for a record";
            var length = MemoryMarshal.Read<int>(rest);
            if (length < Record.HeadSize || length > rest.Length) return $"the record at byte {offset} claims {length} bytes of {rest.Length}";
            var received = BinaryPrimitives.ReadInt64LittleEndian(rest[8..]);
            if (found++ == 0) receivedFromMs = received;
            receivedThroughMs = received;
            offset += length;
        }

        return found == count && count > 0 ? null : $"it says {count} records and holds {found}";
    }
}
