using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Simulation.Callers;
using RealtimeAdoption.Simulation.Checks;
using RealtimeAdoption.Simulation.Faults;
using RealtimeAdoption.Simulation.Store;
using RealtimeAdoption.TestKit.Generators;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Simulation.Host;

/// <summary>What a simulated host works with; it outlives the host, as the machine's disk and its users do.</summary>
/// <param name="Journal">Of the store.</param>
/// <param name="Snapshots">Of the store.</param>
/// <param name="Clock">Driven.</param>
/// <param name="Faults">What goes wrong.</param>
/// <param name="Dice">Which work comes next.</param>
/// <param name="Options">Of the partitions.</param>
/// <param name="ReadModel">From a model's text.</param>
/// <param name="Planted">A bug, or none.</param>
internal sealed record HostWorld(
    SimulatedJournal Journal, SimulatedSnapshots Snapshots, SimulatedClock Clock, FaultSchedule Faults, Dice Dice, PartitionOptions Options, Func<string, CompiledModel> ReadModel, PlantedHostBug Planted);

/// <summary>
/// The third host of the real partition machine, beside the embedded one whose protocol it follows: one lane over all partitions, a committer, a thread for checkpoints and one for history, each of which makes
/// a step when the simulation says so, in any interleaving. One life: from a start to a crash. One thread.
/// </summary>
internal sealed partial class SimulatedHost
{
    private const int GroupsInFlightMax = 2;

    private readonly HostWorld world;
    private readonly Ledger ledger;
    private readonly Queue<CommitGroup> groups = new();
    private readonly Queue<Action> inbox = new();
    private readonly List<Ticket> openTickets = [];
    private readonly NewsRing news = new();
    private readonly List<Partition> partitions = [];
    private readonly List<long> epochs = [];
    private int generation;
    private bool isSuspended;
    private long version;

    /// <param name="world">Stays.</param>
    /// <param name="ledger">Is told what was appended where, and who was answered what.</param>
    public SimulatedHost(HostWorld world, Ledger ledger)
    {
        this.world = world;
        this.ledger = ledger;
    }

    public IReadOnlyList<Partition> Partitions => partitions;

    /// <summary>User to account, as lookups see it.</summary>
    public Dictionary<string, string> Directory { get; } = new(StringComparer.Ordinal);

    /// <summary>Nothing is taken: the journal's state is not known.</summary>
    public bool IsSuspended => isSuspended;

    /// <summary>Nothing is in flight, owed or pending.</summary>
    public bool IsIdle => !isSuspended && groups.Count == 0 && inbox.Count == 0 && openTickets.Count == 0 && checkpoints.Count == 0 && passes.Count == 0 && wish is null
        && partitions.TrueForAll(partition => !partition.IsTicking && partition.Appended == partition.Applied && partition.PendingRebuilds == 0 && !partition.IsRebuilding && partition.Activation is null);

    /// <summary>A request reaches the host.</summary>
    public void Append(Ticket ticket)
    {
        if (isSuspended)
        {
            ledger.Refused(ticket);
            return;
        }

        openTickets.Add(ticket);
        foreach (var attempt in ticket.Attempts)
        {
            var index = Partitioning.Of(new Record(attempt.Draft), partitions.Count);
            var partition = partitions[index];
            var ahead = default(IdsAhead);
            partition.Prefetch(new Record(attempt.Draft), ref ahead);
            ahead.Fetch();
            var before = partition.Appended;
            var outcome = partition.Append(attempt.Draft, world.Clock.ShownMs);
            ticket.Judged.Add(new Judged(attempt, outcome, index, partition.Appended, world.Clock.ShownMs));
            if (partition.Appended > before && outcome == IntakeOutcome.Accepted) ledger.Appended(index, partition.Appended, attempt);
        }
    }

    /// <summary>The process dies: what is in memory is gone. A commit and a checkpoint that were under way may have come to their end.</summary>
    public void Crash()
    {
        if (waiting.Count > 0 && world.Faults.Fires(FaultKind.CrashInCommit) && world.Dice.Chance(0.5)) world.Journal.Store([.. Waiting().SelectMany(group => group.Segments)]);
        if (checkpoints.Count > 0 && world.Faults.Fires(FaultKind.CrashInCheckpoint) && world.Dice.Chance(0.5)) world.Snapshots.Store(checkpoints.Peek());
        foreach (var ticket in groups.SelectMany(group => group.Tickets).Concat(openTickets)) ledger.Unknown(ticket);
        foreach (var pass in passes) pass.Dispose();
        foreach (var partition in partitions) partition.Dispose();
        partitions.Clear();
    }

    // The lane.

    /// <summary>Hands what was appended to the committer.</summary>
    public bool Seal()
    {
        if (isSuspended || groups.Count >= GroupsInFlightMax) return false;
        var group = new CommitGroup(generation);
        foreach (var partition in partitions)
        {
            if (!partition.Seal()) continue;
            while (partition.TryTake(out var output))
            {
                if (output is CommitSegment commit) group.Segments.Add(commit.Segment);
                else Do(partition, output);
            }
        }

        if (group.Segments.Count > 0)
        {
            group.Tickets.AddRange(openTickets);
            groups.Enqueue(group);
            waiting.Add(group);
        }
        else if (groups.TryPeek(out _))
        {
            // Only known messages: they may be ones that are not durable yet.
            groups.Last().Tickets.AddRange(openTickets);
        }
        else
        {
            foreach (var ticket in openTickets) ledger.Answered(ticket);
        }

        openTickets.Clear();
        Plant(group);
        return group.Segments.Count > 0;
    }

    /// <summary>Takes the next thing that another thread has posted.</summary>
    public bool TakePosted()
    {
        if (!inbox.TryDequeue(out var item)) return false;
        item();
        Drain();
        version++;
        return true;
    }

    private void Plant(CommitGroup group)
    {
        if (group.Segments.Count == 0) return;
        if (world.Planted == PlantedHostBug.AcknowledgedBeforeCommit)
        {
            foreach (var ticket in group.Tickets) ledger.Answered(ticket);
            group.Tickets.Clear();
        }

        if (world.Planted == PlantedHostBug.SnapshotAheadOfJournal)
        {
            // What is applied the partition writes over.
            for (var i = 0; i < group.Segments.Count; i++) group.Segments[i] = group.Segments[i] with { Records = group.Segments[i].Records.ToArray() };
            foreach (var segment in group.Segments) partitions[segment.Partition].Committed(segment.LastPosition);
            Drain();
        }
    }

    private void Committed(CommitGroup group)
    {
        // The groups of a failed commit are gone.
        if (!groups.TryPeek(out var first) || !ReferenceEquals(first, group)) return;
        foreach (var segment in group.Segments)
        {
            partitions[segment.Partition].Committed(segment.LastPosition);
            GoOnWithModel(segment.Partition);
        }

        Drain();
        groups.Dequeue();
        foreach (var ticket in group.Tickets) ledger.Answered(ticket);
    }

    private void Suspend()
    {
        isSuspended = true;
        foreach (var ticket in groups.SelectMany(group => group.Tickets).Concat(openTickets)) ledger.Refused(ticket);
        foreach (var group in groups) group.Tickets.Clear();
        openTickets.Clear();
    }

    private void Resume(long[] heads)
    {
        foreach (var partition in partitions) partition.CommitFailed(heads[partition.Index]);
        groups.Clear();
        generation++;
        isSuspended = false;
        CatchUp();
    }

    private void CatchUp()
    {
        foreach (var partition in partitions) partition.CatchUp(world.Clock.ShownMs);
    }

    /// <summary>Looks at the clock and at what is due.</summary>
    public bool Pulse()
    {
        if (isSuspended) return false;
        CatchUp();
        for (var index = 0; index < partitions.Count; index++)
        {
            GoOnWithModel(index);
            if (partitions[index].PendingRebuilds > 0 && world.Dice.Chance(0.5)) partitions[index].BeginRebuild();
            // One of a tick in work, as at a stop, has it finished first.
            if (world.Dice.Chance(partitions[index].IsTicking ? 0.02 : 0.2)) partitions[index].BeginCheckpoint(epochs[index]);
        }

        Drain();
        return true;
    }

    /// <summary>Works on the ticks, some accounts at a time.</summary>
    public bool WorkTicks()
    {
        var any = false;
        foreach (var partition in partitions)
        {
            if (!partition.IsTicking) continue;
            partition.ContinueTick(world.Dice.Of(1, 1, 2, int.MaxValue));
            any = true;
        }

        if (any) version++;
        Drain();
        return any;
    }

    private void Drain()
    {
        foreach (var partition in partitions)
        {
            while (partition.TryTake(out var output)) Do(partition, output);
        }
    }

    private void Do(Partition partition, Output output)
    {
        switch (output)
        {
            case NewsFound found:
                news.Found(found.Change);
                break;
            case DirectoryLearned learned:
                Directory[learned.User] = learned.Account;
                break;
            case Persist persist:
                checkpoints.Enqueue(persist.Checkpoint);
                break;
            case ReadHistory read:
                passes.Add(new PassReading(world.Journal, read.Pass, ReadsCutShort));
                break;
            case AccountFailed failed:
                throw new SimulationException(Check.MachineHolds, $"{failed.Fault.Account} of partition {partition.Index} at {failed.Fault.Position}: {failed.Fault.Reason}", failed.Fault.Error);
            default:
                throw new InvalidOperationException($"Output {output.GetType().Name} outside of its place.");
        }
    }
}
