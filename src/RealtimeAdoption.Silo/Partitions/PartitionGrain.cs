using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Silo.Accounts;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Silo.Silos;
using RealtimeAdoption.Silo.Streams;
using RealtimeAdoption.Silo.Users;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>
/// A <see cref="PartitionOwner"/> with an address and a stream. Calls interleave: each gives the partition what it has in one turn, and waits in others. It begins in the silo of its queue's agent,
/// and stays there until it is handed over (<see cref="PartitionMoves"/>).
/// </summary>
/// <param name="house">Of the silo.</param>
/// <param name="membership">Of the silo.</param>
/// <param name="options">How long a stop may take.</param>
[Reentrant]
[KeepAlive]
[PartitionPlacement]
[ImplicitStreamSubscription(PartitionStreams.Name)]
public sealed class PartitionGrain(SiloHouse house, IClusterMembershipService membership, IOptions<SiloOptions> options) : Grain, IPartitionGrain, IAsyncObserver<JournalBatch>, IRemindable
{
    private const string Reminder = "awake";

    // The shortest that Orleans allows.
    private static readonly TimeSpan AwakeEvery = TimeSpan.FromMinutes(1);

    // To find damage may take as long as to read the whole journal of the partition.
    private static readonly TimeSpan DamagedFor = TimeSpan.FromSeconds(30);

    private PartitionOwner? owner;
    private JournalDamagedException? damage;
    private PartitionWorks? works;

    private PartitionOwner Owner => owner ?? throw (damage is null ? new InvalidOperationException("The partition is not started.") : new JournalDamagedException(damage.Message));

    private PartitionWorks Works => works ??= new PartitionWorks(house, Index, Owner, TaskScheduler.Current);

    private int Index => (int)this.GetPrimaryKeyLong();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        owner = NewOwner();
        try
        {
            // So that a silo which serves already is among those that are told.
            await membership.Refresh(default, cancellationToken);
            await owner.StartAsync();
            await HearAsync(owner.Taken);
        }
        catch (Exception error)
        {
            await owner.DisposeAsync();
            if (!DamagedPartitions.IsLasting(error)) throw;
            await BeDamagedAsync(error);
            return;
        }

        house.Damaged.Begun(Index);
        var pulse = TimeSpan.FromMilliseconds(house.Owner.PulseMs);
        // From then on it is begun again wherever its silo went, also where nobody sends or asks.
        await this.RegisterOrUpdateReminder(Reminder, AwakeEvery, AwakeEvery, cancellationToken);
        this.RegisterGrainTimer(_ => PulseAsync(), new GrainTimerCreationOptions(pulse, pulse) { Interleave = true });
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (owner is null) return;
        works?.EndAll();
        await owner.StopAsync(options.Value.CheckpointPatience);
        await owner.DisposeAsync();
    }

    public Task OnNextAsync(JournalBatch item, StreamSequenceToken? token = null)
    {
        ArgumentNullException.ThrowIfNull(item);
        // The next owner says where it wants to begin.
        return item.Count == 0 || damage is not null ? Task.CompletedTask : Owner.TakeAsync(item.Segment);
    }

    /// <summary>What the stream could not bring is read from the journal.</summary>
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public Task<AccountReading?> Account(string account) => Owner.AskAsync(
        cluster => cluster.Flush(account), machine => machine.Reading(account) is { } state ? new AccountReading(Index, machine.Day, machine.ModelHash, state) : null);

    public Task<PartitionPlace> CatchUp() => Owner.AskAsync(AtHand, PlaceOf);

    public async Task<PartitionPlace> OpenDay()
    {
        var place = await CatchUp();
        if (place.Day >= Scoring.Records.Days.Of(house.NowMs())) return place;
        await house.Door.OpenDayAsync(Index);
        return await CatchUp();
    }

    public Task<PartitionPage> Accounts(byte[] query)
    {
        var asked = PageForm.Read<AccountQuery>(query);
        return PageAsync(AllAtHand, machine => PageForm.Write(machine.Rows(asked)));
    }

    public Task<PartitionPage> Alerts(byte[] query)
    {
        var asked = PageForm.Read<AlertQuery>(query);
        return PageAsync(AllAtHand, machine => PageForm.WriteAlerts(machine.FindAlerts(asked)));
    }

    public Task<PartitionPage> AlertStorms(byte[] query)
    {
        var asked = PageForm.Read<AlertQuery>(query);
        return PageAsync(AllAtHand, machine => machine.Model is null ? [] : PageForm.WriteStorms(machine.AlertStorms(asked)));
    }

    public Task<PartitionPage> ScoreMovers() => PageAsync(AllAtHand, machine => PageForm.WriteMovers(machine.Movers()));

    public Task<PartitionPage?> History(string account, long before, int limit) =>
        Owner.AskAsync(AtHand, machine => machine.Knows(account) ? PageOf(machine, PageForm.WriteChanges(machine.UnpersistedHistory(account, before, limit))) : null);

    public Task<PartitionPage> Feed(long after, int limit) => PageAsync(AtHand, machine => PageForm.WriteChanges(machine.UnpersistedFeed(after, limit)));

    public Task<PartitionPage> Quarantine() => PageAsync(AtHand, machine => PageForm.Write(machine.Quarantined));

    public Task<bool> Release(long position) => Owner.AskAsync(AtHand, machine => machine.Release(position, house.NowMs()));

    public async Task<DirectoryPage> Users(string silo, int from, int count)
    {
        await CatchUp();
        return Owner.UsersFor(silo, from, count);
    }

    public Task UsersTold(long through) => Owner.UsersToldAsync(through);

    public Task<string> ModelText() => Task.FromResult(Owner.Machine.ModelText);

    public Task<PartitionModel> Model() => Task.FromResult(Owner.Model);

    public Task<PartitionModel> BringForward(string text, int generation, string by) => Task.FromResult(Owner.BringForward(new ModelWish(text, generation, by)));

    public Task<PartitionPlace> Place() => Task.FromResult(PlaceOf(Owner.Machine));

    /// <summary>It is awake by having been called.</summary>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    public Task<PartitionWork> Preview(Guid run, string text, int movesMax) => Task.FromResult(Works.Preview(run, text, movesMax));

    public Task<PartitionWork> Verify(Guid run) => Task.FromResult(Works.Verify(run));

    public Task EndWork(Guid run)
    {
        Works.End(run);
        return Task.CompletedTask;
    }

    // It goes on while most of it is stored: whoever asks it while it moves waits for the rest alone.
    public async Task HandOver()
    {
        await Owner.CheckpointAsync(options.Value.HandOverPatience);
        MigrateOnIdle();
    }

    private static bool AtHand(ClusterPartition cluster) => true;

    private static bool AllAtHand(ClusterPartition cluster) => cluster.FlushAll();

    private async Task HearAsync(long after)
    {
        var stream = this.GetStreamProvider(PartitionStreams.Name).GetStream<JournalBatch>(PartitionStreams.StreamOf(Index));
        // It is there by itself; where to begin is said here.
        foreach (var subscription in await stream.GetAllSubscriptionHandles()) await subscription.ResumeAsync(this, new EventSequenceTokenV2(after));
    }

    // It stands in for an owner, so that whoever asks is told at once why there is none, and the store is not read for each of them.
    private async Task BeDamagedAsync(Exception error)
    {
        owner = null;
        damage = house.Damaged.Found(Index, error, DamagedFor);
        await HearAsync(house.Journal.KnownEnd(Index));
        this.RegisterGrainTimer(
            _ =>
            {
                DeactivateOnIdle();
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(DamagedFor, Timeout.InfiniteTimeSpan));
    }

    // Disposed at the deactivation.
    private PartitionOwner NewOwner() => new(house, Index, CallAsync, new AllSilos(GrainFactory, membership, house.Logger, house.Dead), _ => DeactivateOnIdle());

    private PartitionPlace PlaceOf(Partition machine) =>
        new(Owner.Epoch, machine.Applied, machine.Day, machine.Accounts, Owner.Remote, machine.Sequence, machine.IsFullOfIds ? house.Ids.Refusal : house.Unpersisted.Refusal);

    private Task<PartitionPage> PageAsync(Func<ClusterPartition, bool> isAtHand, Func<Partition, byte[]> ask) => Owner.AskAsync(isAtHand, machine => PageOf(machine, ask(machine)));

    private PartitionPage PageOf(Partition machine, byte[] form) => new(Index, machine.ModelHash, form);

    private async Task PulseAsync()
    {
        Owner.Pulse(Environment.TickCount64);
        house.Dead.Look(membership.CurrentSnapshot, Environment.TickCount64);
        // A day begins in silence too.
        if (house.Journal.KnownEnd(Index) > 0 && Scoring.Records.Days.Of(house.NowMs()) > Owner.Machine.Day) await house.Door.OpenDayAsync(Index);
    }

    private Task<Immutable<AccountReply>> CallAsync(AccountCall call) => house.Accounts.Of(GrainFactory, call.Account).Take(call.AsImmutable());
}
