using System.Text;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Drivers;

/// <summary>A message as the doors hand it on: the draft of a record.</summary>
public static class SendDraft
{
    public static void Write(RecordBuffer buffer, Send send, ulong idSeed)
    {
        Begin(buffer, send, idSeed);
        buffer.End();
    }

    /// <summary>All but the end, which is the batch's where there is one.</summary>
    public static void Begin(RecordBuffer buffer, Send send, ulong idSeed)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentNullException.ThrowIfNull(send);
        var flags = send.Import ? RecordFlags.Import : RecordFlags.None;
        var time = 0L;
        if (send.TimestampMs is { } timestamp)
        {
            flags |= RecordFlags.HasTimestamp;
            time = timestamp;
            if (send.SentAtMs is { } sentAt && !send.Import)
            {
                flags |= RecordFlags.TimeIsAge;
                time = sentAt - timestamp;
            }
        }

        buffer.Begin(new RecordDraft
        {
            Kind = send.Kind,
            Flags = flags,
            TimeMs = time,
            Account = Encoding.UTF8.GetBytes(send.Account),
            User = Encoding.UTF8.GetBytes(send.User ?? ""),
            Name = Encoding.UTF8.GetBytes(send.Name),
            Source = Encoding.UTF8.GetBytes(send.Source),
            MessageId = Encoding.UTF8.GetBytes(send.MessageId ?? ""),
            TimestampText = send.TimestampMs is { } text ? Encoding.UTF8.GetBytes(Send.Instant(text)) : default,
            IdSeed = idSeed,
        });
        foreach (var (name, value) in send.Properties)
        {
            byte[] bytes = value.Kind switch
            {
                PropertyKind.Boolean => [value.Text == "true" ? (byte)1 : (byte)0],
                PropertyKind.Null => [],
                _ => Encoding.UTF8.GetBytes(value.Text),
            };
            buffer.Add(value.Kind, Encoding.UTF8.GetBytes(name), bytes);
        }
    }
}
