using System.Text;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Alerts;

/// <summary>The name of a record of kind <see cref="RecordKind.AlertAction"/>, in small letters.</summary>
public enum AlertVerb { Acknowledge = 1, Snooze, Assign, Resolve }

/// <summary>
/// What a person does to an alert, as a journal record says it. Whether it fits the alert's state is decided when the record is applied; one that does not has no effect.
/// </summary>
public sealed record AlertAction
{
    public required AlertVerb Verb { get; init; }

    public required AlertKey Key { get; init; }

    /// <summary>Who acts. Not empty.</summary>
    public required string By { get; init; }

    /// <summary>Of a snooze: the day on which the alert is open again, after the account's day. Null: none.</summary>
    public DateOnly? Until { get; init; }

    /// <summary>Of a snooze: the alert is open again when it grows more severe. A snooze has a day, or this, or both.</summary>
    public bool UntilWorse { get; init; }

    /// <summary>Of an assignment: the alert's owner. Null: the account's owner again.</summary>
    public string? Assignee { get; init; }

    /// <summary>
    /// Begins the record and writes all of it but its end, which is the caller's: <see cref="RecordBuffer.End"/>, or that of the batch that the buffer belongs to.
    /// </summary>
    /// <param name="records">No record may be under way in it.</param>
    /// <param name="of">Account, source, message id, seed of ids. Kind and name are set here; leave time and user alone.</param>
    public void Write(RecordBuffer records, in RecordDraft of)
    {
        ArgumentNullException.ThrowIfNull(records);
        records.Begin(of with { Kind = RecordKind.AlertAction, Name = NameOf(Verb) });
        records.Add(PropertyKind.Text, "type"u8, Encoding.UTF8.GetBytes(AlertKey.NameOf(Key.Type)));
        records.Add(PropertyKind.Text, "subject"u8, Encoding.UTF8.GetBytes(Key.Subject));
        records.Add(PropertyKind.Text, "by"u8, Encoding.UTF8.GetBytes(By));
        if (Until is { } until) PersonText.AddDay(records, "until"u8, until);
        if (UntilWorse) records.Add(PropertyKind.Boolean, "until_worse"u8, [1]);
        if (Assignee is { } assignee) records.Add(PropertyKind.Text, "assignee"u8, Encoding.UTF8.GetBytes(assignee));
    }

    /// <summary>Null: the record says no such thing (an unknown name or type, nobody acts, a day that is none).</summary>
    internal static AlertAction? Read(in Record record)
    {
        var verb = VerbOf(record.Name);
        if (verb is null || !AlertKey.TryType(PersonText.Of(record, "type"u8), out var type) || PersonText.Of(record, "by"u8) is not { Length: > 0 } by) return null;
        if (!PersonText.TryDay(record, "until"u8, out var until)) return null;
        var assignee = PersonText.Of(record, "assignee"u8);
        return new AlertAction
        {
            Verb = verb.Value,
            Key = new AlertKey(type, PersonText.Of(record, "subject"u8) ?? ""),
            By = by,
            Until = until,
            UntilWorse = record.TryProperty("until_worse"u8, out var worse) && worse.IsTrue,
            Assignee = assignee is { Length: > 0 } ? assignee : null,
        };
    }

    private static ReadOnlySpan<byte> NameOf(AlertVerb verb) => verb switch
    {
        AlertVerb.Acknowledge => "acknowledge"u8,
        AlertVerb.Snooze => "snooze"u8,
        AlertVerb.Assign => "assign"u8,
        _ => "resolve"u8,
    };

    private static AlertVerb? VerbOf(ReadOnlySpan<byte> name)
    {
        for (var verb = AlertVerb.Acknowledge; verb <= AlertVerb.Resolve; verb++)
        {
            if (name.SequenceEqual(NameOf(verb))) return verb;
        }

        return null;
    }
}
