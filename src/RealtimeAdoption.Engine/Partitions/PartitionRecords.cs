using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>The records that a partition writes on its own account: model, tick, rebuilt. Their properties are stored, so their names never change.</summary>
internal static class PartitionRecords
{
    private static ReadOnlySpan<byte> Text => "text"u8;

    private static ReadOnlySpan<byte> Through => "through"u8;

    private static ReadOnlySpan<byte> Accounts => "accounts"u8;

    public static void WriteTick(RecordBuffer buffer, int day)
    {
        buffer.Begin(new RecordDraft { Kind = RecordKind.Tick, TimeMs = Days.StartMs(day) });
        buffer.End();
    }

    public static void WriteModel(RecordBuffer buffer, string text, long timeMs)
    {
        buffer.Begin(new RecordDraft { Kind = RecordKind.Model, TimeMs = timeMs });
        buffer.Add(PropertyKind.Text, Text, Encoding.UTF8.GetBytes(text));
        buffer.End();
    }

    public static string ModelText(in Record record) =>
        record.TryProperty(Text, out var text) ? Encoding.UTF8.GetString(text.Value) : throw new InvalidDataException("A model record without a text.");

    /// <param name="buffer">Gets the record.</param>
    /// <param name="through">The rebuilt states hold every record up to here.</param>
    /// <param name="accounts">Hashes of the accounts, in the order in which they are swapped.</param>
    /// <param name="timeMs">Of the record.</param>
    public static void WriteRebuilt(RecordBuffer buffer, long through, ReadOnlySpan<ulong> accounts, long timeMs)
    {
        Span<byte> position = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(position, through);
        buffer.Begin(new RecordDraft { Kind = RecordKind.Rebuilt, TimeMs = timeMs });
        buffer.Add(PropertyKind.Text, Through, position);
        buffer.Add(PropertyKind.Text, Accounts, MemoryMarshal.AsBytes(accounts));
        buffer.End();
    }

    public static (long Through, ulong[] Accounts) ReadRebuilt(in Record record)
    {
        if (!record.TryProperty(Through, out var through) || !record.TryProperty(Accounts, out var accounts))
            throw new InvalidDataException("A rebuilt record without its position or accounts.");
        return (BinaryPrimitives.ReadInt64LittleEndian(through.Value), MemoryMarshal.Cast<byte, ulong>(accounts.Value).ToArray());
    }
}
