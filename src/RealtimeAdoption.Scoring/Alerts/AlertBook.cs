using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>
/// An account's alerts: the live ones, those that ended not long ago, and those that a person keeps down. A section of the block, empty for an account that has none, read and written
/// as a whole. Subjects and stages stand in it as texts, so that it outlives a change of the model.
/// </summary>
internal sealed class AlertBook
{
    private const byte Version = 1;

    private readonly List<AlertEntry> entries;

    private AlertBook(List<AlertEntry> entries) => this.entries = entries;

    /// <summary>By type, then by subject in ordinal order.</summary>
    public List<AlertEntry> Entries => entries;

    public static AlertBook Read(ReadOnlySpan<byte> section)
    {
        var read = new List<AlertEntry>();
        if (section.IsEmpty || section[0] == 0) return new AlertBook(read);
        var reading = new ByteReading(section);
        if (reading.Byte() != Version) throw new InvalidDataException("A book of alerts of an unknown version.");
        var count = (int)reading.Number();
        for (var i = 0; i < count; i++) read.Add(ReadEntry(ref reading));
        return new AlertBook(read);
    }

    /// <summary>Empty for an empty book.</summary>
    public byte[] ToBytes()
    {
        if (entries.Count == 0) return [];
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Version);
        writer.Write7BitEncodedInt(entries.Count);
        foreach (var entry in entries) WriteEntry(writer, entry);
        writer.Flush();
        return stream.ToArray();
    }

    public AlertEntry? Find(AlertKey key) => IndexOf(key) is >= 0 and var index ? entries[index] : null;

    /// <summary>In place of one of the same key.</summary>
    public void Put(AlertEntry entry)
    {
        var index = IndexOf(entry.Key);
        if (index >= 0) entries[index] = entry;
        else entries.Insert(~index, entry);
    }

    public void Remove(AlertEntry entry) => entries.Remove(entry);

    private int IndexOf(AlertKey key)
    {
        int low = 0, high = entries.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = (int)entries[middle].Key.Type - (int)key.Type;
            if (order == 0) order = string.CompareOrdinal(entries[middle].Key.Subject, key.Subject);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    [Flags]
    private enum Parts : ushort
    {
        None = 0, Assignee = 1, Acknowledged = 2, Snoozed = 4, UntilWorse = 8, Resolved = 16, ResolvedBy = 32, HeldDown = 64, Anchor = 128, Figures = 256,
    }

    private static void WriteEntry(BinaryWriter writer, AlertEntry entry)
    {
        var parts = (entry.Assignee is null ? Parts.None : Parts.Assignee)
            | (entry.AcknowledgedBy is null ? Parts.None : Parts.Acknowledged)
            | (entry.SnoozedUntil == AccountBlock.NoDay ? Parts.None : Parts.Snoozed)
            | (entry.UntilWorse ? Parts.UntilWorse : Parts.None)
            | (entry.IsLive ? Parts.None : Parts.Resolved)
            | (entry.ResolvedBy is null ? Parts.None : Parts.ResolvedBy)
            | (entry.IsHeldDown ? Parts.HeldDown : Parts.None)
            | (entry.Anchor == AlertAnchor.None ? Parts.None : Parts.Anchor)
            | (entry.Figures.Count == 0 ? Parts.None : Parts.Figures);
        writer.Write((ushort)parts);
        writer.Write((byte)entry.Key.Type);
        writer.Write(entry.Key.Subject);
        writer.Write((byte)((int)entry.State | ((int)entry.Severity << 4)));
        writer.Write((byte)entry.OpenedBy);
        writer.Write7BitEncodedInt(entry.OpenedOn);
        writer.Write7BitEncodedInt64(entry.OpenedAtMs);
        if (entry.Assignee is not null) writer.Write(entry.Assignee);
        if (entry.AcknowledgedBy is not null) writer.Write(entry.AcknowledgedBy);
        if (entry.SnoozedUntil != AccountBlock.NoDay) writer.Write7BitEncodedInt(entry.SnoozedUntil);
        if (!entry.IsLive)
        {
            writer.Write7BitEncodedInt(entry.ResolvedOn);
            writer.Write((byte)entry.Resolution);
        }

        if (entry.ResolvedBy is not null) writer.Write(entry.ResolvedBy);
        if (entry.Anchor != AlertAnchor.None)
        {
            writer.Write(entry.Anchor.Day);
            writer.Write(entry.Anchor.Stage);
            writer.Write((byte)entry.Anchor.Band);
        }

        if (entry.Figures.Count > 0) entry.Figures.Write(writer);
    }

    private static AlertEntry ReadEntry(ref ByteReading reading)
    {
        var parts = (Parts)reading.UInt16();
        var key = new AlertKey((AlertType)reading.Byte(), reading.Text());
        var state = reading.Byte();
        var entry = new AlertEntry
        {
            Key = key,
            State = (AlertState)(state & 15),
            Severity = (AlertSeverity)(state >> 4),
            OpenedBy = (CauseKind)reading.Byte(),
            OpenedOn = (int)reading.Number(),
            OpenedAtMs = (long)reading.Number(),
            Assignee = parts.HasFlag(Parts.Assignee) ? reading.Text() : null,
            AcknowledgedBy = parts.HasFlag(Parts.Acknowledged) ? reading.Text() : null,
            SnoozedUntil = parts.HasFlag(Parts.Snoozed) ? (int)reading.Number() : AccountBlock.NoDay,
            UntilWorse = parts.HasFlag(Parts.UntilWorse),
            IsHeldDown = parts.HasFlag(Parts.HeldDown),
        };
        if (parts.HasFlag(Parts.Resolved))
        {
            entry.ResolvedOn = (int)reading.Number();
            entry.Resolution = (AlertResolution)reading.Byte();
        }

        if (parts.HasFlag(Parts.ResolvedBy)) entry.ResolvedBy = reading.Text();
        if (parts.HasFlag(Parts.Anchor)) entry.Anchor = new AlertAnchor(reading.Int32(), reading.Text(), (Band)reading.Byte());
        if (parts.HasFlag(Parts.Figures)) entry.Figures = AlertFigures.Read(ref reading);
        return entry;
    }
}
