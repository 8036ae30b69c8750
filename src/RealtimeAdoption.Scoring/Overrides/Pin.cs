using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Scoring.Overrides;

/// <summary>A pin that holds.</summary>
/// <param name="Kind">What is pinned.</param>
/// <param name="Value">A band's name or a stage's id: it outlives a change of the model, or ends with it.</param>
/// <param name="By">Who set it.</param>
/// <param name="Reason">Why, in their words.</param>
/// <param name="Since">Day of its setting.</param>
/// <param name="Until">The first day on which it no longer holds.</param>
internal sealed record Pin(OverrideKind Kind, string Value, string By, string Reason, int Since, int Until)
{
    private const byte Version = 1;

    /// <summary>Those of an account, at most one of a kind.</summary>
    public static List<Pin> Read(ReadOnlySpan<byte> section)
    {
        var pins = new List<Pin>();
        if (section.IsEmpty || section[0] == 0) return pins;
        var reading = new ByteReading(section);
        if (reading.Byte() != Version) throw new InvalidDataException("Pins of an unknown version.");
        for (var left = reading.Byte(); left > 0; left--)
            pins.Add(new Pin((OverrideKind)reading.Byte(), reading.Text(), reading.Text(), reading.Text(), reading.Int32(), reading.Int32()));
        return pins;
    }

    /// <summary>Empty for none.</summary>
    public static byte[] ToBytes(List<Pin> pins)
    {
        if (pins.Count == 0) return [];
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Version);
        writer.Write((byte)pins.Count);
        foreach (var pin in pins)
        {
            writer.Write((byte)pin.Kind);
            writer.Write(pin.Value);
            writer.Write(pin.By);
            writer.Write(pin.Reason);
            writer.Write(pin.Since);
            writer.Write(pin.Until);
        }

        writer.Flush();
        return stream.ToArray();
    }
}
