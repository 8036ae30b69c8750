using Orleans.Concurrency;
using RealtimeAdoption.Engine.Cluster;

namespace RealtimeAdoption.Silo.Accounts;

/// <summary>An account's actor; the key is the account's id. Its partition alone calls it.</summary>
[Alias("RealtimeAdoption.Account")]
public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>Between silos call and answer travel in their binary forms; within one as they are. Up to 2026-11-21 there was a 'Take', of bytes.</summary>
    [Alias("TakeCall")]
    Task<Immutable<AccountReply>> Take(Immutable<AccountCall> call);
}
