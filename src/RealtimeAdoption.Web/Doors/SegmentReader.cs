using System.Text.Json;
using System.Text.Unicode;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Doors;

/// <summary>Reads the bodies of Segment's doors and of the bulk door into a <see cref="Delivery"/>, in one pass.</summary>
internal static class SegmentReader
{
    // Deeper nesting than a message may have is read over, so that it costs only its message; this deep, the rest is given up.
    private const int ReaderDepthMax = 1000;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = ReaderDepthMax, CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false };

    /// <summary>A body that is one message.</summary>
    public static void ReadMessage(ReadOnlySpan<byte> body, MessageType type, Delivery delivery, DoorOptions options)
    {
        body = WithoutMark(body, out var skipped);
        var table = MessageTable.Rent();
        try
        {
            ReadAlone(body, skipped, type, delivery, options, table);
        }
        finally
        {
            table.Return();
        }
    }

    /// <summary>One message a line; <c>\n</c> or <c>\r\n</c> ends it, empty lines are passed over. False: more lines than the limit, nothing to be kept.</summary>
    public static bool ReadLines(ReadOnlySpan<byte> body, Delivery delivery, DoorOptions options)
    {
        var rest = WithoutMark(body, out var start);
        var table = MessageTable.Rent();
        try
        {
            while (!rest.IsEmpty)
            {
                var end = rest.IndexOf((byte)'\n');
                var line = end < 0 ? rest : rest[..end];
                if (line.ContainsAnyExcept(" \t\r"u8))
                {
                    if (delivery.Count == options.NdjsonLinesMax) return false;
                    table.Clear();
                    ReadAlone(line, start, MessageType.None, delivery, options, table);
                }

                start += line.Length + 1;
                rest = end < 0 ? default : rest[(end + 1)..];
            }

            return true;
        }
        finally
        {
            table.Return();
        }
    }

    /// <summary>
    /// An object with <c>batch</c>. Broken JSON ends the reading: what was complete before it stands, the rest is one refusal.
    /// </summary>
    public static void ReadBatch(ReadOnlySpan<byte> body, Delivery delivery, DoorOptions options)
    {
        body = WithoutMark(body, out var skipped);
        var table = MessageTable.Rent();
        var start = 0;
        long sentAtMs = 0;
        bool hasSentAt = false, hasBatch = false;
        try
        {
            var reader = new Utf8JsonReader(body, isFinalBlock: true, new JsonReaderState(Options));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                delivery.RefuseUnreadable(skipped, body.Length, RefusalCode.InvalidJson, "The body must be an object with an array batch.");
                return;
            }

            var isUtf8 = Utf8.IsValid(body);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isBatch = IsNamed(ref reader, "batch"u8);
                var isSentAt = IsNamed(ref reader, "sentAt"u8);
                reader.Read();
                start = (int)reader.TokenStartIndex;
                if (isBatch && reader.TokenType == JsonTokenType.StartArray)
                {
                    hasBatch = true;
                    ReadElements(ref reader, body, skipped, isUtf8, delivery, options, table, ref start);
                }
                else if (isSentAt && reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
                {
                    hasSentAt = InstantText.TryParse(reader.ValueSpan, out sentAtMs);
                }
                else
                {
                    reader.Skip();
                }
            }

            // Nothing may follow.
            reader.Read();
            if (!hasBatch) delivery.RefuseUnreadable(skipped, body.Length, RefusalCode.InvalidJson, "The body must be an object with an array batch.");
        }
        catch (JsonException e)
        {
            delivery.RefuseUnreadable(skipped + start, body.Length - start, RefusalCode.InvalidJson, $"From here on the body cannot be read: {Reason(e)}");
        }
        finally
        {
            table.Return();
        }

        if (hasSentAt) delivery.CorrectClock(sentAtMs);
    }

    /// <summary>The body's own <c>writeKey</c>, for senders that give no header. Empty: none, or unreadable before it came.</summary>
    public static ReadOnlySpan<byte> WriteKeyOf(ReadOnlySpan<byte> body)
    {
        body = WithoutMark(body, out _);
        try
        {
            var reader = new Utf8JsonReader(body, isFinalBlock: true, new JsonReaderState(Options));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isKey = IsNamed(ref reader, "writeKey"u8);
                reader.Read();
                if (isKey && reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped) return reader.ValueSpan;
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Unknown who sent it: answered as no key at all.
        }

        return default;
    }

    private static void ReadElements(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> body, int skipped, bool isUtf8, Delivery delivery, DoorOptions options, MessageTable table, ref int start)
    {
        var messages = new MessageReader(body, table, options.DepthMax);
        while (true)
        {
            start = (int)reader.BytesConsumed;
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndArray) return;
            start = (int)reader.TokenStartIndex;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                delivery.RefuseUnreadable(skipped + start, (int)reader.BytesConsumed - start, RefusalCode.InvalidJson, "A message must be an object.");
                continue;
            }

            table.Clear();
            Message message = default;
            messages.Read(ref reader, ref message);
            var length = (int)reader.BytesConsumed - start;
            if (!isUtf8 && !Utf8.IsValid(body.Slice(start, length)))
            {
                delivery.RefuseUnreadable(skipped + start, length, RefusalCode.InvalidJson, "The message is not valid UTF-8.");
                continue;
            }

            if (length > options.EventBytesMax) RefuseSize(ref message, length, options);
            delivery.Add(message, body, table, skipped + start, length);
        }
    }

    private static void ReadAlone(ReadOnlySpan<byte> text, int place, MessageType type, Delivery delivery, DoorOptions options, MessageTable table)
    {
        Message message = default;
        if (text.Length > options.EventBytesMax)
        {
            RefuseSize(ref message, text.Length, options);
            delivery.Add(message, text, table, place, text.Length);
            return;
        }

        try
        {
            var reader = new Utf8JsonReader(text, isFinalBlock: true, new JsonReaderState(Options));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                delivery.RefuseUnreadable(place, text.Length, RefusalCode.InvalidJson, "A message must be an object.");
                return;
            }

            new MessageReader(text, table, options.DepthMax).Read(ref reader, ref message);
            reader.Read();
        }
        catch (JsonException e)
        {
            delivery.RefuseUnreadable(place, text.Length, RefusalCode.InvalidJson, Reason(e));
            return;
        }

        if (!Utf8.IsValid(text))
        {
            delivery.RefuseUnreadable(place, text.Length, RefusalCode.InvalidJson, "The message is not valid UTF-8.");
            return;
        }

        if (type != MessageType.None) message.Type = type;
        delivery.Add(message, text, table, place, text.Length);
    }

    private static void RefuseSize(ref Message message, int length, DoorOptions options)
    {
        message.RefusalCode = RefusalCode.TooLarge;
        message.RefusalDetail = $"The message has {length} bytes; a message has at most {options.EventBytesMax}.";
    }

    private static bool IsNamed(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => !reader.ValueIsEscaped && reader.ValueSpan.SequenceEqual(name);

    // The first sentence: what follows is the reader's own advice to programmers.
    private static string Reason(JsonException e) => e.Message.Length <= 300 ? e.Message : e.Message[..300];

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> body, out int skipped)
    {
        skipped = body.StartsWith("\uFEFF"u8) ? 3 : 0;
        return body[skipped..];
    }
}
