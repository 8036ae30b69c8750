using System.Text;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>
/// The fleet as it is told to processes that do not put it together: its counts, the ends of its feeds and its days. Not its news, of which the board is made in one place, and not its version, which each process counts by itself.
/// A later version adds fields at the end.
/// </summary>
public static class FleetStateBytes
{
    private const ushort Version = 1;
    private const long NotTold = -1;

    /// <param name="fleet">The fleet.</param>
    /// <param name="model">Hash of the text of the model that the counts are of.</param>
    public static byte[] Write(FleetState fleet, ulong model)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write(Version);
            writer.Write(model);
            CountsBytes.Write(writer, fleet.Counts);
            writer.Write7BitEncodedInt(fleet.FeedEnds.Count);
            foreach (var end in fleet.FeedEnds) writer.Write7BitEncodedInt64(end);
            writer.Write(fleet.LastReceivedAtMs ?? long.MinValue);
            writer.Write(Days.Of(fleet.Day));
            writer.Write(Days.Of(fleet.SettledDay));
            writer.Write7BitEncodedInt(fleet.Applied.Count);
            foreach (var applied in fleet.Applied) writer.Write7BitEncodedInt64(applied ?? NotTold);
        }

        return stream.ToArray();
    }

    /// <summary>Hash of the text of the model that <see cref="Read"/> wants.</summary>
    /// <exception cref="InvalidDataException">It is no fleet.</exception>
    public static ulong ModelOf(ReadOnlyMemory<byte> bytes)
    {
        using var reader = Begin(bytes);
        return reader.ReadUInt64();
    }

    /// <param name="bytes">Of <see cref="Write"/>.</param>
    /// <param name="model">That of <see cref="ModelOf"/>.</param>
    /// <param name="version">What it gets.</param>
    /// <exception cref="InvalidDataException">It is no fleet, or one of another model.</exception>
    public static FleetState Read(ReadOnlyMemory<byte> bytes, CompiledModel model, long version)
    {
        using var reader = Begin(bytes);
        reader.ReadUInt64();
        var counts = CountsBytes.Read(reader, model);
        var feedEnds = new long[reader.Read7BitEncodedInt()];
        for (var i = 0; i < feedEnds.Length; i++) feedEnds[i] = reader.Read7BitEncodedInt64();
        var lastInput = reader.ReadInt64();
        var (day, settled) = (reader.ReadInt32(), reader.ReadInt32());
        return new FleetState(version, counts, feedEnds, lastInput == long.MinValue ? null : lastInput, Days.ToDate(day)) { SettledDay = Days.ToDate(settled), Applied = ReadApplied(reader) };
    }

    // An earlier version does not write them.
    private static long?[] ReadApplied(BinaryReader reader)
    {
        if (reader.BaseStream.Position == reader.BaseStream.Length) return [];
        var all = new long?[reader.Read7BitEncodedInt()];
        for (var i = 0; i < all.Length; i++) all[i] = reader.Read7BitEncodedInt64() is var applied && applied != NotTold ? applied : null;
        return all;
    }

    private static BinaryReader Begin(ReadOnlyMemory<byte> bytes)
    {
        var reader = Wire.Reader(bytes);
        return reader.ReadUInt16() >= Version ? reader : throw new InvalidDataException("Not a fleet.");
    }
}
