using Orleans.Concurrency;

namespace RealtimeAdoption.Silo.Accounts;

/// <summary>An account's actor; the key is the account's id. Its partition alone calls it.</summary>
[Alias("RealtimeAdoption.Account")]
public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>An <see cref="Engine.Cluster.AccountCall"/> in its binary form, and the <see cref="Engine.Cluster.AccountReply"/> likewise.</summary>
    [Alias("Take")]
    Task<Immutable<byte[]>> Take(Immutable<byte[]> call);
}
