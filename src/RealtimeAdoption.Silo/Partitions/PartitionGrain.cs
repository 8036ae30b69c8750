using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Silo.Accounts;
using RealtimeAdoption.Silo.Streams;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>
/// A <see cref="PartitionOwner"/> with an address and a stream. Calls interleave: each gives the partition what it has in one turn, and waits in others. It begins where it is called first, which is the silo of its queue's agent, and
/// stays there.
/// </summary>
/// <param name="house">Of the silo.</param>
[Reentrant]
[KeepAlive]
[PreferLocalPlacement]
[ImplicitStreamSubscription(PartitionStreams.Name)]
public sealed class PartitionGrain(SiloHouse house) : Grain, IPartitionGrain, IAsyncObserver<JournalBatch>
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private PartitionOwner? owner;

    private PartitionOwner Owner => owner ?? throw new InvalidOperationException("The partition is not started.");

    private int Index => (int)this.GetPrimaryKeyLong();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        owner = NewOwner();
        try
        {
            await owner.StartAsync();
            var stream = this.GetStreamProvider(PartitionStreams.Name).GetStream<JournalBatch>(PartitionStreams.StreamOf(Index));
            // It is there by itself; where to begin is said here.
            foreach (var subscription in await stream.GetAllSubscriptionHandles()) await subscription.ResumeAsync(this, new EventSequenceTokenV2(owner.Taken));
        }
        catch
        {
            await owner.DisposeAsync();
            throw;
        }

        var pulse = TimeSpan.FromMilliseconds(house.Owner.PulseMs);
        this.RegisterGrainTimer(_ => PulseAsync(), new GrainTimerCreationOptions(pulse, pulse) { Interleave = true });
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (owner is null) return;
        await owner.StopAsync(StopPatience);
        await owner.DisposeAsync();
    }

    public Task OnNextAsync(JournalBatch item, StreamSequenceToken? token = null)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item.Count == 0 ? Task.CompletedTask : Owner.TakeAsync(item.Segment);
    }

    /// <summary>What the stream could not bring is read from the journal.</summary>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public async Task<AccountReading?> Account(string account)
    {
        await Owner.CatchUpAsync();
        if (!Owner.Machine.Knows(account)) return null;
        await Owner.FlushAsync(account);
        return new AccountReading(Index, Owner.Machine.Day, Scoring.Records.StableHash.Of(Owner.Machine.ModelText), Owner.Machine.State(account).ToArray());
    }

    public async Task<PartitionPlace> CatchUp()
    {
        await Owner.CatchUpAsync();
        return new PartitionPlace(Owner.Epoch, Owner.Machine.Applied, Owner.Machine.Day, Owner.Machine.Accounts, Owner.Remote, Owner.Machine.Sequence);
    }

    public Task<string> ModelText() => Task.FromResult(Owner.Machine.ModelText);

    public Task HandOver()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    // Disposed at the deactivation.
    private PartitionOwner NewOwner() => new(house, Index, CallAsync, _ => DeactivateOnIdle());

    private async Task PulseAsync()
    {
        Owner.Pulse(house.NowMs());
        // A day begins in silence too.
        if (house.Journal.KnownEnd(Index) > 0 && Scoring.Records.Days.Of(house.NowMs()) > Owner.Machine.Day) await house.Door.OpenDayAsync(Index);
    }

    private async Task<AccountReply> CallAsync(AccountCall call) => AccountReply.Of((await GrainFactory.GetGrain<IAccountGrain>(call.Account).Take(call.ToBytes().AsImmutable())).Value);
}
