using System.Text;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>A send as the draft that a door would write of it.</summary>
public static class SendDraft
{
    /// <summary>Appends the draft to the buffer and returns where it starts.</summary>
    public static int Write(Send send, RecordBuffer buffer, ulong idSeed)
    {
        var offset = buffer.Length;
        var flags = RecordFlags.None;
        if (send.TimestampMs is not null) flags |= RecordFlags.HasTimestamp;
        if (send.Import) flags |= RecordFlags.Import;
        var isAge = send is { TimestampMs: not null, SentAtMs: not null, Import: false };
        if (isAge) flags |= RecordFlags.TimeIsAge;
        buffer.Begin(new RecordDraft
        {
            Kind = send.Kind,
            Flags = flags,
            TimeMs = isAge ? send.SentAtMs!.Value - send.TimestampMs!.Value : send.TimestampMs ?? 0,
            Account = Utf8(send.Account),
            User = Utf8(send.User),
            Name = Utf8(send.Name),
            Source = Utf8(send.Source),
            MessageId = Utf8(send.MessageId),
            TimestampText = send.TimestampMs is { } timestamp ? Utf8(Send.Instant(timestamp)) : [],
            IdSeed = idSeed,
        });
        foreach (var (name, value) in send.Properties) buffer.Add(value.Kind, Utf8(name), Bytes(value));
        buffer.End();
        return offset;
    }

    private static byte[] Utf8(string? text) => text is null ? [] : Encoding.UTF8.GetBytes(text);

    private static byte[] Bytes(PlainValue value) => value.Kind switch
    {
        PropertyKind.Boolean => [value.Text == "true" ? (byte)1 : (byte)0],
        PropertyKind.Null => [],
        _ => Utf8(value.Text),
    };
}
