using System.Text;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// What a partition keeps beside its accounts, ids and directory, as of a checkpoint. Stored: a version, then fields; a later version adds fields at the end.
/// </summary>
internal sealed record PartitionHead
{
    // 4: generation, the day from which ids are known, an activation under way. 5: quarantined records. 6: what a cluster needs.
    private const ushort Version = 6;
    private const ushort Oldest = 3;

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
    public int Generation { get; init; }
    public string ModelBy { get; init; } = "";
    public long ModelBegunAtMs { get; init; }

    /// <summary>Ids of events before this day were not remembered under an earlier model.</summary>
    public int IdsFrom { get; init; } = int.MinValue;

    /// <summary>Null: none is under way.</summary>
    public ActivationBegin? Activation { get; init; }
    public required IReadOnlyList<(int Number, long Position, bool Stopped, string Reason)> Faults { get; init; }
    public IReadOnlyList<QuarantinedRecord> Quarantined { get; init; } = [];

    /// <summary>Ids of events before this day are forgotten; null: not told, so by the day and the model.</summary>
    public int? IdsOldest { get; init; }

    /// <summary>Of <see cref="Partition.HasDoorRecords"/>.</summary>
    public bool HasDoorRecords { get; init; }

    /// <summary>Positions of what was judged away since the beginning of what is under way, rising.</summary>
    public IReadOnlyList<long> LeftOut { get; init; } = [];

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

            WriteModels(writer);
            writer.Write(Quarantined.Count);
            foreach (var record in Quarantined) record.Write(writer);
            writer.Write(IdsOldest ?? int.MinValue);
            writer.Write(HasDoorRecords);
            writer.Write(LeftOut.Count);
            foreach (var position in LeftOut) writer.Write(position);
        }

        return stream.ToArray();
    }

    private void WriteModels(BinaryWriter writer)
    {
        writer.Write(Generation);
        writer.Write(IdsFrom);
        writer.Write(ModelBy);
        writer.Write(ModelBegunAtMs);
        writer.Write(Activation is not null);
        if (Activation is not { } begun) return;
        writer.Write(begun.Wish.Text);
        writer.Write(begun.Wish.Generation);
        writer.Write(begun.Wish.By);
        writer.Write(begun.Position);
        writer.Write(begun.AtMs);
        writer.Write(begun.Day);
        writer.Write(begun.Accounts);
    }

    private static ActivationBegin? ReadActivation(BinaryReader reader)
    {
        if (!reader.ReadBoolean()) return null;
        var wish = new ModelWish(reader.ReadString(), reader.ReadInt32(), reader.ReadString());
        return new ActivationBegin(wish, reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32());
    }

    public static PartitionHead Of(ReadOnlyMemory<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()), Encoding.UTF8);
        var version = reader.ReadUInt16();
        if (version is < Oldest or > Version) throw new InvalidDataException($"The checkpoint's head is of version {version}; this program reads {Oldest} to {Version}.");
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
        var (hasModels, hasQuarantine, hasCluster) = (version >= 4, version >= 5, version >= 6);
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
            Generation = hasModels ? reader.ReadInt32() : 0,
            IdsFrom = hasModels ? reader.ReadInt32() : int.MinValue,
            ModelBy = hasModels ? reader.ReadString() : "",
            ModelBegunAtMs = hasModels ? reader.ReadInt64() : 0,
            Activation = hasModels ? ReadActivation(reader) : null,
            Faults = faults,
            Quarantined = hasQuarantine ? ReadQuarantined(reader) : [],
            IdsOldest = hasCluster ? reader.ReadInt32() : null,
            HasDoorRecords = hasCluster && reader.ReadBoolean(),
            LeftOut = hasCluster ? ReadPositions(reader) : [],
        };
    }

    private static long[] ReadPositions(BinaryReader reader)
    {
        var positions = new long[reader.ReadInt32()];
        for (var i = 0; i < positions.Length; i++) positions[i] = reader.ReadInt64();
        return positions;
    }

    private static QuarantinedRecord[] ReadQuarantined(BinaryReader reader)
    {
        var records = new QuarantinedRecord[reader.ReadInt32()];
        for (var i = 0; i < records.Length; i++) records[i] = QuarantinedRecord.Read(reader);
        return records;
    }
}
