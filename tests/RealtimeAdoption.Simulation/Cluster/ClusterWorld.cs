using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Simulation.Checks;
using RealtimeAdoption.Simulation.Store;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>What owners of partitions work with; it outlives them. Holds what they say against a replay of the journal.</summary>
internal sealed class ClusterWorld(
    SharedJournal journal, SimulatedSnapshots snapshots, SimulatedClock clock, ClusterWeather weather, Dice dice, ClusterOptions options, PartitionOptions machine, Func<string, CompiledModel> readModel)
{
    public const ulong Store = 0xC1;
    private readonly Replica?[] replicas = new Replica?[journal.Partitions];
    private readonly SimulatedOwner?[] owners = new SimulatedOwner?[journal.Partitions];
    private readonly List<SimulatedOwner> zombies = [];
    private readonly bool isGenerous = dice.Of(true, true, false);
    private readonly PartitionOptions sound = new() { RebuildAccountsMax = machine.RebuildAccountsMax, RebuildBytesMax = machine.RebuildBytesMax, ActivationTailBytesMax = machine.ActivationTailBytesMax };
    private readonly List<FleetChange> told = [];

    public SharedJournal Journal => journal;

    public SimulatedClock Clock => clock;

    public ClusterWeather Weather => weather;

    public Dice Dice => dice;

    public ClusterOptions Options => options;

    /// <summary>So many of the calls that a batch asks for may be made: in most worlds all, in some now and then fewer or none. What goes back was not used.</summary>
    public int Grant(int wanted) => wanted <= 0 || isGenerous ? wanted : dice.Between(0, wanted);

    public required SimulatedActors Actors { get; init; }

    /// <summary>The model that all partitions are to live by; null: the first one.</summary>
    public ModelWish? Wish { get; set; }

    public SimulatedOwner? OwnerOf(int partition) => owners[partition];

    public bool IsOwner(SimulatedOwner owner) => ReferenceEquals(owners[owner.Index], owner) || owners[owner.Index] is null;

    /// <summary>The partition gets an owner, where it has none.</summary>
    public SimulatedOwner Owner(int partition)
    {
        if (owners[partition] is { IsGone: false } owner) return owner;
        owners[partition] = null;
        return owners[partition] = new SimulatedOwner(this, partition);
    }

    /// <summary>The owner goes on, and another one begins.</summary>
    public void Overtake(int partition)
    {
        if (owners[partition] is { IsGone: false } owner) zombies.Add(owner);
        owners[partition] = null;
        var next = new SimulatedOwner(this, partition);
        owners[partition] = next;
    }

    public void StepZombies()
    {
        zombies.RemoveAll(zombie => zombie.IsGone);
        if (zombies.Count > 0) dice.OneOf(zombies).Step();
    }

    /// <summary>All that is left of earlier owners.</summary>
    public void EndZombies()
    {
        foreach (var zombie in zombies) zombie.Crash();
    }

    public long Acquire(int partition)
    {
        var epoch = snapshots.AcquireAsync(partition, default).AsTask().GetAwaiter().GetResult();
        journal.Acquired(partition, epoch);
        return epoch;
    }

    public Partition Recover(int index)
    {
        var partition = new Partition(index, machine, readModel) { Store = Store };
        if (snapshots.LoadAsync(index, partition, default).AsTask().GetAwaiter().GetResult() is { } loaded) partition.Restore(loaded);
        foreach (var segment in journal.Read(index, partition.Applied, journal.Head(index).Position))
        {
            var isDone = partition.Replay(segment);
            while (!isDone) isDone = partition.ReplayOn(Computed(partition));
            Drain(partition);
        }

        Drain(partition);
        return partition;
    }

    public void Persist(Checkpoint checkpoint) => snapshots.PersistAsync(checkpoint, default).AsTask().GetAwaiter().GetResult();

    public void Told(FleetChange change) => told.Add(change);

    /// <summary>What a replay gives at that position.</summary>
    public Replica ReplicaAt(int partition, long position)
    {
        if (replicas[partition] is { } passed && passed.Partition.Applied > position)
        {
            passed.Dispose();
            replicas[partition] = null;
        }

        var replica = replicas[partition] ??= new Replica(journal, partition, sound, readModel);
        replica.AdvanceTo(position);
        return replica;
    }

    public void HoldState(int partition, string account, long position, Partition machine)
    {
        // A replay works a tick at once.
        if (machine.IsTicking) return;
        var replica = ReplicaAt(partition, position);
        if (!machine.State(account).SequenceEqual(replica.Partition.State(account)))
            throw new SimulationException(Check.RemoteEqualsReplay, $"{account} of partition {partition} at {position} is not what a replay makes of it");
    }

    /// <summary>Every state in it holds every record through its position: no account is behind, and none ahead.</summary>
    public void HoldCheckpoint(Checkpoint checkpoint, Partition of)
    {
        var replica = ReplicaAt(checkpoint.Partition, checkpoint.Position);
        foreach (var stored in checkpoint.Accounts)
        {
            var name = System.Text.Encoding.UTF8.GetString(of.NameOf(stored.Number));
            if (!stored.State.Span.SequenceEqual(replica.Partition.State(name)))
                throw new SimulationException(Check.CheckpointIsOfItsPosition, $"{name} in the checkpoint of partition {checkpoint.Partition} at {checkpoint.Position} is not what it was there");
        }
    }

    /// <summary>The lines for a wall are those of a replay, under the same numbers.</summary>
    public void HoldNews()
    {
        foreach (var change in told)
        {
            var replica = ReplicaAt(change.Partition, journal.Head(change.Partition).Position);
            if (replica.News(change.Sequence) is var due && due != Text(change))
                throw new SimulationException(Check.FeedRepeatsItself, $"news {change.Sequence} of partition {change.Partition} is {Text(change)}; a replay tells {due ?? "none"}");
        }
    }

    public static string Text(FleetChange change) => $"{change.AccountName} {change.Segment} {change.StageSince} {change.Owner} {change.Churned} {change.Change.Type} {change.Change.Account} {change.Change.Position} {change.Change.Day}";

    public void End()
    {
        EndZombies();
        foreach (var owner in owners) owner?.Crash();
        foreach (var replica in replicas) replica?.Dispose();
    }

    private HistoryPass Computed(Partition partition)
    {
        var pass = Drain(partition) ?? throw new InvalidOperationException("The replay waits, and reads nothing.");
        foreach (var segment in journal.Read(pass.Partition, pass.After, pass.Until)) pass.Take(segment);
        pass.Compute();
        return pass;
    }

    private HistoryPass? Drain(Partition partition)
    {
        HistoryPass? pass = null;
        while (partition.TryTake(out var output))
        {
            if (output is ReadHistory read) pass = read.Pass;
            if (output is NewsFound found) told.Add(found.Change);
        }

        return pass;
    }
}
