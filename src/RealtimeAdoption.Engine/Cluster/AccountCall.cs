using System.Text;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>
/// What a partition asks of an account's actor: to take records, to give its state, or both. Its binary form is the wire between processes of different versions: a later version adds fields at the end.
/// </summary>
public sealed record AccountCall
{
    private const ushort Version = 1;

    /// <summary>Of the call, rising in an epoch; the answer bears it.</summary>
    public required long Number { get; init; }

    public required int Partition { get; init; }

    /// <summary>Of the partition's owner.</summary>
    public required long Epoch { get; init; }

    /// <summary>The handing out of the state that this belongs to; of the epoch.</summary>
    public required long Lease { get; init; }

    /// <summary>The account's id.</summary>
    public required string Account { get; init; }

    /// <summary>Hash of the text of the model file that the state is of.</summary>
    public required ulong Model { get; init; }

    /// <summary>The partition's day.</summary>
    public required int Day { get; init; }

    /// <summary>Of the account's last record before this call.</summary>
    public required long Previous { get; init; }

    /// <summary>Of its last record in this call; without records <see cref="Previous"/>.</summary>
    public required long Position { get; init; }

    /// <summary>With the first call of a lease: the account's state at <see cref="Previous"/>.</summary>
    public ReadOnlyMemory<byte>? State { get; init; }

    /// <summary>Of the records, rising.</summary>
    public IReadOnlyList<long> Positions { get; init; } = [];

    /// <summary>The records, judged, one behind the other.</summary>
    public ReadOnlyMemory<byte> Records { get; init; }

    /// <summary>The state at <see cref="Position"/> is wanted; without records that is a flush.</summary>
    public bool WantsState { get; init; }

    /// <summary>The lease ends with this call: the actor forgets the state.</summary>
    public bool Releases { get; init; }

    /// <summary>It has come from another process. No part of its binary form.</summary>
    public bool IsFromElsewhere { get; init; }

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write(Version);
            writer.Write(Number);
            writer.Write(Partition);
            writer.Write(Epoch);
            writer.Write(Lease);
            writer.Write(Account);
            writer.Write(Model);
            writer.Write(Day);
            writer.Write(Previous);
            writer.Write(Position);
            Wire.Write(writer, State);
            writer.Write(Positions.Count);
            foreach (var position in Positions) writer.Write(position);
            Wire.Write(writer, Records);
            writer.Write(WantsState);
            writer.Write(Releases);
        }

        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">It is none.</exception>
    public static AccountCall Of(ReadOnlyMemory<byte> bytes)
    {
        using var reader = Wire.Reader(bytes);
        if (reader.ReadUInt16() < Version) throw new InvalidDataException("Not a call of an account.");
        return new AccountCall
        {
            Number = reader.ReadInt64(),
            Partition = reader.ReadInt32(),
            Epoch = reader.ReadInt64(),
            Lease = reader.ReadInt64(),
            Account = reader.ReadString(),
            Model = reader.ReadUInt64(),
            Day = reader.ReadInt32(),
            Previous = reader.ReadInt64(),
            Position = reader.ReadInt64(),
            State = Wire.ReadBytes(reader),
            Positions = Wire.ReadPositions(reader),
            Records = Wire.ReadBytes(reader) ?? default,
            WantsState = reader.ReadBoolean(),
            Releases = reader.ReadBoolean(),
        };
    }
}
