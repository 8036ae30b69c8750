using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Silo.Fleet;
using RealtimeAdoption.Silo.Silos;
using RealtimeAdoption.Storage.Postgres;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>
/// Does what a <see cref="ClusterPartition"/> asks for: calls accounts, appends, stores, reads history, and reports back. All of it in the turns of one grain; while something is awaited other turns go on. Once it finds that
/// the partition has another owner, or that something is broken, it is over: it says so once, and everything that is asked of it later fails.
/// </summary>
/// <param name="house">Of the silo.</param>
/// <param name="index">Of the partition.</param>
/// <param name="callAccount">Asks an account's grain.</param>
/// <param name="silos">To be told of users.</param>
/// <param name="over">Called once, in a turn.</param>
internal sealed partial class PartitionOwner(SiloHouse house, int index, Func<AccountCall, Task<Immutable<AccountReply>>> callAccount, AllSilos silos, Action<Exception> over) : IAsyncDisposable
{
    private const int CallsAtOnce = 128;

    private readonly DoorWriter own = new(index, house.ModelIfNew);
    private readonly HashSet<Task> works = [];
    private List<AccountCall> calls = [];
    private readonly OwnerFleet fleet = new(house, index);
    private ClusterPartition? cluster;
    private TaskCompletionSource? moved;
    private Task readingOn = Task.CompletedTask;
    private Exception? failure;
    private bool isPublishLater;
    private bool isRebuildPermitted;
    private long historicSeen;
    private long historicSeenMs;
    private long takenAtPulse = -1;

    public long Epoch { get; private set; }

    public Partition Machine => Cluster.Machine;

    public long Taken => Cluster.Taken;

    public int Remote => Cluster.Remote;

    private ClusterPartition Cluster => cluster ?? throw new InvalidOperationException($"Partition {index} is not started.");

    /// <summary>Takes the partition over and brings it to the journal's end.</summary>
    public async Task StartAsync()
    {
        Epoch = await house.Snapshots.AcquireAsync(index, CancellationToken.None);
        var heads = await house.Journal.HeadsAsync(CancellationToken.None);
        var machine = await new PartitionRecovery(house, Load, Tell).RunAsync(index, heads[index]);
        cluster = new ClusterPartition(machine, house.Cluster, house.Allowance.Take);
        Input(() => cluster.Open(Epoch));
        if (failure is not null) throw failure;
    }

    /// <summary>What the stream has brought. Completes when there is room for more.</summary>
    public async Task TakeAsync(Segment segment)
    {
        await RoomAsync();
        var follows = true;
        Input(() => follows = Cluster.Consume(segment));
        if (!follows) await ReadOnAsync();
        ThrowIfOver();
    }

    /// <summary>Some times a second.</summary>
    /// <param name="nowMs">Of the process: what waits for quiet does not wait for the clock that scores.</param>
    public void Pulse(long nowMs)
    {
        if (failure is not null) return;
        // What the stream should have brought since the last time and has not.
        if (takenAtPulse == Taken && house.Journal.KnownEnd(index) > Taken && Cluster.Waiting.Bytes <= house.Owner.WaitingBytesMax) _ = Run(TryReadOnAsync);
        takenAtPulse = Taken;
        Input(() =>
        {
            if (IsRebuildDue(nowMs) && house.Rebuilds.Wait(0))
            {
                isRebuildPermitted = Machine.BeginRebuild();
                if (!isRebuildPermitted) house.Rebuilds.Release();
            }

            if (IsCheckpointDue(nowMs)) isCheckpointWanted = true;
            house.Ids.Look(Machine);
            house.Unpersisted.Look(index, Machine.UnpersistedBytes);
        });
    }

    /// <summary>Gives everything back, once the store reads none of it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        failure ??= new InvalidOperationException($"Partition {index} is given up.");
        house.Shares.Remove(index, Epoch);
        house.Ids.Forget(index);
        house.Unpersisted.Forget(index);
        Refuse();
        Signal();
        ReturnRebuild();
        GiveTurnUp();
        await Task.WhenAll([.. works]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cluster?.Dispose();
        own.Dispose();
        // A store that has failed since then has said so.
        house.Unpersisted.Forget(index);
        turn.Return();
    }

    private Task MovedAsync() => (moved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void Signal()
    {
        moved?.SetResult();
        moved = null;
    }

    private void ThrowIfOver()
    {
        if (failure is not null) throw Over(failure);
    }

    private InvalidOperationException Over(Exception reason) => new($"Partition {index} is not this grain's any more. {reason.Message}", reason);

    // Everything that the partition is told goes through here, and what it then wants is begun.
    private void Input(Action input)
    {
        if (failure is not null) return;
        try
        {
            input();
            // Before anything is answered: what was learned of users must be known to be untold.
            Drain();
            Answer();
            GoOnWithModel();
            if (isCheckpointWanted) BeginCheckpoint();
            Drain();
            GoOn();
        }
        catch (Exception error)
        {
            End(error);
        }

        Signal();
        Publish();
    }

    private void Drain()
    {
        while (Cluster.TryTake(out var output)) Do(output);
        if (calls.Count == 0) return;
        var group = calls;
        calls = [];
        _ = Run(() => CallAsync(group));
    }

    // Its share of the fleet.
    private void Publish()
    {
        if (failure is not null) return;
        var waitMs = fleet.Publish(Machine, Epoch);
        if (waitMs < 0 || isPublishLater) return;
        isPublishLater = true;
        _ = Run(async () =>
        {
            await Task.Delay(waitMs);
            isPublishLater = false;
            Publish();
        });
    }

    private void End(Exception error)
    {
        if (failure is not null) return;
        failure = error;
        house.Shares.Remove(index, Epoch);
        GiveTurnUp();
        if (error is FencedException) house.Logger.LogWarning("Partition {Partition} has another owner: {Reason}", index, error.Message);
        else house.Logger.LogError(error, "Partition {Partition} is begun again from its last checkpoint.", index);
        over(error);
        Refuse();
    }

    private void Do(Output output)
    {
        switch (output)
        {
            case CallAccount { Call: var call }:
                calls.Add(call);
                break;
            case AppendOwn append:
                _ = Run(() => AppendAsync(append));
                break;
            case Persist { Checkpoint: var checkpoint }:
                _ = Run(() => PersistAsync(checkpoint));
                break;
            case ReadHistory { Pass: var pass }:
                _ = Run(() => ReadAsync(pass));
                break;
            default:
                Tell(output);
                break;
        }
    }

    private void Tell(Output output)
    {
        switch (output)
        {
            case NewsFound { Change: var change }:
                fleet.Found(change);
                break;
            case DirectoryLearned learned:
                users.Learn(learned.User, learned.Account);
                break;
            case AccountFailed { Fault: var fault }:
                house.Logger.LogError(fault.Error, "Account {Account} of partition {Partition} is stopped by the record at {Position}: {Reason}", fault.Account, index, fault.Position, fault.Reason);
                break;
            case RecordQuarantined { Record: var record }:
                house.Logger.LogError("The record at {Position} of partition {Partition} breaks account {Account} and is left out.", record.Position, index, record.Account);
                break;
        }
    }

    // In a turn of its own, so that no input is given within another one.
    private async Task Run(Func<Task> work)
    {
        var running = RunAsync();
        works.Add(running);
        await running;
        works.Remove(running);

        async Task RunAsync()
        {
            await Task.Yield();
            try
            {
                await work();
            }
            catch (Exception error)
            {
                End(error);
                Signal();
            }
        }
    }

    // Told of all at once: the partition goes on when the last of them is answered. Some at a time: what is in flight when the collector comes outlives it, and costs more than the calls.
    private async Task CallAsync(List<AccountCall> group)
    {
        var answers = new List<Task<Immutable<AccountReply>>>(group.Count);
        using var deadline = new CancellationTokenSource(house.Owner.AnswerMsMax);
        foreach (var some in group.Chunk(CallsAtOnce))
        {
            // Those that are late wait for silos that are lost, as the rest would.
            if (deadline.IsCancellationRequested || failure is not null) break;
            house.Calls.Count(some.Length, some.Sum(call => call.Positions.Count));
            var begun = Array.ConvertAll(some, Begun);
            answers.AddRange(begun);
            var all = ((Task)Task.WhenAll(begun)).WaitAsync(deadline.Token);
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        Input(() =>
        {
            for (var i = 0; i < group.Count; i++)
            {
                if (i < answers.Count && answers[i].IsCompletedSuccessfully) Cluster.Answered(answers[i].Result.Value);
                else NotAnswered(group[i], i < answers.Count ? answers[i].Exception?.InnerException?.Message : null);
            }
        });
    }

    private Task<Immutable<AccountReply>> Begun(AccountCall call)
    {
        try
        {
            return callAccount(call);
        }
        catch (Exception error)
        {
            return Task.FromException<Immutable<AccountReply>>(error);
        }
    }

    private void NotAnswered(AccountCall call, string? reason)
    {
        house.Logger.LogDebug("Account {Account} has not answered: {Reason}", call.Account, reason ?? "not in time");
        Cluster.CallFailed(call.Number);
    }

    // A failure ends it: whether the records are there is not known.
    private async Task AppendAsync(AppendOwn append)
    {
        await house.Journal.AppendAsync(
            [index],
            ends =>
            {
                own.Begin(new DoorHead(ends[0].Position, ends[0].ReceivedAtMs), house.NowMs());
                own.AppendOwn(append.Records.Span);
                return [own.Segment];
            },
            new AppendFence(index, Epoch),
            CancellationToken.None);
        Input(Machine.OwnAppended);
    }

    private async Task ReadAsync(HistoryPass pass)
    {
        try
        {
            await Task.Run(async () =>
            {
                await house.Journal.ReadHistoryAsync(pass, CancellationToken.None);
                pass.Compute();
            });
        }
        catch (JournalException error)
        {
            house.Logger.LogWarning("The history of partition {Partition} cannot be read, and is tried again: {Reason}", index, error.Message);
            Input(() => NotRead(pass, error));
            return;
        }
        finally
        {
            if (pass is RebuildPass) ReturnRebuild();
        }

        Input(() => Read(pass));
    }

    private void ReturnRebuild()
    {
        if (isRebuildPermitted) house.Rebuilds.Release();
        isRebuildPermitted = false;
    }

    // What passes is tried again at the next pulse.
    private async Task TryReadOnAsync()
    {
        try
        {
            await ReadOnAsync();
        }
        catch (JournalException error) when (error is not JournalDamagedException)
        {
            house.Logger.LogWarning("The journal of partition {Partition} cannot be read on, and is tried again: {Reason}", index, error.Message);
        }
    }

    /// <summary>Reads the journal behind what is taken, as far as it is known to reach.</summary>
    private Task ReadOnAsync()
    {
        if (readingOn.IsCompleted) readingOn = ReadOnOnceAsync();
        return readingOn;
    }

    private async Task ReadOnOnceAsync()
    {
        await foreach (var segment in house.Journal.ReadOnAsync(index, Taken, CancellationToken.None))
        {
            ThrowIfOver();
            // It waits in no buffer while there is no room, and the stream may be ahead meanwhile.
            var copy = segment with { Records = segment.Records.ToArray() };
            await RoomAsync();
            var follows = false;
            Input(() => follows = Cluster.Consume(copy));
            if (!follows) return;
        }
    }

    private async Task RoomAsync()
    {
        while (failure is null && Cluster.Waiting.Bytes > house.Owner.WaitingBytesMax) await MovedAsync();
    }

    private bool IsRebuildDue(long nowMs)
    {
        if (Machine.PendingRebuilds == 0 || Machine.IsRebuilding) return false;
        if (Machine.Historic != historicSeen) (historicSeen, historicSeenMs) = (Machine.Historic, nowMs);
        return nowMs - historicSeenMs >= house.Owner.RebuildQuietMs;
    }
}
