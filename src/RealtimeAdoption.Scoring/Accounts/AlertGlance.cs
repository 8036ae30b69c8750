using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>What lists of alerts filter, group and order by: read off an account's state without making a view.</summary>
/// <param name="Type">With the subject its key in the account.</param>
/// <param name="Subject">A product's id, a user's id, or empty.</param>
/// <param name="State">Live, or resolved not long ago.</param>
/// <param name="Severity">Of one that is resolved: as it was then.</param>
/// <param name="OpenedOn">The account's day.</param>
/// <param name="OpenedAtMs">Receipt of the record that opened it; for a tick its day's start.</param>
/// <param name="OpenedBy">What kind of record opened it.</param>
/// <param name="Assignee">Null: the account's owner has it.</param>
public readonly record struct AlertGlance(
    AlertType Type, string Subject, AlertState State, AlertSeverity Severity, DateOnly OpenedOn, long OpenedAtMs, CauseKind OpenedBy, string? Assignee);
