using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>A property's value as plain text: the string, the number's JSON text, <c>true</c>/<c>false</c>, <c>null</c>, or nested JSON.</summary>
public readonly record struct PlainValue(PropertyKind Kind, string Text)
{
    public static PlainValue OfText(string text) => new(PropertyKind.Text, text);

    public static PlainValue OfNumber(string text) => new(PropertyKind.Number, text);

    public static PlainValue OfBoolean(bool value) => new(PropertyKind.Boolean, value ? "true" : "false");

    public static PlainValue OfJson(string text) => new(PropertyKind.Json, text);

    public static PlainValue Null => new(PropertyKind.Null, "null");

    public override string ToString() => Kind == PropertyKind.Text ? $"\"{Text}\"" : Text;
}

/// <summary>One message as its sender sent it, with the instant at which it reached us. A retry is another send of the same content.</summary>
public sealed record Send
{
    public RecordKind Kind { get; init; } = RecordKind.Usage;
    public string Source { get; init; } = "sdk";
    public string? MessageId { get; init; }
    public required string Account { get; init; }
    public string? User { get; init; }
    public string Name { get; init; } = "";

    /// <summary>As sent, unix ms; null: none given.</summary>
    public long? TimestampMs { get; init; }

    /// <summary>By the sender's clock, unix ms; null: none given.</summary>
    public long? SentAtMs { get; init; }

    /// <summary>Through an import door.</summary>
    public bool Import { get; init; }

    /// <summary>By our clock, unix ms.</summary>
    public required long ReceivedAtMs { get; init; }
    public IReadOnlyList<(string Name, PlainValue Value)> Properties { get; init; } = [];

    public PlainValue? Property(string name)
    {
        foreach (var (candidate, value) in Properties)
            if (candidate == name) return value;
        return null;
    }

    public override string ToString()
    {
        var time = TimestampMs is { } t ? $" dated {Instant(t)}" : "";
        var sent = SentAtMs is { } s ? $" sent {Instant(s)}" : "";
        var properties = string.Join(", ", Properties.Select(p => $"{p.Name}: {p.Value}"));
        return $"{Instant(ReceivedAtMs)} {(Import ? "import " : "")}{Kind} '{Name}' {Account}/{User ?? "-"} id {MessageId ?? "-"}{time}{sent} {{ {properties} }}";
    }

    public static string Instant(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
}
