using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Silo.Fleet;

namespace RealtimeAdoption.Silo.Tests.Hosts;

/// <summary>For tests that do not look at the fleet: one without an account, that never changes.</summary>
internal sealed class NoFleet(SiloHouse house) : ISiloFleet
{
    private readonly FleetState state = new(0, new FleetCounts(house.ModelOf(house.ModelIfNew.Text)), new long[house.Identity.Partitions], null, DateOnly.MinValue);

    public string? Trouble => null;

    public FleetState Read() => state;

    public Task ChangedAsync(long sinceVersion, CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);
}
