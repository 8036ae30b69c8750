using System.Text;
using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>What became of a call at an account's actor. The numbers are on the wire.</summary>
public enum AccountOutcome : byte
{
    /// <summary>The records are taken, or were before.</summary>
    Taken = 1,

    /// <summary>The actor has no state, one of another lease, or one that the call does not follow on. Nothing is changed.</summary>
    Gap = 2,

    /// <summary>A record broke the account: the actor has forgotten it.</summary>
    Broken = 3,

    /// <summary>The partition has a later owner than the caller.</summary>
    Superseded = 4,
}

/// <summary>What one record did to an account.</summary>
/// <param name="Position">Of the record.</param>
/// <param name="Effects">On its row, and whether it must be rebuilt.</param>
/// <param name="State">Where there are effects: the state behind the record.</param>
/// <param name="Changes">In their stored form, in order.</param>
public sealed record AccountResult(long Position, AccountEffects Effects, ReadOnlyMemory<byte>? State, IReadOnlyList<ReadOnlyMemory<byte>> Changes);

/// <summary>What an account's actor answers. Its binary form is the wire, as that of <see cref="AccountCall"/>.</summary>
public sealed record AccountReply
{
    private const ushort Version = 1;

    /// <summary>Of the call.</summary>
    public required long Number { get; init; }

    public required AccountOutcome Outcome { get; init; }

    /// <summary>Of the account's last record; 0: the actor has no state.</summary>
    public long Position { get; init; }

    /// <summary>The first day whose tick the account must see.</summary>
    public int NextDueDay { get; init; }

    /// <summary>Of those records that did something, in order.</summary>
    public IReadOnlyList<AccountResult> Results { get; init; } = [];

    /// <summary>Where it was wanted: the state at <see cref="Position"/>.</summary>
    public ReadOnlyMemory<byte>? State { get; init; }

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write(Version);
            writer.Write(Number);
            writer.Write((byte)Outcome);
            writer.Write(Position);
            writer.Write(NextDueDay);
            Wire.Write(writer, State);
            writer.Write(Results.Count);
            foreach (var result in Results)
            {
                writer.Write(result.Position);
                writer.Write((int)result.Effects);
                Wire.Write(writer, result.State);
                writer.Write(result.Changes.Count);
                foreach (var change in result.Changes) Wire.Write(writer, change);
            }
        }

        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">It is none.</exception>
    public static AccountReply Of(ReadOnlyMemory<byte> bytes)
    {
        using var reader = Wire.Reader(bytes);
        if (reader.ReadUInt16() < Version) throw new InvalidDataException("Not an answer of an account.");
        return new AccountReply
        {
            Number = reader.ReadInt64(),
            Outcome = (AccountOutcome)reader.ReadByte(),
            Position = reader.ReadInt64(),
            NextDueDay = reader.ReadInt32(),
            State = Wire.ReadBytes(reader),
            Results = ReadResults(reader),
        };
    }

    private static AccountResult[] ReadResults(BinaryReader reader)
    {
        var results = new AccountResult[reader.ReadInt32()];
        for (var i = 0; i < results.Length; i++)
        {
            var (position, effects, state) = (reader.ReadInt64(), (AccountEffects)reader.ReadInt32(), Wire.ReadBytes(reader));
            var changes = new ReadOnlyMemory<byte>[reader.ReadInt32()];
            for (var c = 0; c < changes.Length; c++) changes[c] = Wire.ReadBytes(reader) ?? default;
            results[i] = new AccountResult(position, effects, state, changes);
        }

        return results;
    }
}
