using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Embedded;

/// <summary>What all lanes work with: the store's threads, the permits, the directory, the clock.</summary>
internal sealed class LaneHouse : IDisposable
{
    private const int ReasonLengthMax = 300;

    private readonly IJournal journal;
    private readonly ISnapshots snapshots;
    private readonly TimeProvider clock;
    private readonly BackgroundThreads checkpointThread = new("checkpoints", 1, ThreadPriority.Normal);
    private readonly BackgroundThreads rebuildThreads;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource<HostFailure> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? failure;
    private string? storeFailure;
    private readonly int[] faults;
    private readonly int[] quarantined;
    private readonly ConcurrentDictionary<int, (long SinceMs, string Reason, bool OfActivation)> unread = [];
    private volatile ModelInForce inForce;
    private volatile ActivationRun? activation;

    public LaneHouse(EmbeddedOptions options, IJournal journal, ISnapshots snapshots, TimeProvider clock, ILogger logger, ModelInForce inForce, UserDirectory directory, int partitions)
    {
        Options = options;
        this.journal = journal;
        this.snapshots = snapshots;
        this.clock = clock;
        Logger = logger;
        Ids = new IdWatch(logger);
        this.inForce = inForce;
        Directory = directory;
        faults = new int[partitions];
        quarantined = new int[partitions];
        Publisher = new FleetPublisher(() => Model, () => ActivationStatus, options.Lanes, partitions);
        CheckpointSlots = new Permits(options.CheckpointsInFlightMax);
        Checkpoints = new CheckpointStore(options, clock, logger);
        RebuildSlots = new Permits(options.RebuildWorkers);
        ActivationSlots = new Permits(options.RebuildWorkers);
        rebuildThreads = new BackgroundThreads("rebuild", options.RebuildWorkers, ThreadPriority.BelowNormal);
        Committer = new Committer(journal, logger, reason => Volatile.Write(ref storeFailure, reason), reason => Fail(reason, isTakenOver: true));
    }

    public EmbeddedOptions Options { get; }

    public ILogger Logger { get; }

    public CompiledModel Model => inForce.Model;

    public string ModelText => inForce.Text;

    public int Generation => inForce.Generation;

    /// <summary>Null: none is under way.</summary>
    public ActivationRun? Activation => activation;

    /// <summary>How far it is, and what holds it up; null: none is under way.</summary>
    public ActivationStatus? ActivationStatus => Activation?.Status is { } status ? status with { Stuck = Unread(ofActivation: true) } : null;

    public UserDirectory Directory { get; }

    public IdWatch Ids { get; }

    public FleetPublisher Publisher { get; }

    public Committer Committer { get; }

    public Permits CheckpointSlots { get; }

    public CheckpointStore Checkpoints { get; }

    public Permits RebuildSlots { get; }

    /// <summary>Partitions that hold their accounts under two models.</summary>
    public Permits ActivationSlots { get; }

    /// <summary>Why the store cannot be trusted just now; null: it can.</summary>
    public string? StoreFailure => Volatile.Read(ref storeFailure);

    /// <summary>Why the host takes nothing more until it is started again; null: it does.</summary>
    public string? Failure => Volatile.Read(ref failure);

    /// <summary>Accounts that are stopped or could not be rebuilt.</summary>
    public int Faults => faults.Sum();

    /// <summary>Records that count for nothing, because they break their accounts.</summary>
    public int Quarantined => quarantined.Sum();

    public long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    public void BeginActivation(ActivationRun run)
    {
        activation = run;
        Publisher.Touch();
    }

    /// <summary>Every partition has swapped.</summary>
    public void EndActivation(ActivationRun run)
    {
        inForce = new ModelInForce(run.Model, run.Wish.Text, run.Wish.Generation);
        activation = null;
        Publisher.Touch();
        Logger.LogInformation("Model {Version} is in force.", run.Model.Definition.Version);
        run.Complete();
    }

    /// <summary>Completes when it takes nothing more until it is started again.</summary>
    public Task<HostFailure> Failed => failed.Task;

    public void Fail(string reason, bool isTakenOver = false)
    {
        Interlocked.CompareExchange(ref failure, reason, null);
        activation?.Cancel();
        failed.TrySetResult(new HostFailure(reason, isTakenOver));
    }

    /// <summary>How many of both the partition has now.</summary>
    public void CountFaults(Partition partition)
    {
        Volatile.Write(ref faults[partition.Index], partition.FaultCount);
        Volatile.Write(ref quarantined[partition.Index], partition.Quarantined.Count);
    }

    /// <summary>A pass of the partition was read.</summary>
    public void HistoryRead(int partition)
    {
        if (unread.TryRemove(partition, out _)) Publisher.Touch();
    }

    /// <summary>A pass of the partition could not be read.</summary>
    public void HistoryUnread(int partition, bool ofActivation, Exception error)
    {
        if (stop.IsCancellationRequested) return;
        var reason = error.Message.Length > ReasonLengthMax ? error.Message[..ReasonLengthMax] : error.Message;
        unread[partition] = (unread.TryGetValue(partition, out var before) ? before.SinceMs : NowMs(), reason, ofActivation);
        Publisher.Touch();
    }

    /// <summary>Partitions whose history cannot be read, for an activation or for rebuilds; null: none.</summary>
    public HistoryTrouble? Unread(bool ofActivation)
    {
        var found = unread.Where(trouble => trouble.Value.OfActivation == ofActivation).OrderBy(trouble => trouble.Key).ToList();
        if (found.Count == 0) return null;
        return new HistoryTrouble(found.Count, found[0].Key, DateTimeOffset.FromUnixTimeMilliseconds(found.Min(trouble => trouble.Value.SinceMs)), found[0].Value.Reason);
    }

    public void Report(int partition, AccountFault fault)
    {
        var what = fault.Stopped ? "is stopped: it takes no more records until it is rebuilt" : "could not be rebuilt";
        Logger.LogError(fault.Error, "Account {Account} of partition {Partition} {What}, at position {Position}: {Reason}", fault.Account, partition, what, fault.Position, fault.Reason);
    }

    public void Report(QuarantinedRecord record) => Logger.LogWarning(
        "The record of account {Account} at position {Position} of partition {Partition} breaks the account and is put into quarantine: {Reason}", record.Account, record.Position, record.Partition, record.Reason);

    public void Persist(Lane lane, PartitionSlot slot, Checkpoint checkpoint) => checkpointThread.Post(() =>
    {
        Exception? refused = null;
        try
        {
            snapshots.PersistAsync(checkpoint, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Checkpoints.Stored();
        }
        catch (FencedException error)
        {
            Logger.LogCritical(error, "Another process has taken partition {Partition} over.", checkpoint.Partition);
            Fail(error.Message, isTakenOver: true);
            refused = error;
        }
        catch (Exception error)
        {
            if (Checkpoints.Failed(error, Environment.TickCount64))
                Logger.LogError(error, "The checkpoint of partition {Partition} at {Position} was not stored; it will be tried again.", checkpoint.Partition, checkpoint.Position);
            refused = error;
        }

        lane.Post(new CheckpointDone(slot, checkpoint.Position, refused));
    });

    public void ReadHistory(Lane lane, PartitionSlot slot, HistoryPass pass) => rebuildThreads.Post(() =>
    {
        Exception? refused = null;
        try
        {
            journal.ReadHistoryAsync(pass, stop.Token).GetAwaiter().GetResult();
            pass.Compute();
        }
        catch (Exception error)
        {
            if (!stop.IsCancellationRequested) Logger.LogError(error, "The history of partition {Partition} could not be read for a rebuild; it will be tried again.", pass.Partition);
            refused = error;
        }

        lane.Post(new PassDone(slot, pass, refused));
    });

    /// <summary>Rebuilds under way end; they begin again with the next start.</summary>
    public void StopRebuilds()
    {
        stop.Cancel();
        rebuildThreads.Dispose();
    }

    public void Dispose()
    {
        stop.Cancel();
        Committer.Dispose();
        checkpointThread.Dispose();
        rebuildThreads.Dispose();
        stop.Dispose();
    }
}
