using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Simulation.Checks;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>
/// Whoever believes to own a partition: recovers it, feeds it from the journal, and does what it asks for, a step at a time. What a grain does, in one thread. Once it finds that it is not the owner it is gone.
/// </summary>
internal sealed class SimulatedOwner
{
    private readonly ClusterWorld world;
    private readonly long epoch;
    private readonly List<Checkpoint> checkpoints = [];
    private readonly List<HistoryPass> passes = [];
    private AppendOwn? own;
    private string? asked;

    public SimulatedOwner(ClusterWorld world, int index)
    {
        this.world = world;
        Index = index;
        epoch = world.Acquire(index);
        var machine = world.Recover(index);
        Partition = new ClusterPartition(machine, world.Options, world.Grant);
        Partition.Open(epoch);
        Drain();
    }

    public int Index { get; }

    public ClusterPartition Partition { get; }

    public Partition Machine => Partition.Machine;

    public bool IsGone { get; private set; }

    /// <summary>At the journal's head, with nothing left to do.</summary>
    public bool IsIdle => !IsGone && Partition.IsIdle && Machine.Applied == world.Journal.Head(Index).Position && checkpoints.Count == 0 && passes.Count == 0 && own is null && !Machine.IsTicking
        && Machine.PendingRebuilds == 0 && !Machine.IsRebuilding && Machine.Activation is null && !Machine.IsActivationAppended;

    public void Answered(AccountReply reply) => Do(() => Partition.Answered(reply));

    public void CallFailed(long number) => Do(() => Partition.CallFailed(number));

    public void Step()
    {
        switch (world.Dice.Between(0, 9))
        {
            case 0 or 1 or 2:
                Do(Feed);
                break;
            case 3:
                Do(Append);
                break;
            case 4:
                Do(StoreCheckpoint);
                break;
            case 5:
                Do(ReadHistory);
                break;
            case 6:
                Do(() => Machine.ContinueTick(world.Dice.Of(1, 2, int.MaxValue)));
                break;
            case 7:
                Do(() => Machine.BeginRebuild());
                break;
            case 8:
                Do(GoOnWithModel);
                break;
            default:
                if (world.Dice.Chance(0.3)) Do(() => Partition.BeginCheckpoint());
                else Do(Read);
                break;
        }
    }

    /// <summary>The process, or only this activation, is gone.</summary>
    public void Crash()
    {
        if (IsGone) return;
        IsGone = true;
        Partition.Dispose();
    }

    public void Feed()
    {
        var head = world.Journal.Head(Index).Position;
        var taken = Partition.Taken;
        if (head - taken > 1 && world.Weather.Fires(ClusterFault.FeedGap))
        {
            if (Partition.Consume(world.Journal.Cut(Index, taken + 2, 1)) || Partition.Taken != taken) throw new SimulationException(Check.MachineHolds, $"partition {Index} took a record behind a gap");
            return;
        }

        var from = taken > 0 && world.Weather.Fires(ClusterFault.FeedOverlap) ? world.Dice.Between(0L, taken) : taken;
        foreach (var segment in world.Journal.Read(Index, from, head))
        {
            if (!Partition.Consume(segment)) throw new SimulationException(Check.MachineHolds, $"partition {Index} at {Partition.Taken} does not take a segment from {segment.FirstPosition} on");
            Drain();
            if (world.Dice.Chance(0.5)) return;
        }
    }

    private void Do(Action action)
    {
        if (IsGone) return;
        try
        {
            action();
            Drain();
        }
        catch (FencedException)
        {
            if (world.IsOwner(this)) throw new SimulationException(Check.MachineHolds, $"the owner of partition {Index} was fenced");
            Crash();
        }
    }

    private void Append()
    {
        if (own is not { } records) return;
        using var writer = new DoorWriter(Index, default);
        writer.Begin(world.Journal.Head(Index), world.Clock.NowMs);
        writer.AppendOwn(records.Records.Span);
        if (world.Weather.Fires(ClusterFault.OwnAppendUnknown))
        {
            if (world.Dice.Chance(0.5)) world.Journal.CommitOwn(writer, epoch);
            Crash();
            return;
        }

        world.Journal.CommitOwn(writer, epoch);
        own = null;
        Machine.OwnAppended();
    }

    private void StoreCheckpoint()
    {
        if (checkpoints.Count == 0) return;
        var checkpoint = checkpoints[0];
        checkpoints.RemoveAt(0);
        if (world.Weather.Fires(ClusterFault.CheckpointFailed))
        {
            Machine.PersistFailed(checkpoint.Position);
            return;
        }

        world.Persist(checkpoint);
        Machine.Persisted(checkpoint.Position);
    }

    private void ReadHistory()
    {
        if (passes.Count == 0) return;
        var pass = passes[0];
        passes.RemoveAt(0);
        if (world.Weather.Fires(ClusterFault.HistoryFailed))
        {
            Machine.RebuildFailed(pass);
            return;
        }

        foreach (var segment in world.Journal.Read(Index, pass.After, pass.Until)) pass.Take(segment);
        pass.Compute();
        Machine.RebuildReady(pass, world.Clock.NowMs);
    }

    private void GoOnWithModel()
    {
        if (Machine.Model is null || world.Wish is not { } wish || Machine.Generation >= wish.Generation) return;
        if (Machine.Activation is not null) Machine.StepActivation(world.Clock.NowMs);
        else if (!Machine.IsActivationAppended) Machine.BeginActivation(wish, world.Clock.NowMs);
    }

    // Whoever asks waits until the partition is where the journal was, and the account's state is there.
    private void Read()
    {
        if (asked is null && Machine.Counts is { Accounts: > 0 } && world.Weather.Fires(ClusterFault.Read))
            asked = world.Dice.OneOf(Machine.Rows(new Engine.Fleet.AccountQuery { Limit = 1000 })).Account.Account;
        if (asked is null || !Partition.Flush(asked)) return;
        world.HoldState(Index, asked, Machine.Applied, Machine);
        asked = null;
    }

    private void Drain()
    {
        while (!IsGone && Partition.TryTake(out var output))
        {
            switch (output)
            {
                case CallAccount call:
                    world.Actors.Send(this, call.Call);
                    break;
                case AppendOwn append:
                    own = append;
                    break;
                case Persist persist:
                    world.HoldCheckpoint(persist.Checkpoint, Machine);
                    checkpoints.Add(persist.Checkpoint);
                    break;
                case ReadHistory read:
                    passes.Add(read.Pass);
                    break;
                case NewsFound news:
                    world.Told(news.Change);
                    break;
                case AccountFailed failed:
                    throw new SimulationException(Check.MachineHolds, $"{failed.Fault.Account} of partition {Index} at {failed.Fault.Position}: {failed.Fault.Reason}", failed.Fault.Error);
            }
        }
    }
}
