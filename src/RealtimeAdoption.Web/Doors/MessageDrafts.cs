using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Doors;

/// <summary>Writes a message's record, or records: a group message sets the account's traits, and with a user also the directory.</summary>
internal readonly ref struct MessageDrafts(ReadOnlySpan<byte> text, MessageTable table, ReadOnlySpan<byte> source, ulong idSeed)
{
    private static readonly byte[] TrueByte = [1];
    private static readonly byte[] FalseByte = [0];

    private readonly ReadOnlySpan<byte> text = text;
    private readonly ReadOnlySpan<byte> source = source;

    /// <summary>The drafts' indices in the batch; the second is -1 where there is none.</summary>
    public (int First, int Second) Write(IntakeBatch batch, in Message message, ReadOnlySpan<byte> account, in MessageTime time, RecordFlags flags)
    {
        var user = message.UserId.In(text, table.Scratch);
        switch (message.Type)
        {
            case MessageType.Group:
                var first = WriteTraits(batch, message, account, user, time, flags);
                if (user.IsEmpty) return (first, -1);
                var offset = Begin(batch, RecordKind.Directory, message, account, user, default, time, flags);
                return (first, batch.End(offset));
            case MessageType.Identify:
                offset = Begin(batch, RecordKind.Identify, message, account, user, default, time, flags);
                foreach (ref readonly var trait in table.Run(message.Traits)) Add(batch, trait);
                return (batch.End(offset), -1);
            case MessageType.Alias:
                offset = Begin(batch, RecordKind.Alias, message, account, user, default, time, flags);
                if (!message.PreviousId.IsAbsent) batch.Records.Add(PropertyKind.Text, "previous_id"u8, message.PreviousId.In(text, table.Scratch));
                return (batch.End(offset), -1);
            default:
                return (WriteUsage(batch, message, account, user, time, flags), -1);
        }
    }

    private int WriteUsage(IntakeBatch batch, in Message message, ReadOnlySpan<byte> account, ReadOnlySpan<byte> user, in MessageTime time, RecordFlags flags)
    {
        var name = message.Type switch
        {
            MessageType.Page => "Page"u8,
            MessageType.Screen => "Screen"u8,
            _ => message.Event.In(text, table.Scratch),
        };
        var offset = Begin(batch, RecordKind.Usage, message, account, user, name, time, flags);
        foreach (ref readonly var property in table.Run(message.Properties)) Add(batch, property);
        if (message.Type != MessageType.Track)
        {
            AddIfMissing(batch, message, "name"u8, message.PageName);
            AddIfMissing(batch, message, "category"u8, message.Category);
        }

        return batch.End(offset);
    }

    // Scalars only. A contract comes through the profile's door, which checks it.
    private int WriteTraits(IntakeBatch batch, in Message message, ReadOnlySpan<byte> account, ReadOnlySpan<byte> user, in MessageTime time, RecordFlags flags)
    {
        var offset = Begin(batch, RecordKind.Traits, message, account, user, default, time, flags);
        foreach (ref readonly var trait in table.Run(message.Traits))
        {
            if (trait.Kind == PropertyKind.Json || trait.Name.In(text, table.Scratch).SequenceEqual("contract"u8)) continue;
            Add(batch, trait);
        }

        return batch.End(offset);
    }

    private int Begin(
        IntakeBatch batch, RecordKind kind, in Message message, ReadOnlySpan<byte> account, ReadOnlySpan<byte> user, ReadOnlySpan<byte> name, in MessageTime time, RecordFlags flags)
    {
        var offset = batch.Records.Length;
        batch.Records.Begin(new RecordDraft
        {
            Kind = kind,
            Flags = time.Flags | flags,
            TimeMs = time.Ms,
            Account = account,
            User = user,
            Name = name,
            Source = source,
            MessageId = message.MessageId.In(text, table.Scratch),
            TimestampText = time.Text.In(text, table.Scratch),
            IdSeed = idSeed,
        });
        return offset;
    }

    private void AddIfMissing(IntakeBatch batch, in Message message, ReadOnlySpan<byte> name, TextRange value)
    {
        if (value.IsAbsent) return;
        foreach (ref readonly var property in table.Run(message.Properties))
        {
            if (property.Name.In(text, table.Scratch).SequenceEqual(name)) return;
        }

        batch.Records.Add(PropertyKind.Text, name, value.In(text, table.Scratch));
    }

    private void Add(IntakeBatch batch, in PropertyRange property)
    {
        var value = property.Kind == PropertyKind.Boolean ? (property.Value.Length == 1 ? TrueByte : FalseByte) : property.Value.In(text, table.Scratch);
        batch.Records.Add(property.Kind, property.Name.In(text, table.Scratch), value);
    }
}
