using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Overrides;

/// <summary>
/// A person pins an account's band or stage until a day, or takes the pin away, as a journal record of kind <see cref="RecordKind.Override"/> says it.
/// </summary>
public sealed record PinRequest
{
    public required OverrideKind Kind { get; init; }

    /// <summary><c>red</c>, <c>yellow</c>, <c>green</c>, or a stage's id of the model. Null: the pin is taken away.</summary>
    public required string? Value { get; init; }

    /// <summary>Who. Not empty.</summary>
    public required string By { get; init; }

    /// <summary>Why, in their words; may be empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The first day on which the pin no longer holds, after the account's day. Null only where a pin is taken away.</summary>
    public DateOnly? Until { get; init; }

    /// <summary>
    /// Begins the record and writes all of it but its end, which is the caller's: <see cref="RecordBuffer.End"/>, or that of the batch that the buffer belongs to.
    /// </summary>
    /// <param name="records">No record may be under way in it.</param>
    /// <param name="of">Account, source, message id, seed of ids. Kind and name are set here; leave time and user alone.</param>
    public void Write(RecordBuffer records, in RecordDraft of)
    {
        ArgumentNullException.ThrowIfNull(records);
        records.Begin(of with { Kind = RecordKind.Override, Name = NameOf(Kind) });
        if (Value is null) records.Add(PropertyKind.Null, "value"u8, []);
        else records.Add(PropertyKind.Text, "value"u8, Encoding.UTF8.GetBytes(Value));
        records.Add(PropertyKind.Text, "by"u8, Encoding.UTF8.GetBytes(By));
        records.Add(PropertyKind.Text, "reason"u8, Encoding.UTF8.GetBytes(Reason));
        if (Until is { } until) PersonText.AddDay(records, "until"u8, until);
    }

    /// <summary>Null: the record says no such thing (neither band nor stage, nobody pins, no day or one that is none).</summary>
    internal static PinRequest? Read(in Record record)
    {
        var kind = record.Name.SequenceEqual(NameOf(OverrideKind.Band)) ? OverrideKind.Band : OverrideKind.Stage;
        if (!record.Name.SequenceEqual(NameOf(kind)) || !record.TryProperty("value"u8, out var value)) return null;
        if (value.Kind is not (PropertyKind.Null or PropertyKind.Text) || PersonText.Of(record, "by"u8) is not { Length: > 0 } by) return null;
        if (!PersonText.TryDay(record, "until"u8, out var until)) return null;
        var pinned = value.Kind == PropertyKind.Text ? Encoding.UTF8.GetString(value.Value) : null;
        if (pinned is not null && until is null) return null;
        return new PinRequest { Kind = kind, Value = pinned, By = by, Reason = PersonText.Of(record, "reason"u8) ?? "", Until = until };
    }

    private static ReadOnlySpan<byte> NameOf(OverrideKind kind) => kind == OverrideKind.Band ? "band"u8 : "stage"u8;
}
