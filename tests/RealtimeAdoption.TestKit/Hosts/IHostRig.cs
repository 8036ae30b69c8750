using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.TestKit.Hosts;

/// <summary>A host over a store that outlives it, on a clock in the test's hand: what the contracts of hosts are run with.</summary>
public interface IHostRig : IAsyncDisposable
{
    /// <summary>Whoever is to be asked next: of a cluster each time another silo.</summary>
    IScoringHost Host { get; }

    HandClock Clock { get; }

    Task StartAsync();

    Task StopAsync();

    /// <summary>Completes when the clock's day is opened, and every account has had its turn in it.</summary>
    Task SettleAsync();

    /// <summary>Of the messages, for any silo.</summary>
    IntakeBatch Batch(IEnumerable<Send> sends);
}
