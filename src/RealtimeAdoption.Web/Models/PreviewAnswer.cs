using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Web.Answers;

namespace RealtimeAdoption.Web.Models;

/// <summary>How far a preview or an activation is.</summary>
public sealed record ProgressAnswer(int PartitionsDone, int Partitions, long RecordsDone, long Records)
{
    internal static ProgressAnswer Of(ModelProgress progress) => new(progress.Partitions, progress.PartitionsInAll, progress.Records, progress.RecordsInAll);
}

/// <summary>An activation that is under way.</summary>
/// <param name="Model">Version of the model that comes.</param>
/// <param name="From">Of the one that goes.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="BegunAt">When.</param>
/// <param name="PartitionsDone">Partitions that have swapped.</param>
/// <param name="Partitions">All.</param>
/// <param name="RecordsDone">Read so far.</param>
/// <param name="Records">To read, as far as is known.</param>
/// <param name="Stuck">Null: nothing holds it up. Else partitions whose history cannot be read, the first of them, since when, and why.</param>
public sealed record ActivationAnswer(
    string Model, string From, string By, DateTimeOffset BegunAt, int PartitionsDone, int Partitions, long RecordsDone, long Records, HistoryTrouble? Stuck)
{
    internal static ActivationAnswer? Of(ActivationStatus? status) => status is null
        ? null
        : new(
            status.Model, status.From, status.By, status.BegunAt, status.Progress.Partitions, status.Progress.PartitionsInAll, status.Progress.Records, status.Progress.RecordsInAll, status.Stuck);
}

/// <param name="State"><c>activating</c>, or <c>unchanged</c>: it is the model in force.</param>
/// <param name="Model">Version of the model that was sent.</param>
/// <param name="Activation">Null: there is nothing to do, or it is done already.</param>
public sealed record ActivationStarted(string State, string Model, ActivationAnswer? Activation);

/// <param name="Id">For the questions that follow.</param>
/// <param name="State">How it is with it.</param>
/// <param name="Model">Version of the model that was sent.</param>
public sealed record PreviewStarted(string Id, PreviewState State, string Model);

/// <param name="Id">As it was given.</param>
/// <param name="State">How it is with it.</param>
/// <param name="Model">Version of the previewed model.</param>
/// <param name="Detail">Why it failed or was ended; null otherwise.</param>
/// <param name="Progress">How far it is.</param>
/// <param name="Report">Null until it is done.</param>
public sealed record PreviewAnswer(string Id, PreviewState State, string Model, string? Detail, ProgressAnswer Progress, PreviewReport? Report);

/// <summary>What a model would change, with one page of the accounts that move.</summary>
public sealed record PreviewReport(
    string From,
    string To,
    int Accounts,
    IReadOnlyList<long> Positions,
    MoveCounts Counts,
    PreviewShift Shift,
    IReadOnlyList<PreviewMove> Moves,
    string? NextCursor,
    int MovesOmitted,
    IReadOnlyList<AccountTrouble> Troubles,
    int TroublesOmitted);

/// <summary>Accounts by stage and by band, under both models.</summary>
public sealed record PreviewShift(
    IReadOnlyDictionary<string, int> StagesBefore, IReadOnlyDictionary<string, int> StagesAfter, IReadOnlyDictionary<string, int> BandsBefore, IReadOnlyDictionary<string, int> BandsAfter)
{
    internal static PreviewShift Of(ModelShift shift) => new(
        shift.StagesBefore.ToDictionary(), shift.StagesAfter.ToDictionary(), Named(shift.BandsBefore), Named(shift.BandsAfter));

    private static Dictionary<string, int> Named(IDictionary<Band, int> bands) => bands.OrderBy(pair => pair.Key).ToDictionary(pair => pair.Key.ToString().ToLowerInvariant(), pair => pair.Value);
}

/// <summary>An account that the model moves.</summary>
public sealed record PreviewMove(
    string Account, string Name, string? Owner, string Status, int Partition, AccountStanding Before, AccountStanding After, IReadOnlyList<PreviewChange> Changes, IReadOnlyList<string> Because)
{
    internal static PreviewMove Of(AccountMove move) => new(
        move.Account, move.Name, move.Owner, move.Churned ? "churned" : "active", move.Partition, move.Before, move.After, [.. move.Changes.Select(PreviewChange.Of)], move.Because);
}

/// <summary>A change that the activation would record.</summary>
public sealed record PreviewChange(
    ChangeType Type, DateOnly Day, string? Product, string? From, string? To, string? Field, ScoreMove? Score, AlertOfChange? Alert, OverrideNote? Override, string Sentence)
{
    internal static PreviewChange Of(Change change) => new(
        change.Type, change.Day, change.Product, change.From, change.To, change.Field, change.Score, change.Alert is { } alert ? AlertOfChange.Of(change.Account, alert) : null, change.Override,
        ChangeSentence.Of(change));
}
