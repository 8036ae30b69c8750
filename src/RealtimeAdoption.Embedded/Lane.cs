using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Embedded;

/// <summary>
/// One thread that owns some partitions and alone touches them. It takes everything that is posted, appends, hands what it has appended to the committer
/// (at most two groups at a time, so that segments grow with the load and one commit is always ready when the last one ends), applies what is
/// committed, and only then answers. It goes on appending while a commit is under way.
/// </summary>
internal sealed class Lane : IDisposable
{
    private const int GroupsInFlightMax = 2;
    private const string Ended = "The server is stopping.";

    private readonly LaneInbox inbox = new();
    private readonly Queue<CommitGroup> groups = new();
    private readonly List<IntakeTicket> openTickets = [];
    private readonly LaneHouse house;
    private readonly Thread thread;
    private readonly PartitionSlot?[] byPartition;
    private readonly LaneFleet fleet;
    private readonly LaneTicks ticks;
    private readonly LaneModels models;
    private int generation;
    private string? suspended;
    private bool isStopping;
    private int itemsRun;
    private long nowMs;

    /// <param name="index">0 and up.</param>
    /// <param name="partitions">Of the store.</param>
    /// <param name="house">What the lane works with.</param>
    public Lane(int index, int partitions, LaneHouse house)
    {
        Index = index;
        this.house = house;
        byPartition = new PartitionSlot?[partitions];
        fleet = new LaneFleet(this, house);
        ticks = new LaneTicks(Slots);
        models = new LaneModels(house);
        thread = new Thread(Run) { Name = $"lane {index}", IsBackground = true };
    }

    public int Index { get; }

    /// <summary>Its partitions. Fixed when it starts.</summary>
    public List<PartitionSlot> Slots { get; } = [];

    /// <summary>Completes when its partitions are open and their missed ticks are applied.</summary>
    public TaskCompletionSource CaughtUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Before the start: a recovered partition.</summary>
    public void Own(PartitionSlot slot)
    {
        Slots.Add(slot);
        byPartition[slot.Partition.Index] = slot;
    }

    /// <summary>Before the start: news of the time before.</summary>
    public void Remember(FleetChange change) => fleet.Found(change);

    public void Start() => thread.Start();

    public void Post(LaneItem item)
    {
        if (!inbox.Post(item)) item.Refuse(this, Ended);
    }

    public Partition PartitionAt(int partition) => byPartition[partition]!.Partition;

    /// <summary>Ends the thread after everything that was posted before. What is asked of it later is refused.</summary>
    public void Stop()
    {
        if (!thread.IsAlive) return;
        Post(new LaneEnd());
        thread.Join();
    }

    /// <summary>After the stop, and after the committer's: until then the journal may be reading what a partition has sealed.</summary>
    public void Dispose()
    {
        foreach (var item in inbox.Close()) item.Refuse(this, Ended);
        FailTickets(Ended);
        inbox.Dispose();
        foreach (var slot in Slots) slot.Partition.Dispose();
    }

    public void End() => isStopping = true;

    private void Run()
    {
        var items = new List<LaneItem>();
        try
        {
            nowMs = house.NowMs();
            foreach (var slot in Slots) slot.Partition.Open(new ModelWish(house.ModelText, house.Generation, ""), nowMs);
            EndTurn(Stopwatch.GetTimestamp());
            while (!isStopping)
            {
                items = inbox.Take(items, ticks.IsAny ? 0 : fleet.WaitMs());
                var began = Stopwatch.GetTimestamp();
                nowMs = house.NowMs();
                for (itemsRun = 0; itemsRun < items.Count; itemsRun++) items[itemsRun].Run(this);
                items.Clear();
                EndTurn(began);
            }
        }
        catch (Exception error)
        {
            Break(error, items);
        }
    }

    // A broken invariant of a partition, or of the lane: nothing it owns can be trusted. The host must be started again, and recovers from what is durable.
    private void Break(Exception error, List<LaneItem> items)
    {
        var reason = $"Lane {Index} is broken: {error.Message}";
        house.Logger.LogCritical(error, "Lane {Lane} is broken: its partitions take nothing more until the next start.", Index);
        house.Fail(reason);
        CaughtUp.TrySetException(error);
        suspended = reason;
        FailTickets(reason);
        items.RemoveRange(0, Math.Min(itemsRun + 1, items.Count));
        while (true)
        {
            foreach (var item in items) item.Refuse(this, reason);
            items.Clear();
            if (isStopping) return;
            items = inbox.Take(items, -1);
        }
    }

    private void EndTurn(long began)
    {
        Drain();
        Seal();
        if (ticks.Work(began))
        {
            fleet.HasChanged();
            Drain();
        }

        fleet.PublishIfDue();
        if (!CaughtUp.Task.IsCompleted && !ticks.IsAny && Slots.TrueForAll(slot => slot.Partition.Day >= Days.Of(nowMs))) CaughtUp.TrySetResult();
    }

    // Intake.

    public void Append(IntakeTicket ticket)
    {
        if (suspended is not null)
        {
            ticket.Complete(suspended);
            return;
        }

        // First, so that a broken lane answers it.
        openTickets.Add(ticket);
        try
        {
            Append(ticket.Batch);
        }
        catch (IOException error)
        {
            // What was appended before stays: sent again, it is known.
            openTickets.RemoveAt(openTickets.Count - 1);
            ticket.Complete(house.Ids.Unread(error));
        }
    }

    private void Append(IntakeBatch batch)
    {
        var bytes = batch.Records.Written;
        var drafts = batch.Drafts;
        var outcomes = batch.Outcomes;
        for (var i = 0; i < drafts.Length; i++)
        {
            if (i % IdsAhead.Group == 0) LookAhead(drafts, i + IdsAhead.Group, bytes);
            if (byPartition[drafts[i].Partition] is { } slot) outcomes[i] = slot.Partition.Append(bytes[drafts[i].Offset..], nowMs);
        }
    }

    // Several in one breath, as in applying.
    private void LookAhead(ReadOnlySpan<(int Offset, int Partition)> drafts, int from, ReadOnlySpan<byte> bytes)
    {
        var ahead = default(IdsAhead);
        for (var i = from; i < drafts.Length && i < from + IdsAhead.Group; i++)
        {
            if (byPartition[drafts[i].Partition] is { } slot) slot.Partition.Prefetch(new Record(bytes[drafts[i].Offset..]), ref ahead);
        }

        ahead.Fetch();
    }

    private void Seal()
    {
        if (suspended is not null || groups.Count >= GroupsInFlightMax) return;
        var group = new CommitGroup(this, generation);
        foreach (var slot in Slots)
        {
            if (!slot.Partition.Seal()) continue;
            while (slot.Partition.TryTake(out var output))
            {
                if (output is CommitSegment commit) group.Segments.Add(commit.Segment);
                else Do(slot, output);
            }
        }

        if (group.Segments.Count > 0)
        {
            group.Tickets.AddRange(openTickets);
            groups.Enqueue(group);
            house.Committer.Post(group);
        }
        else if (groups.TryPeek(out _))
        {
            // Only known messages: they may be ones that are not durable yet.
            groups.Last().Tickets.AddRange(openTickets);
        }
        else
        {
            foreach (var ticket in openTickets) ticket.Complete(null);
        }

        openTickets.Clear();
    }

    public void Committed(CommitGroup group)
    {
        // The groups of a failed commit are gone.
        if (!groups.TryPeek(out var first) || !ReferenceEquals(first, group)) return;
        foreach (var segment in group.Segments)
        {
            PartitionAt(segment.Partition).Committed(segment.LastPosition);
            models.GoOn(byPartition[segment.Partition]!, nowMs);
        }

        fleet.HasChanged();
        Drain();
        // Not before: a lane that breaks while it applies answers the batches of its queued groups.
        groups.Dequeue();
        foreach (var ticket in group.Tickets) ticket.Complete(null);
    }

    public void Suspend(string reason)
    {
        suspended = reason;
        FailTickets(reason);
    }

    public void Resume(long[] heads)
    {
        foreach (var slot in Slots) slot.Partition.CommitFailed(heads[slot.Partition.Index]);
        groups.Clear();
        generation++;
        suspended = null;
        fleet.HasChanged();
        CatchUp();
    }

    private void FailTickets(string reason)
    {
        foreach (var group in groups)
        {
            foreach (var ticket in group.Tickets) ticket.Complete(reason);
            group.Tickets.Clear();
        }

        foreach (var ticket in openTickets) ticket.Complete(reason);
        openTickets.Clear();
    }

    // Outputs.

    private void Drain()
    {
        foreach (var slot in Slots)
        {
            while (slot.Partition.TryTake(out var output)) Do(slot, output);
        }
    }

    private void Do(PartitionSlot slot, Output output)
    {
        switch (output)
        {
            case NewsFound news:
                fleet.Found(news.Change);
                break;
            case DirectoryLearned learned:
                house.Directory.Learn(learned.User, learned.Account);
                break;
            case Persist persist:
                house.Persist(this, slot, persist.Checkpoint);
                break;
            case ReadHistory read:
                house.ReadHistory(this, slot, read.Pass);
                break;
            case AccountFailed failed:
                house.Report(slot.Partition.Index, failed.Fault);
                house.CountFaults(slot.Partition);
                break;
            case RecordQuarantined found:
                house.Report(found.Record);
                break;
            default:
                throw new InvalidOperationException($"Output {output.GetType().Name} outside of its place.");
        }
    }

    // Housekeeping.

    public void Pulse()
    {
        var waiting = 0L;
        foreach (var slot in Slots) waiting += slot.Partition.UnpersistedBytes;
        house.Checkpoints.Waits(Index, waiting);
        if (suspended is not null) return;
        CatchUp();
        var tick = Environment.TickCount64;
        foreach (var slot in Slots)
        {
            models.GoOn(slot, nowMs);
            house.Ids.Look(slot.Partition);
            house.CountFaults(slot.Partition);
            if (!slot.Partition.IsTicking && slot.IsCheckpointDue(house.Options, tick) && house.Checkpoints.MayTry(tick)) TryCheckpoint(slot);
        }

        BeginRebuilds(tick);
    }

    // As many as there are permits for.
    private void BeginRebuilds(long tick)
    {
        foreach (var slot in Slots)
        {
            if (!slot.IsRebuildDue(house.Options, tick)) continue;
            if (!house.RebuildSlots.TryTake()) return;
            if (slot.Partition.BeginRebuild()) slot.PassBegun(tick);
            else house.RebuildSlots.Return();
        }
    }

    private void CatchUp()
    {
        foreach (var slot in Slots) slot.Partition.CatchUp(nowMs);
    }

    private void TryCheckpoint(PartitionSlot slot)
    {
        if (!house.CheckpointSlots.TryTake()) return;
        if (slot.Partition.BeginCheckpoint(slot.Epoch)) slot.CheckpointBegun();
        else house.CheckpointSlots.Return();
    }

    public void CheckpointDone(PartitionSlot slot, long position, Exception? error)
    {
        house.CheckpointSlots.Return();
        if (error is null)
        {
            slot.Partition.Persisted(position);
            return;
        }

        slot.Partition.PersistFailed(position);
        slot.CheckpointFailed(Environment.TickCount64);
    }

    public void PassDone(PartitionSlot slot, HistoryPass pass, Exception? error)
    {
        house.RebuildSlots.Return();
        if (error is null)
        {
            slot.PassRead();
            house.HistoryRead(slot.Partition.Index);
            slot.Partition.RebuildReady(pass, nowMs);
            if (pass is RebuildPass && !slot.HoldsActivation) slot.PassEnded(Environment.TickCount64);
            if (suspended is not null) return;
            models.GoOn(slot, nowMs);
            // At once, not at the next pulse: an import marks accounts in all partitions, and there are few permits.
            BeginRebuilds(Environment.TickCount64);
            return;
        }

        var ofActivation = slot.Partition.IsOfActivation(pass);
        slot.Partition.RebuildFailed(pass);
        slot.PassFailed(Environment.TickCount64);
        if (ofActivation) models.PutBack(slot);
        house.HistoryUnread(slot.Partition.Index, ofActivation, error);
    }

    /// <summary>For the stop: a checkpoint of the first partition that needs one. False: none does, and none is under way.</summary>
    public bool CheckpointNext()
    {
        var isAny = false;
        if (suspended is not null) return false;
        foreach (var slot in Slots)
        {
            if (slot.Partition.Unpersisted == 0 && !slot.Partition.IsCheckpointing) continue;
            isAny = true;
            TryCheckpoint(slot);
        }

        return isAny;
    }
}
