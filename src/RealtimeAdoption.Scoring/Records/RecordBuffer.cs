using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace RealtimeAdoption.Scoring.Records;

/// <summary>What a record is made of, but for its properties. Strings are UTF-8 and at most 65,535 bytes each.</summary>
public readonly ref struct RecordDraft
{
    public required RecordKind Kind { get; init; }

    public RecordFlags Flags { get; init; }

    /// <summary>Unix milliseconds, or an age where <see cref="RecordFlags.TimeIsAge"/> is set.</summary>
    public long TimeMs { get; init; }

    public ReadOnlySpan<byte> Account { get; init; }

    public ReadOnlySpan<byte> User { get; init; }

    public ReadOnlySpan<byte> Name { get; init; }

    public ReadOnlySpan<byte> Source { get; init; }

    public ReadOnlySpan<byte> MessageId { get; init; }

    /// <summary>The timestamp's text as sent, part of the payload's hash.</summary>
    public ReadOnlySpan<byte> TimestampText { get; init; }

    /// <summary>The store's secret seed of id fingerprints.</summary>
    public ulong IdSeed { get; init; }
}

/// <summary>
/// A pooled, growing buffer of records: <see cref="Begin"/>, any number of <see cref="Add"/>, <see cref="End"/>. Not thread-safe.
/// Dispose returns the memory; views of it die with it.
/// </summary>
public sealed class RecordBuffer : IDisposable
{
    private byte[] bytes;
    private int start = -1;
    private int properties;
    private ulong payload;

    public RecordBuffer(int capacity = 4096) => bytes = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Bytes written, a record under way included.</summary>
    public int Length { get; private set; }

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => bytes.AsMemory(0, Length);

    /// <summary>For the partition, which stamps drafts in place.</summary>
    public Span<byte> Writable => bytes.AsSpan(0, Length);

    public void Begin(in RecordDraft draft)
    {
        start = Length;
        properties = 0;
        var strings = draft.Account.Length + draft.User.Length + draft.Name.Length + draft.Source.Length + draft.MessageId.Length;
        var head = Take(Record.HeadSize + strings);
        var userHash = draft.User.IsEmpty ? 0 : StableHash.Of(draft.User) | 1;
        var accountHash = StableHash.Of(draft.Account);
        var nameHash = StableHash.Of(draft.Name);
        var idHash = draft.MessageId.IsEmpty ? 0 : StableHash.Of(draft.MessageId, StableHash.Of(draft.Source, draft.IdSeed) ^ accountHash) | 1;
        payload = nameHash + (userHash * 3) + (StableHash.Of(draft.TimestampText) * 5);
        head[4] = (byte)draft.Kind;
        head[5] = (byte)(draft.Flags | (idHash == 0 ? RecordFlags.None : RecordFlags.HasMessageId));
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], draft.TimeMs);
        BinaryPrimitives.WriteUInt64LittleEndian(head[24..], accountHash);
        BinaryPrimitives.WriteUInt64LittleEndian(head[32..], userHash);
        BinaryPrimitives.WriteUInt64LittleEndian(head[40..], idHash);
        BinaryPrimitives.WriteUInt64LittleEndian(head[48..], nameHash);
        var lengths = MemoryMarshal.Cast<byte, ushort>(head.Slice(60, 12));
        checked
        {
            lengths[0] = (ushort)draft.Account.Length;
            lengths[1] = (ushort)draft.User.Length;
            lengths[2] = (ushort)draft.Name.Length;
            lengths[3] = (ushort)draft.Source.Length;
            lengths[4] = (ushort)draft.MessageId.Length;
            lengths[5] = 0;
        }

        var rest = head[Record.HeadSize..];
        Put(ref rest, draft.Account);
        Put(ref rest, draft.User);
        Put(ref rest, draft.Name);
        Put(ref rest, draft.Source);
        Put(ref rest, draft.MessageId);
    }

    public void Add(PropertyKind kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var span = Take(7 + name.Length + value.Length);
        span[0] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(span[1..], checked((ushort)name.Length));
        BinaryPrimitives.WriteInt32LittleEndian(span[3..], value.Length);
        name.CopyTo(span[7..]);
        value.CopyTo(span[(7 + name.Length)..]);
        payload += StableHash.Of(value, StableHash.Of(name, (ulong)kind));
        properties++;
    }

    /// <summary>Closes the record. Its offset is what <see cref="Length"/> was at <see cref="Begin"/>.</summary>
    public void End()
    {
        var record = bytes.AsSpan(start, Length - start);
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(record[6..], checked((ushort)properties));
        BinaryPrimitives.WriteUInt32LittleEndian(record[56..], (uint)(payload ^ (payload >> 32)));
        start = -1;
        Count++;
    }

    /// <summary>Copies a finished record; returns its place here, to be stamped.</summary>
    public Span<byte> Copy(ReadOnlySpan<byte> record)
    {
        var span = Take(record.Length);
        record.CopyTo(span);
        Count++;
        return span;
    }

    public void Clear()
    {
        Length = 0;
        Count = 0;
        start = -1;
    }

    public void Dispose()
    {
        var returned = bytes;
        bytes = [];
        Clear();
        if (returned.Length > 0) ArrayPool<byte>.Shared.Return(returned);
    }

    private Span<byte> Take(int size)
    {
        var needed = checked(Length + size);
        if (needed > bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, bytes.Length * 2));
            bytes.AsSpan(0, Length).CopyTo(larger);
            if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
            bytes = larger;
        }

        var span = bytes.AsSpan(Length, size);
        Length = needed;
        return span;
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> value)
    {
        value.CopyTo(rest);
        rest = rest[value.Length..];
    }
}
