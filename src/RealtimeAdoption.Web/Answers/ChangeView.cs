using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;

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
    string Sentence)
{
    internal static ChangeView Of(int partition, StoredChange stored)
    {
        var change = stored.Change;
        return new ChangeView(
            $"{partition}-{stored.Sequence}", partition, stored.Sequence, change.Account, change.Position, change.Ordinal, change.Type, change.Day, change.At,
            change.Product, change.From, change.To, change.Field, change.Cause, CauseSentence.Of(change));
    }
}

/// <param name="Account">Whose history it is.</param>
/// <param name="Changes">Newest first.</param>
/// <param name="NextCursor">Null: the last page.</param>
public sealed record HistoryList(string Account, IReadOnlyList<ChangeView> Changes, string? NextCursor);

/// <param name="Changes">In order for each account.</param>
/// <param name="Cursor">For the next call's <c>after</c>; always there.</param>
public sealed record FeedPage(IReadOnlyList<ChangeView> Changes, string Cursor);
