// Each test runs servers of its own on two cores: one at a time tells more than all at once. Only those that mostly wait for servers to start again, and judge no time, run beside the others.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]

namespace RealtimeAdoption.Server.Tests;

/// <summary>Collections of tests that run beside the others.</summary>
internal static class Collections
{
    public const string Restarts = "Restarts";
}
