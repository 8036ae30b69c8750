using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Embedded;

// Start and stop.
public sealed partial class EmbeddedHost
{
    // Real time: how soon a new day of the clock, a due checkpoint or a due rebuild is seen at the latest.
    private const int PulseMs = 100;

    // One after the other, at the stop.
    private const int CheckpointFailuresMax = 8;

    private readonly ConcurrentDictionary<string, CompiledModel> models = new();
    private Timer? pulse;
    private bool isDisposed;

    /// <summary>
    /// Opens the store, recovers every partition from checkpoint and journal, appends the ticks that were missed, and is ready when they are applied.
    /// </summary>
    /// <exception cref="Engine.Journal.JournalException">The store cannot be opened or read, or is damaged.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (house is not null || isDisposed) throw new InvalidOperationException("The host was started before.");
        phase = "Opening the store.";
        identity = await journal.OpenAsync(options.Partitions, cancellationToken);
        await snapshots.OpenAsync(cancellationToken);
        if (ScratchFile.Check(options.ScratchFolder()) is { } unusable)
        {
            logger.LogWarning(
                "There is no scratch for message ids in {Folder} (Host:IdScratchPath): {Reason}. Without it nothing more is taken once they fill Host:IdBytesMax.", options.ScratchFolder(), unusable);
        }

        var heads = await journal.HeadsAsync(cancellationToken);
        var recovered = await RecoverAsync(heads, cancellationToken);

        var starting = NewHouse([.. recovered.Select(partition => partition.Slot.Partition)]);
        house = starting;
        lanes = [.. Enumerable.Range(0, Math.Min(options.Lanes, identity.Partitions)).Select(index => new Lane(index, identity.Partitions, starting))];
        foreach (var (slot, latest) in recovered)
        {
            var lane = lanes[slot.Partition.Index % lanes.Length];
            lane.Own(slot);
            foreach (var fault in slot.Partition.Faults) starting.Report(slot.Partition.Index, fault);
            starting.CountFaults(slot.Partition);
        }

        foreach (var lane in lanes)
        {
            // The lane keeps the latest of all its partitions, so they go in by time.
            var changes = recovered.Where(partition => lane.Slots.Contains(partition.Slot)).SelectMany(partition => partition.Latest);
            foreach (var change in changes.OrderBy(change => change.Change.At).ThenBy(change => change.Sequence)) lane.Remember(change);
        }

        phase = "Opening the day.";
        starting.Committer.Start(lanes);
        foreach (var lane in lanes) lane.Start();
        pulse = new Timer(_ => Pulse(), null, PulseMs, PulseMs);
        await Task.WhenAll(lanes.Select(lane => lane.CaughtUp.Task)).WaitAsync(cancellationToken);
        isReady = true;
        phase = "Ready.";
        logger.LogInformation("Ready: {Partitions} partitions on {Lanes} lanes.", identity.Partitions, lanes.Length);
    }

    // All partitions live by one model, but for those that an activation was in the midst of when the host stopped, which goes on. A store that was killed while it was made may have some without.
    private LaneHouse NewHouse(Partition[] partitions)
    {
        var known = partitions.Where(partition => partition.ModelText.Length > 0).ToList();
        var oldest = known.MinBy(partition => partition.Generation);
        var inForce = oldest is null ? new ModelInForce(ReadModel(modelTextIfNew), modelTextIfNew, 0) : new ModelInForce(ReadModel(oldest.ModelText), oldest.ModelText, oldest.Generation);
        var starting = new LaneHouse(options, journal, snapshots, Clock, logger, inForce, directory, partitions.Length);
        var begun = known.Select(partition => partition.Activation is { } under
            ? (under.Wish, AtMs: under.BegunAtMs)
            : (Wish: new ModelWish(partition.ModelText, partition.Generation, partition.ModelBy), AtMs: partition.ModelBegunAtMs));
        var (newest, atMs) = begun.OrderByDescending(model => model.Wish.Generation).ThenBy(model => model.AtMs).FirstOrDefault();
        if (newest.Generation <= inForce.Generation) return starting;
        starting.BeginActivation(new ActivationRun(newest, ReadModel(newest.Text), inForce.Model, atMs, [.. partitions.Select(partition => partition.Applied)]));
        logger.LogInformation("The activation of model {Version} goes on.", starting.Activation!.Model.Definition.Version);
        return starting;
    }

    private async Task<RecoveredPartition[]> RecoverAsync(long[] heads, CancellationToken cancellationToken)
    {
        var recovered = new RecoveredPartition[heads.Length];
        var store = StableHash.Combine(Identity.IdSeed, (ulong)Identity.Partitions);
        var next = -1;
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, options.Lanes).Select(_ => Task.Run(RunAsync, cancellationToken)));
        return recovered;

        async Task RunAsync()
        {
            int index;
            while ((index = Interlocked.Increment(ref next)) < heads.Length)
            {
                recovered[index] = await new PartitionRecovery(journal, snapshots, store, options.Partition, ReadModel, IdRoomOf, directory, logger).RunAsync(index, heads[index], cancellationToken);
                phase = $"Recovering: {Interlocked.Increment(ref done)} of {heads.Length} partitions.";
            }
        }
    }

    private IdRoom IdRoomOf(int partition) => new(options.IdBytesMax / Identity.Partitions, new ScratchFile(options.ScratchFolder(), partition));

    private CompiledModel ReadModel(string text) => models.GetOrAdd(text, readModel);

    /// <summary>Lets the lanes look at the clock and at what is due.</summary>
    internal void Pulse()
    {
        foreach (var lane in lanes) lane.Post(Embedded.Pulse.Instance);
    }

    /// <summary>
    /// Takes nothing more, waits for what is in flight (up to an option), stores a checkpoint of every partition, and ends the threads. What could not be
    /// stored is replayed at the next start.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
        isStopping = true;
        if (pulse is not null) await pulse.DisposeAsync();
        if (house is null) return;
        var patience = TimeSpan.FromSeconds(options.StopSecondsMax);
        try
        {
            await EndModelWorkAsync().WaitAsync(patience);
            await admission.EmptyAsync().WaitAsync(patience);
            house.StopRebuilds();
            if (isReady && house.Failure is null) await CheckpointAllAsync().WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            logger.LogWarning("The stop did not wait any longer; the next start replays what has no checkpoint.");
        }

        house.StopRebuilds();
        foreach (var lane in lanes) lane.Stop();
        house.Dispose();
        foreach (var lane in lanes) lane.Dispose();
    }

    private async Task CheckpointAllAsync()
    {
        var isAny = true;
        // A store that takes none now is not waited for: the next start replays.
        while (isAny && House.StoreFailure is null && House.Failure is null && House.Checkpoints.Failures < CheckpointFailuresMax)
        {
            isAny = false;
            foreach (var lane in lanes)
            {
                var question = new Question<bool>(asked => asked.CheckpointNext());
                lane.Post(question);
                isAny |= await question.Answer;
            }

            if (isAny) await Task.Delay(2);
        }
    }
}
