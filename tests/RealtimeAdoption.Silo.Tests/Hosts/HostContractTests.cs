using RealtimeAdoption.TestKit.Contracts;
using RealtimeAdoption.TestKit.Hosts;

namespace RealtimeAdoption.Silo.Tests.Hosts;

/// <summary>What every host does, by three silos that are asked in turns.</summary>
public sealed class HostContractTests : HostContract
{
    protected override IHostRig NewRig() => new ClusterRig(silos: 3);
}

public sealed class AccountStoryTests : AccountStoryContract
{
    protected override IHostRig NewRig() => new ClusterRig(silos: 2);
}

public sealed class PeopleAndAlertsTests : PeopleAndAlertsContract
{
    protected override IHostRig NewRig() => new ClusterRig(silos: 2);
}
