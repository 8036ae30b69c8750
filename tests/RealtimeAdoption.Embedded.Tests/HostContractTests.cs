using RealtimeAdoption.TestKit.Contracts;
using RealtimeAdoption.TestKit.Hosts;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>What every host does, on the embedded one over SQLite.</summary>
public sealed class HostContractTests : HostContract
{
    protected override IHostRig NewRig() => Rig.OnDisk();
}

public sealed class AccountStoryTests : AccountStoryContract
{
    protected override IHostRig NewRig() => Rig.InMemory();
}

public sealed class PeopleAndAlertsTests : PeopleAndAlertsContract
{
    protected override IHostRig NewRig() => Rig.InMemory();
}
