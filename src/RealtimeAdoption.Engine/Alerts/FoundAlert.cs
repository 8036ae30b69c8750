using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Alerts;

/// <summary>An alert that a partition has found, before anybody makes a view of it.</summary>
/// <param name="Account">Its row.</param>
/// <param name="State">A copy of the account's state, of the row's model.</param>
/// <param name="Day">The partition's.</param>
/// <param name="Type">Of the alert.</param>
/// <param name="Subject">Of the alert.</param>
public sealed record FoundAlert(AccountSummary Account, AccountState State, int Day, AlertType Type, string Subject)
{
    /// <summary>Once: the state is brought to the day.</summary>
    public FleetAlert View(CompiledModel model)
    {
        var state = State;
        return new FleetAlert(Account, AccountActor.Alerts(model, ref state, Day)!.First(alert => alert.Type == Type && alert.Subject == Subject));
    }
}
