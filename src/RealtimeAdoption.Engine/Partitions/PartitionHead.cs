using System.Text;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// What a partition keeps beside its accounts, ids and directory, as of a checkpoint. Stored: a version, then fields; a later version adds fields at the end.
/// </summary>
internal sealed record PartitionHead
{
    private const ushort Version = 3;

    /// <summary>Of <see cref="Partition.Store"/>: whose journal it sums up.</summary>
    public required ulong Store { get; init; }
    public required int Day { get; init; }

    /// <summary>Hash of the record at the checkpoint's position.</summary>
    public required ulong LastRecord { get; init; }
    public required long LastReceivedAtMs { get; init; }

    /// <summary>Of the last record that was not a tick; null: none.</summary>
    public required long? LastInputAtMs { get; init; }
    public required long Sequence { get; init; }
    public required long Events { get; init; }
    public required int Accounts { get; init; }
    public required string ModelText { get; init; }
    public required IReadOnlyList<(int Number, long Position, bool Stopped, string Reason)> Faults { get; init; }

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write(Version);
            writer.Write(Store);
            writer.Write(Day);
            writer.Write(LastRecord);
            writer.Write(LastReceivedAtMs);
            writer.Write(LastInputAtMs ?? long.MinValue);
            writer.Write(Sequence);
            writer.Write(Events);
            writer.Write(Accounts);
            writer.Write(ModelText);
            writer.Write(Faults.Count);
            foreach (var (number, position, stopped, reason) in Faults)
            {
                writer.Write(number);
                writer.Write(position);
                writer.Write(stopped);
                writer.Write(reason);
            }
        }

        return stream.ToArray();
    }

    public static PartitionHead Of(ReadOnlyMemory<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()), Encoding.UTF8);
        var version = reader.ReadUInt16();
        if (version != Version) throw new InvalidDataException($"The checkpoint's head is of version {version}; this program reads {Version}.");
        var store = reader.ReadUInt64();
        var day = reader.ReadInt32();
        var lastRecord = reader.ReadUInt64();
        var receivedAt = reader.ReadInt64();
        var inputAt = reader.ReadInt64();
        var sequence = reader.ReadInt64();
        var events = reader.ReadInt64();
        var accounts = reader.ReadInt32();
        var model = reader.ReadString();
        var faults = new (int, long, bool, string)[reader.ReadInt32()];
        for (var i = 0; i < faults.Length; i++) faults[i] = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadBoolean(), reader.ReadString());
        return new PartitionHead
        {
            Store = store,
            Day = day,
            LastRecord = lastRecord,
            LastReceivedAtMs = receivedAt,
            LastInputAtMs = inputAt == long.MinValue ? null : inputAt,
            Sequence = sequence,
            Events = events,
            Accounts = accounts,
            ModelText = model,
            Faults = faults,
        };
    }
}
