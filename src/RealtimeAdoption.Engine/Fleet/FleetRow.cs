using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>
/// A row of a list: the account's summary, and its score as of when it was asked for. Scores move with every event, so they are read from the account's state, and not kept
/// in its summary.
/// </summary>
public sealed record FleetRow(AccountSummary Account, RowScore Score);

/// <summary>In tenths of a point; null: there is none.</summary>
/// <param name="Tenths">0..1000.</param>
/// <param name="Change7d">Against the close of seven days ago.</param>
/// <param name="Change1d">Against yesterday's close.</param>
public readonly record struct RowScore(int? Tenths, int? Change7d, int? Change1d);
