using Orleans.Runtime;

namespace RealtimeAdoption.Silo.Accounts;

/// <summary>From an account's id to its grain: what Orleans would look up by the interface's name with each call is looked up once. Thread-safe.</summary>
public sealed class AccountAddresses
{
    private sealed record Kind(GrainType Grain, GrainInterfaceType Interface);

    private Kind? kind;

    public IAccountGrain Of(IGrainFactory grains, string account)
    {
        ArgumentNullException.ThrowIfNull(grains);
        if (kind is { } known) return (IAccountGrain)grains.GetGrain(GrainId.Create(known.Grain, account), known.Interface);
        var first = grains.GetGrain<IAccountGrain>(account);
        kind = new Kind(first.GetGrainId().Type, ((GrainReference)first).InterfaceType);
        return first;
    }
}
