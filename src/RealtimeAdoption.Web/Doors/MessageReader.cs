using System.Buffers.Text;
using System.Text.Json;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Doors;

/// <summary>
/// Reads one Segment message from a <see cref="Utf8JsonReader"/> that stands on its opening brace, into ranges. What is wrong with the message is noted in it and
/// reading goes on to its end, so that in a batch it costs only itself. Broken JSON throws <see cref="JsonException"/>: nothing behind it can be read.
/// Of a repeated field the last value stands. Unknown fields are skipped, but every number anywhere must be finite.
/// </summary>
internal readonly ref struct MessageReader(ReadOnlySpan<byte> text, MessageTable table, int depthMax)
{
    public const int IdBytesMax = 255;
    public const int NameBytesMax = 1024;

    private readonly ReadOnlySpan<byte> text = text;

    private enum Field : byte
    {
        Unknown = 0,
        Type,
        MessageId,
        UserId,
        GroupId,
        Event,
        Name,
        Category,
        PreviousId,
        Timestamp,
        OriginalTimestamp,
        SentAt,
        Context,
        Properties,
        Traits,
    }

    public void Read(ref Utf8JsonReader reader, ref Message message)
    {
        var outside = reader.CurrentDepth;
        while (true)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndObject) return;
            var field = FieldOf(ref reader);
            reader.Read();
            switch (field)
            {
                case Field.Properties:
                    ReadProperties(ref reader, ref message, ref message.Properties, "properties", outside);
                    break;
                case Field.Traits:
                    ReadProperties(ref reader, ref message, ref message.Traits, "traits", outside);
                    break;
                case Field.Context:
                    ReadContext(ref reader, ref message, outside);
                    break;
                case Field.Unknown:
                    Skip(ref reader, ref message, outside);
                    break;
                case Field.Type:
                    ReadType(ref reader, ref message, outside);
                    break;
                default:
                    ReadScalar(ref reader, ref message, field, outside);
                    break;
            }
        }
    }

    private void ReadScalar(ref Utf8JsonReader reader, ref Message message, Field field, int outside)
    {
        switch (field)
        {
            case Field.MessageId: ReadId(ref reader, ref message, ref message.MessageId, "messageId", outside); break;
            case Field.UserId: ReadId(ref reader, ref message, ref message.UserId, "userId", outside); break;
            case Field.GroupId: ReadId(ref reader, ref message, ref message.GroupId, "groupId", outside); break;
            case Field.PreviousId: ReadId(ref reader, ref message, ref message.PreviousId, "previousId", outside); break;
            case Field.Event: ReadName(ref reader, ref message, ref message.Event, "event", outside); break;
            case Field.Name: ReadName(ref reader, ref message, ref message.PageName, "name", outside); break;
            case Field.Category: ReadName(ref reader, ref message, ref message.Category, "category", outside); break;
            case Field.Timestamp: ReadInstant(ref reader, ref message, ref message.Timestamp, "timestamp", outside); break;
            case Field.OriginalTimestamp: ReadInstant(ref reader, ref message, ref message.OriginalTimestamp, "originalTimestamp", outside); break;
            default:
                // An unreadable sentAt corrects nothing and costs nothing.
                message.SentAt = reader.TokenType == JsonTokenType.String ? ReadText(ref reader, ref message) : default;
                if (reader.TokenType != JsonTokenType.String) Skip(ref reader, ref message, outside);
                break;
        }
    }

    private void ReadType(ref Utf8JsonReader reader, ref Message message, int outside)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            message.Type = reader.TokenType == JsonTokenType.Null ? MessageType.None : MessageType.Unknown;
            Skip(ref reader, ref message, outside);
            return;
        }

        message.Type = TypeOf(ReadText(ref reader, ref message).In(text, table.Scratch));
    }

    private static MessageType TypeOf(ReadOnlySpan<byte> type) => type.Length switch
    {
        5 when type.SequenceEqual("track"u8) => MessageType.Track,
        8 when type.SequenceEqual("identify"u8) => MessageType.Identify,
        5 when type.SequenceEqual("group"u8) => MessageType.Group,
        4 when type.SequenceEqual("page"u8) => MessageType.Page,
        6 when type.SequenceEqual("screen"u8) => MessageType.Screen,
        5 when type.SequenceEqual("alias"u8) => MessageType.Alias,
        _ => MessageType.Unknown,
    };

    private void ReadContext(ref Utf8JsonReader reader, ref Message message, int outside)
    {
        message.ContextGroupId = default;
        if (!Enter(ref reader, ref message, "context", outside)) return;
        while (true)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndObject) return;
            var isGroup = FieldOf(ref reader) == Field.GroupId;
            reader.Read();
            if (isGroup) ReadId(ref reader, ref message, ref message.ContextGroupId, "context.groupId", outside);
            else Skip(ref reader, ref message, outside);
        }
    }

    private void ReadProperties(ref Utf8JsonReader reader, ref Message message, ref PropertyRun run, string field, int outside)
    {
        run = table.BeginRun();
        var isEvents = field[0] == 'p';
        if (isEvents) message.PropertiesAccountId = default;
        if (!Enter(ref reader, ref message, field, outside)) return;
        while (true)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndObject) return;
            var name = ReadText(ref reader, ref message);
            var isAccount = isEvents && name.Length == 10 && name.In(text, table.Scratch).SequenceEqual("account_id"u8);
            reader.Read();
            var property = ReadValue(ref reader, ref message, name, outside);
            table.Set(ref run, property, text);
            if (isAccount) TakeAccountId(ref message, property);
        }
    }

    private static void TakeAccountId(ref Message message, in PropertyRange property)
    {
        message.PropertiesAccountId = property.Kind is PropertyKind.Text or PropertyKind.Number ? property.Value : default;
        if (property.Value.Length > IdBytesMax) Refuse(ref message, RefusalCode.TooLarge, $"properties.account_id has {property.Value.Length} bytes; an id has at most {IdBytesMax}.");
        if (property.Kind is PropertyKind.Boolean or PropertyKind.Json) Refuse(ref message, RefusalCode.InvalidJson, "properties.account_id must be a string or a number.");
    }

    private PropertyRange ReadValue(ref Utf8JsonReader reader, ref Message message, TextRange name, int outside)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return new PropertyRange(PropertyKind.Text, name, ReadText(ref reader, ref message));
            case JsonTokenType.Number:
                return new PropertyRange(PropertyKind.Number, name, ReadNumber(ref reader, ref message));
            case JsonTokenType.True:
                return new PropertyRange(PropertyKind.Boolean, name, TextRange.OfText(0, 1));
            case JsonTokenType.False:
                return new PropertyRange(PropertyKind.Boolean, name, default);
            case JsonTokenType.Null:
                return new PropertyRange(PropertyKind.Null, name, default);
            default:
                var start = (int)reader.TokenStartIndex;
                Skip(ref reader, ref message, outside);
                return new PropertyRange(PropertyKind.Json, name, TextRange.OfText(start, (int)reader.BytesConsumed - start));
        }
    }

    private void ReadId(ref Utf8JsonReader reader, ref Message message, ref TextRange target, string field, int outside)
    {
        target = default;
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                var escaped = reader.ValueIsEscaped;
                target = ReadText(ref reader, ref message);

                // JSON has NUL only as an escape. In an id it is a mistake that no log or database shows.
                if (escaped && target.In(text, table.Scratch).Contains((byte)0)) Refuse(ref message, RefusalCode.InvalidJson, $"{field} holds a NUL character.");
                break;
            case JsonTokenType.Number:
                target = ReadNumber(ref reader, ref message);
                break;
            case JsonTokenType.Null:
                return;
            default:
                Refuse(ref message, RefusalCode.InvalidJson, $"{field} must be a string or a number.");
                Skip(ref reader, ref message, outside);
                return;
        }

        if (target.Length > IdBytesMax) Refuse(ref message, RefusalCode.TooLarge, $"{field} has {target.Length} bytes; an id has at most {IdBytesMax}.");
    }

    private void ReadName(ref Utf8JsonReader reader, ref Message message, ref TextRange target, string field, int outside)
    {
        target = default;
        if (reader.TokenType == JsonTokenType.String)
        {
            target = ReadText(ref reader, ref message);
            if (target.Length > NameBytesMax) Refuse(ref message, RefusalCode.TooLarge, $"{field} has {target.Length} bytes; a name has at most {NameBytesMax}.");
            return;
        }

        // Only an event must have its name; what else is wrong with a page's name is no reason to lose the page.
        Skip(ref reader, ref message, outside);
    }

    private void ReadInstant(ref Utf8JsonReader reader, ref Message message, ref TextRange target, string field, int outside)
    {
        target = default;
        if (reader.TokenType == JsonTokenType.String)
        {
            target = ReadText(ref reader, ref message);
            if (target.IsAbsent) Refuse(ref message, RefusalCode.TimestampInvalid, $"{field} is empty; {InstantText.Expected}.");
            return;
        }

        if (reader.TokenType != JsonTokenType.Null) Refuse(ref message, RefusalCode.TimestampInvalid, $"{field} must be a string; {InstantText.Expected}.");
        Skip(ref reader, ref message, outside);
    }

    // A string's or name's content.
    private TextRange ReadText(ref Utf8JsonReader reader, ref Message message)
    {
        if (!reader.ValueIsEscaped) return TextRange.OfText((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        try
        {
            // A property name is copied like a string: unescaping never makes it longer.
            return table.Take(reader.CopyString(table.Room(reader.ValueSpan.Length)));
        }
        catch (InvalidOperationException)
        {
            Refuse(ref message, RefusalCode.InvalidJson, $"The string at byte {reader.TokenStartIndex} is no valid Unicode: half a surrogate pair, or broken UTF-8.");
            return default;
        }
    }

    private static TextRange ReadNumber(ref Utf8JsonReader reader, ref Message message)
    {
        CheckFinite(ref reader, ref message);
        return TextRange.OfText((int)reader.TokenStartIndex, reader.ValueSpan.Length);
    }

    private static void CheckFinite(ref Utf8JsonReader reader, ref Message message)
    {
        var number = reader.ValueSpan;

        // Short and without exponent: finite without a look at its value.
        if (number.Length < 300 && number.IndexOfAny((byte)'e', (byte)'E') < 0) return;
        if (!Utf8Parser.TryParse(number, out double value, out var consumed) || consumed != number.Length || !double.IsFinite(value))
            Refuse(ref message, RefusalCode.ValueNotFinite, $"The number at byte {reader.TokenStartIndex} is not finite as a double.");
    }

    // On an object's brace: true. On null: false. Otherwise refused, skipped, false.
    private bool Enter(ref Utf8JsonReader reader, ref Message message, string field, int outside)
    {
        if (reader.TokenType == JsonTokenType.StartObject) return true;
        if (reader.TokenType == JsonTokenType.Null) return false;
        Refuse(ref message, RefusalCode.InvalidJson, $"{field} must be an object.");
        Skip(ref reader, ref message, outside);
        return false;
    }

    /// <summary>Passes over the value that the reader stands on, to its last token.</summary>
    private void Skip(ref Utf8JsonReader reader, ref Message message, int outside)
    {
        if (reader.TokenType == JsonTokenType.Number) CheckFinite(ref reader, ref message);
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return;
        var depth = reader.CurrentDepth;
        do
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                if (reader.CurrentDepth - outside >= depthMax) Refuse(ref message, RefusalCode.InvalidJson, $"The message is nested deeper than {depthMax}.");
            }
            else if (reader.TokenType == JsonTokenType.Number)
            {
                CheckFinite(ref reader, ref message);
            }

            reader.Read();
        }
        while (reader.CurrentDepth > depth);
    }

    private static void Refuse(ref Message message, string code, string detail)
    {
        if (message.RefusalCode is not null) return;
        message.RefusalCode = code;
        message.RefusalDetail = detail;
    }

    private static Field FieldOf(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return FieldOf(reader.ValueSpan);
        if (reader.ValueSpan.Length > 256) return Field.Unknown;
        Span<byte> name = stackalloc byte[256];
        try
        {
            return FieldOf(name[..reader.CopyString(name)]);
        }
        catch (InvalidOperationException)
        {
            return Field.Unknown;
        }
    }

    private static Field FieldOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("type"u8) => Field.Type,
        4 when name.SequenceEqual("name"u8) => Field.Name,
        5 when name.SequenceEqual("event"u8) => Field.Event,
        6 when name.SequenceEqual("userId"u8) => Field.UserId,
        6 when name.SequenceEqual("traits"u8) => Field.Traits,
        6 when name.SequenceEqual("sentAt"u8) => Field.SentAt,
        7 when name.SequenceEqual("context"u8) => Field.Context,
        7 when name.SequenceEqual("groupId"u8) => Field.GroupId,
        8 when name.SequenceEqual("category"u8) => Field.Category,
        9 when name.SequenceEqual("messageId"u8) => Field.MessageId,
        9 when name.SequenceEqual("timestamp"u8) => Field.Timestamp,
        10 when name.SequenceEqual("properties"u8) => Field.Properties,
        10 when name.SequenceEqual("previousId"u8) => Field.PreviousId,
        17 when name.SequenceEqual("originalTimestamp"u8) => Field.OriginalTimestamp,
        _ => Field.Unknown,
    };
}
