using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Web.Answers;

/// <summary>A change with its place in the feed. <see cref="Id"/> is unique and stable; so is (partition, position, account, ordinal).</summary>
public sealed record ChangeView(
    string Id,
    int Partition,
    long Sequence,
    string Account,
    long Position,
    int Ordinal,
    ChangeType Type,
    DateOnly Day,
    DateTimeOffset At,
    string? Product,
    string? From,
    string? To,
    string? Field,
    Cause Cause,
    ScoreMove? Score,
    AlertOfChange? Alert,
    OverrideNote? Override,
    string Sentence)
{
    internal static ChangeView Of(int partition, StoredChange stored)
    {
        var change = stored.Change;
        return new ChangeView(
            $"{partition}-{stored.Sequence}", partition, stored.Sequence, change.Account, change.Position, change.Ordinal, change.Type, change.Day, change.At,
            change.Product, change.From, change.To, change.Field, change.Cause,
            change.Score, change.Alert is { } alert ? AlertOfChange.Of(change.Account, alert) : null, change.Override, ChangeSentence.Of(change));
    }
}

/// <summary>What a change says of an alert, as of then; what a person did stands only where one did.</summary>
public sealed record AlertOfChange(
    string Id, AlertType Type, string Subject, AlertSeverity Severity, string Reason, string? By, DateOnly? Until, bool? UntilWorse, string? Assignee, AlertResolution? Resolution)
{
    internal static AlertOfChange Of(string account, AlertNote note) => new(
        new AlertKey(note.Type, note.Subject).Id(account), note.Type, note.Subject, note.Severity, note.Reason, note.By, note.Until, note.UntilWorse ? true : null, note.Assignee, note.Resolution);
}

/// <param name="Account">Whose history it is.</param>
/// <param name="Changes">Newest first.</param>
/// <param name="NextCursor">Null: the last page.</param>
public sealed record HistoryList(string Account, IReadOnlyList<ChangeView> Changes, string? NextCursor);

/// <param name="Changes">In order for each account.</param>
/// <param name="Cursor">For the next call's <c>after</c>; always there.</param>
public sealed record FeedPage(IReadOnlyList<ChangeView> Changes, string Cursor);
