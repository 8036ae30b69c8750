using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>The records that a partition writes on its own account: model, tick, rebuilt, activated, quarantine. Their properties are stored, so their names never change.</summary>
internal static class PartitionRecords
{
    private static ReadOnlySpan<byte> Text => "text"u8;

    private static ReadOnlySpan<byte> Generation => "generation"u8;

    private static ReadOnlySpan<byte> By => "by"u8;

    private static ReadOnlySpan<byte> Through => "through"u8;

    private static ReadOnlySpan<byte> Accounts => "accounts"u8;

    private static ReadOnlySpan<byte> Position => "position"u8;

    private static ReadOnlySpan<byte> What => "what"u8;

    private static ReadOnlySpan<byte> Released => "released"u8;

    public static void WriteTick(RecordBuffer buffer, int day)
    {
        buffer.Begin(new RecordDraft { Kind = RecordKind.Tick, TimeMs = Days.StartMs(day) });
        buffer.End();
    }

    public static void WriteModel(RecordBuffer buffer, in ModelWish wish, long timeMs)
    {
        buffer.Begin(new RecordDraft { Kind = RecordKind.Model, TimeMs = timeMs });
        buffer.Add(PropertyKind.Text, Text, Encoding.UTF8.GetBytes(wish.Text));
        if (wish.Generation > 0)
        {
            Span<byte> generation = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(generation, wish.Generation);
            buffer.Add(PropertyKind.Text, Generation, generation);
            buffer.Add(PropertyKind.Text, By, Encoding.UTF8.GetBytes(wish.By));
        }

        buffer.End();
    }

    public static ModelWish ReadModel(in Record record)
    {
        if (!record.TryProperty(Text, out var text)) throw new InvalidDataException("A model record without a text.");
        var generation = record.TryProperty(Generation, out var number) ? BinaryPrimitives.ReadInt32LittleEndian(number.Value) : 0;
        var by = record.TryProperty(By, out var name) ? Encoding.UTF8.GetString(name.Value) : "";
        return new ModelWish(Encoding.UTF8.GetString(text.Value), generation, by);
    }

    /// <param name="buffer">Gets the record.</param>
    /// <param name="begun">Position of the model's record, through which the new states were computed from history.</param>
    /// <param name="timeMs">Of the record.</param>
    public static void WriteActivated(RecordBuffer buffer, long begun, long timeMs)
    {
        Span<byte> position = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(position, begun);
        buffer.Begin(new RecordDraft { Kind = RecordKind.Activated, TimeMs = timeMs });
        buffer.Add(PropertyKind.Text, Through, position);
        buffer.End();
    }

    public static long ReadActivated(in Record record) =>
        record.TryProperty(Through, out var through)
            ? BinaryPrimitives.ReadInt64LittleEndian(through.Value)
            : throw new InvalidDataException("An activated record without its position.");

    public static void WriteQuarantine(RecordBuffer buffer, QuarantinedRecord of, long timeMs)
    {
        Span<byte> position = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(position, of.Position);
        buffer.Begin(new RecordDraft { Kind = RecordKind.Quarantine, TimeMs = timeMs, Account = Encoding.UTF8.GetBytes(of.Account) });
        buffer.Add(PropertyKind.Text, Position, position);
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8)) of.Write(writer);
        buffer.Add(PropertyKind.Text, What, bytes.ToArray());
        buffer.End();
    }

    /// <summary>Historic: the account is to be rebuilt.</summary>
    public static void WriteRelease(RecordBuffer buffer, QuarantinedRecord of, long timeMs)
    {
        Span<byte> position = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(position, of.Position);
        buffer.Begin(new RecordDraft { Kind = RecordKind.Quarantine, Flags = RecordFlags.Historic, TimeMs = timeMs, Account = Encoding.UTF8.GetBytes(of.Account), Name = Released });
        buffer.Add(PropertyKind.Text, Position, position);
        buffer.End();
    }

    public static (long Position, bool IsReleased) ReadQuarantine(in Record record) =>
        record.TryProperty(Position, out var position)
            ? (BinaryPrimitives.ReadInt64LittleEndian(position.Value), record.Name.SequenceEqual(Released))
            : throw new InvalidDataException("A quarantine record without its position.");

    public static QuarantinedRecord ReadQuarantined(in Record record)
    {
        if (!record.TryProperty(What, out var what)) throw new InvalidDataException("A quarantine record that does not say what it is of.");
        using var reader = new BinaryReader(new MemoryStream(what.Value.ToArray()), Encoding.UTF8);
        return QuarantinedRecord.Read(reader);
    }

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
