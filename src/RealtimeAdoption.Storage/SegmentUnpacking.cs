using System.Buffers;
using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Storage;

/// <summary>Checks and unpacks stored segments, the same way for every store, into a buffer for the one read last. Not thread-safe. Pooled memory: dispose.</summary>
internal sealed class SegmentUnpacking : IDisposable
{
    private byte[] buffer = [];

    /// <summary>Null: it is whole and holds the position; its memory is valid until the next call. Otherwise what is wrong with it.</summary>
    public string? Open(in SegmentHead head, ulong checksum, ReadOnlySpan<byte> body, int partition, long position, out Segment segment)
    {
        segment = default;
        if (SegmentCodec.Checksum(head, body) != checksum) return "does not match its checksum";
        if (head.Partition != partition || position < head.FirstPosition || position >= head.FirstPosition + head.Count)
            return $"was looked for where partition {head.Partition}, position {head.FirstPosition} is";
        if (buffer.Length < head.Length)
        {
            Release();
            buffer = ArrayPool<byte>.Shared.Rent(head.Length);
        }

        if (!SegmentCodec.TryUnpack(head.Packing, body, buffer.AsSpan(0, head.Length)))
            return $"cannot be unpacked (packing {(int)head.Packing}): it may be of a newer release";
        segment = new Segment(partition, head.FirstPosition, head.Count, buffer.AsMemory(0, head.Length));
        return null;
    }

    public void Dispose() => Release();

    private void Release()
    {
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }
}
