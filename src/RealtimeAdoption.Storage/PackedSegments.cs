using System.Buffers;
using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Storage;

/// <summary>The segments of one commit, packed and summed before the store is asked for its turn. Pooled memory: dispose.</summary>
internal struct PackedSegments : IDisposable
{
    private byte[] bytes;
    private Packed[] segments;

    private PackedSegments(byte[] bytes, Packed[] segments, int count)
    {
        this.bytes = bytes;
        this.segments = segments;
        Count = count;
    }

    public int Count { get; private set; }

    public static PackedSegments Of(IReadOnlyList<Segment> source)
    {
        long room = 0;
        for (var i = 0; i < source.Count; i++) room += SegmentCodec.MaxPackedLength(source[i].Records.Length);
        var result = new PackedSegments(ArrayPool<byte>.Shared.Rent(checked((int)room)), ArrayPool<Packed>.Shared.Rent(source.Count), source.Count);
        try
        {
            var offset = 0;
            for (var i = 0; i < source.Count; i++) result.segments[i] = result.Pack(source[i], ref offset);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    public readonly SegmentHead Head(int index) => segments[index].Head;

    public readonly ulong Checksum(int index) => segments[index].Checksum;

    public readonly ReadOnlyMemory<byte> Body(int index) => segments[index].Body;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(bytes);
        ArrayPool<Packed>.Shared.Return(segments, clearArray: true);
        bytes = [];
        segments = [];
        Count = 0;
    }

    private readonly Packed Pack(in Segment segment, ref int offset)
    {
        var records = segment.Records.Span;
        var fault = SegmentCodec.Measure(records, segment.Count, out var from, out var through);
        if (fault is not null)
            throw new ArgumentException($"The segment of partition {segment.Partition} at position {segment.FirstPosition} cannot be stored: {fault}.");
        var packing = SegmentCodec.Pack(records, bytes.AsSpan(offset), out var length);
        var body = packing == SegmentPacking.None ? segment.Records : bytes.AsMemory(offset, length);
        if (packing != SegmentPacking.None) offset += length;
        var head = new SegmentHead(segment.Partition, segment.FirstPosition, segment.Count, packing, records.Length, from, through);
        return new Packed(head, SegmentCodec.Checksum(head, body.Span), body);
    }

    private readonly record struct Packed(SegmentHead Head, ulong Checksum, ReadOnlyMemory<byte> Body);
}
