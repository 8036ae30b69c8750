using System.Text;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>
/// The share of one partition, as its owner tells it to whoever puts the fleet together. Shares are ordered by (<see cref="Epoch"/>, <see cref="Number"/>): one that comes late, or from an owner that does not know that it was overtaken,
/// never replaces a newer one. Its binary form is the wire between processes of different versions: a later version adds fields at the end.
/// </summary>
public sealed record PartitionShare
{
    private const ushort Version = 1;
    private const long NotTold = -1;

    public required int Partition { get; init; }

    /// <summary>Of the owner.</summary>
    public required long Epoch { get; init; }

    /// <summary>Rising in the epoch.</summary>
    public required long Number { get; init; }

    /// <summary>Hash of the text of the model file that the counts are of; 0: the partition has none yet.</summary>
    public required ulong Model { get; init; }

    /// <summary>Of the model: 0 for the store's first one, one more with each activation.</summary>
    public required int Generation { get; init; }

    /// <summary>Of the one partition.</summary>
    public required FleetShare Share { get; init; }

    /// <summary>This one comes after the other.</summary>
    public bool IsAfter(PartitionShare? other) => other is null || Epoch > other.Epoch || (Epoch == other.Epoch && Number > other.Number);

    /// <param name="newsAfter">Only news with later numbers: the reader has the others. 0: all.</param>
    public byte[] ToBytes(long newsAfter)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write(Version);
            writer.Write(Partition);
            writer.Write(Epoch);
            writer.Write(Number);
            writer.Write(Model);
            writer.Write(Generation);
            if (Model != 0) CountsBytes.Write(writer, Share.Counts);
            writer.Write(Share.FeedEnds[0].Sequence);
            writer.Write(Share.LastInputAtMs ?? long.MinValue);
            writer.Write(Share.Day);
            writer.Write(Share.SettledDay);
            NewsBytes.Write(writer, Share.News, newsAfter);
            writer.Write(Share.Applied ?? NotTold);
        }

        return stream.ToArray();
    }

    /// <summary>The partition, and the model that <see cref="Of"/> will ask for; 0: none.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static (int Partition, ulong Model) HeadOf(ReadOnlyMemory<byte> bytes)
    {
        using var reader = Begin(bytes);
        var partition = reader.ReadInt32();
        reader.ReadInt64();
        reader.ReadInt64();
        return (partition, reader.ReadUInt64());
    }

    /// <param name="bytes">Of <see cref="ToBytes"/>.</param>
    /// <param name="modelOf">By the hash of its text.</param>
    /// <param name="modelIfNone">Of what a partition without any is nothing.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static PartitionShare Of(ReadOnlyMemory<byte> bytes, Func<ulong, CompiledModel> modelOf, CompiledModel modelIfNone)
    {
        ArgumentNullException.ThrowIfNull(modelOf);
        using var reader = Begin(bytes);
        var (partition, epoch, number, model, generation) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt64(), reader.ReadInt32());
        var counts = model == 0 ? new FleetCounts(modelIfNone) : CountsBytes.Read(reader, modelOf(model));
        var (feedEnd, lastInput, day, settled) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32());
        var news = NewsBytes.Read(reader, partition);
        // An earlier version does not write it.
        var applied = reader.BaseStream.Length - reader.BaseStream.Position >= sizeof(long) ? reader.ReadInt64() : NotTold;
        return new PartitionShare
        {
            Partition = partition,
            Epoch = epoch,
            Number = number,
            Model = model,
            Generation = generation,
            Share = new FleetShare(counts, [(partition, feedEnd)], news, lastInput == long.MinValue ? null : lastInput, day, settled) { Applied = applied == NotTold ? null : applied },
        };
    }

    private static BinaryReader Begin(ReadOnlyMemory<byte> bytes)
    {
        var reader = Wire.Reader(bytes);
        return reader.ReadUInt16() >= Version ? reader : throw new InvalidDataException("Not the share of a partition.");
    }
}
