using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Storage.Postgres;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>
/// Does what a <see cref="ClusterPartition"/> asks for: calls accounts, appends, stores, reads history, and reports back. All of it in the turns of one grain; while something is awaited other turns go on. Once it finds that
/// the partition has another owner, or that something is broken, it is over: it says so once, and everything that is asked of it later fails.
/// </summary>
/// <param name="house">Of the silo.</param>
/// <param name="index">Of the partition.</param>
/// <param name="callAccount">Asks an account's grain.</param>
/// <param name="over">Called once, in a turn.</param>
internal sealed class PartitionOwner(SiloHouse house, int index, Func<AccountCall, Task<AccountReply>> callAccount, Action<Exception> over) : IAsyncDisposable
{
    private const int TickStepsAtOnce = 2_048;

    private readonly DoorWriter own = new(index, house.ModelIfNew);
    private readonly HashSet<Task> works = [];
    private ClusterPartition? cluster;
    private TaskCompletionSource moved = NewSignal();
    private Task readingOn = Task.CompletedTask;
    private Exception? failure;
    private bool isCheckpointWanted;
    private long unpersistedSinceMs = -1;
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
        var machine = await new PartitionRecovery(house, Tell).RunAsync(index, heads[index]);
        cluster = new ClusterPartition(machine, house.Cluster);
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

    /// <summary>Completes when everything that is in the journal now is applied.</summary>
    public async Task CatchUpAsync()
    {
        var head = (await house.Journal.HeadsAsync(CancellationToken.None))[index];
        while (Taken < head)
        {
            ThrowIfOver();
            await ReadOnAsync();
        }

        await UntilAsync(() => Machine.Applied >= head && !Machine.IsTicking);
    }

    /// <summary>Completes when the account's state is here as of what is applied.</summary>
    public Task FlushAsync(string account) => UntilAsync(() => Cluster.Flush(account));

    /// <summary>Some times a second.</summary>
    public void Pulse(long nowMs)
    {
        if (failure is not null) return;
        // What the stream should have brought since the last time and has not.
        if (takenAtPulse == Taken && house.Journal.KnownEnd(index) > Taken) _ = Run(ReadOnAsync);
        takenAtPulse = Taken;
        Input(() =>
        {
            Machine.ContinueTick(TickStepsAtOnce);
            if (IsRebuildDue(nowMs)) Machine.BeginRebuild();
            if (IsCheckpointDue(nowMs)) isCheckpointWanted = true;
        });
    }

    /// <summary>Stores what it can in the time.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        try
        {
            if (failure is null && cluster is not null)
            {
                await UntilAsync(() =>
                {
                    isCheckpointWanted = Machine.Unpersisted > 0;
                    return !isCheckpointWanted && !Machine.IsCheckpointing;
                }).WaitAsync(patience);
            }
        }
        catch (Exception error)
        {
            house.Logger.LogWarning("Partition {Partition} is given up without its last checkpoint, and replayed from the one before: {Reason}", index, error.Message);
        }
    }

    /// <summary>Gives everything back, once the store reads none of it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        failure ??= new InvalidOperationException($"Partition {index} is given up.");
        Signal();
        await Task.WhenAll([.. works]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cluster?.Dispose();
        own.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        var before = moved;
        moved = NewSignal();
        before.SetResult();
    }

    private void ThrowIfOver()
    {
        if (failure is not null) throw new InvalidOperationException($"Partition {index} is not this grain's any more. {failure.Message}", failure);
    }

    // Everything that the partition is told goes through here, and what it then wants is begun.
    private void Input(Action input)
    {
        if (failure is not null) return;
        try
        {
            input();
            if (isCheckpointWanted && Cluster.BeginCheckpoint()) (isCheckpointWanted, unpersistedSinceMs) = (false, -1);
            while (Cluster.TryTake(out var output)) Do(output);
        }
        catch (Exception error)
        {
            End(error);
        }

        Signal();
    }

    private void End(Exception error)
    {
        if (failure is not null) return;
        failure = error;
        if (error is FencedException) house.Logger.LogWarning("Partition {Partition} has another owner: {Reason}", index, error.Message);
        else house.Logger.LogError(error, "Partition {Partition} is begun again from its last checkpoint.", index);
        over(error);
    }

    private void Do(Output output)
    {
        switch (output)
        {
            case CallAccount { Call: var call }:
                _ = Run(() => CallAsync(call));
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

    private async Task CallAsync(AccountCall call)
    {
        AccountReply reply;
        try
        {
            reply = await callAccount(call).WaitAsync(TimeSpan.FromMilliseconds(house.Owner.AnswerMsMax));
        }
        catch (Exception error)
        {
            house.Logger.LogDebug("Account {Account} has not answered: {Reason}", call.Account, error.Message);
            Input(() => Cluster.CallFailed(call.Number));
            return;
        }

        Input(() => Cluster.Answered(reply));
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

    private async Task PersistAsync(Checkpoint checkpoint)
    {
        try
        {
            await house.Snapshots.PersistAsync(checkpoint, CancellationToken.None);
        }
        catch (SnapshotException error)
        {
            house.Logger.LogWarning("A checkpoint of partition {Partition} was not stored, and is tried again: {Reason}", index, error.Message);
            Input(() => Machine.PersistFailed(checkpoint.Position));
            return;
        }

        Input(() => Machine.Persisted(checkpoint.Position));
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
            Input(() => Machine.RebuildFailed(pass));
            return;
        }

        Input(() => Machine.RebuildReady(pass, house.NowMs()));
    }

    /// <summary>Reads the journal behind what is taken, as far as it is known to reach.</summary>
    private Task ReadOnAsync()
    {
        if (readingOn.IsCompleted) readingOn = ReadOnOnceAsync();
        return readingOn;
    }

    private async Task ReadOnOnceAsync()
    {
        await foreach (var segment in house.Journal.ReadAsync(index, Taken, long.MaxValue, CancellationToken.None))
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
        while (failure is null && Cluster.Waiting.Bytes > house.Owner.WaitingBytesMax) await moved.Task;
    }

    private async Task UntilAsync(Func<bool> isSo)
    {
        while (true)
        {
            ThrowIfOver();
            var done = false;
            var isTicking = false;
            Input(() =>
            {
                done = isSo();
                isTicking = Machine.ContinueTick(TickStepsAtOnce);
            });
            if (done) return;
            // Its own input has signalled: only what comes later counts, but for a tick, which goes on by being asked.
            ThrowIfOver();
            if (isTicking) await Task.Yield();
            else await moved.Task;
        }
    }

    private bool IsRebuildDue(long nowMs)
    {
        if (Machine.PendingRebuilds == 0 || Machine.IsRebuilding) return false;
        if (Machine.Historic != historicSeen) (historicSeen, historicSeenMs) = (Machine.Historic, nowMs);
        return nowMs - historicSeenMs >= house.Owner.RebuildQuietMs;
    }

    private bool IsCheckpointDue(long nowMs)
    {
        if (Machine.Unpersisted == 0)
        {
            unpersistedSinceMs = -1;
            return false;
        }

        if (unpersistedSinceMs < 0) unpersistedSinceMs = nowMs;
        return Machine.Unpersisted >= house.Owner.CheckpointRecords || nowMs - unpersistedSinceMs >= house.Owner.CheckpointSeconds * 1000L;
    }
}
