using System.Buffers;
using System.Text;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>The binary form of one partition's <see cref="FleetNews"/>. Each change has its length, so that fields may be added at its end, and one that a later version has made is left out by an earlier one.</summary>
internal static class NewsBytes
{
    [Flags]
    private enum Parts : byte
    {
        None = 0,
        StageSince = 1,
        Owner = 1 << 1,
        Reason = 1 << 2,
        Churned = 1 << 3,
    }

    /// <param name="writer">Gets them.</param>
    /// <param name="news">Of one partition.</param>
    /// <param name="after">Only changes with later numbers.</param>
    public static void Write(BinaryWriter writer, FleetNews news, long after)
    {
        writer.Write(news.Count);
        writer.Write(news.AlertMoves);
        Write(writer, [.. news.Latest.Where(change => change.Sequence > after)]);
        Write(writer, [.. news.Slips.Where(change => change.Sequence > after)]);
    }

    public static FleetNews Read(BinaryReader reader, int partition)
    {
        var (count, alertMoves) = (reader.ReadInt64(), reader.ReadInt64());
        return new FleetNews(ReadChanges(reader, partition), ReadChanges(reader, partition), count, alertMoves);
    }

    private static void Write(BinaryWriter writer, FleetChange[] changes)
    {
        writer.Write7BitEncodedInt(changes.Length);
        foreach (var change in changes) Wire.Write(writer, BytesOf(change));
    }

    private static byte[] BytesOf(FleetChange change)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8))
        {
            writer.Write((byte)PartsOf(change));
            writer.Write(change.Sequence);
            writer.Write(change.AccountName);
            writer.Write(change.Segment);
            if (change.StageSince is { } since) writer.Write(since.DayNumber);
            if (change.Owner is { } owner) writer.Write(owner);
            if (change.Reason is { } reason) writer.Write(reason);
            var bytes = new ArrayBufferWriter<byte>();
            ChangeBytes.Write(bytes, change.Change);
            Wire.Write(writer, bytes.WrittenMemory);
        }

        return stream.ToArray();
    }

    private static Parts PartsOf(FleetChange change) =>
        (change.StageSince is null ? Parts.None : Parts.StageSince) | (change.Owner is null ? Parts.None : Parts.Owner) | (change.Reason is null ? Parts.None : Parts.Reason) | (change.Churned ? Parts.Churned : Parts.None);

    private static List<FleetChange> ReadChanges(BinaryReader reader, int partition)
    {
        var count = reader.Read7BitEncodedInt();
        var changes = new List<FleetChange>(Math.Clamp(count, 0, FleetNews.LatestMax));
        for (var i = 0; i < count; i++)
        {
            if (Read(Wire.ReadBytes(reader) ?? default, partition) is { } change) changes.Add(change);
        }

        return changes;
    }

    private static FleetChange? Read(ReadOnlyMemory<byte> bytes, int partition)
    {
        using var reader = Wire.Reader(bytes);
        var parts = (Parts)reader.ReadByte();
        var (sequence, name, segment) = (reader.ReadInt64(), reader.ReadString(), reader.ReadString());
        DateOnly? since = parts.HasFlag(Parts.StageSince) ? DateOnly.FromDayNumber(reader.ReadInt32()) : null;
        var owner = parts.HasFlag(Parts.Owner) ? reader.ReadString() : null;
        var reason = parts.HasFlag(Parts.Reason) ? reader.ReadString() : null;
        try
        {
            var change = ChangeBytes.Read((Wire.ReadBytes(reader) ?? default).Span);
            return new FleetChange(partition, sequence, name, segment, change) { StageSince = since, Owner = owner, Reason = reason, Churned = parts.HasFlag(Parts.Churned) };
        }
        catch (InvalidDataException)
        {
            // Of a kind that this version does not know.
            return null;
        }
    }
}
