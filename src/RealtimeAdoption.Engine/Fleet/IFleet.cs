using RealtimeAdoption.Engine.Alerts;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>All accounts together, as far as the board is made of them: their counts and news, and the lists that those do not tell. Thread-safe.</summary>
public interface IFleet
{
    ValueTask<AccountPage> AccountsAsync(AccountQuery query, CancellationToken cancellationToken);

    /// <summary>Alerts of all accounts.</summary>
    ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken);

    /// <summary>The scores that moved most, over all accounts; asked partition by partition, so that it holds up none for long.</summary>
    ValueTask<ScoreMovers> ScoreMoversAsync(CancellationToken cancellationToken);

    /// <summary>The fleet now: merged from the partitions' shares.</summary>
    FleetState ReadFleet();

    /// <summary>Completes when the fleet has changed since the given version.</summary>
    Task FleetChangedAsync(long sinceVersion, CancellationToken cancellationToken);
}
