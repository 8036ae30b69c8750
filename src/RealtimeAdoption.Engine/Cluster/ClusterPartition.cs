using System.Diagnostics.CodeAnalysis;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>
/// A partition that takes what any door has appended to its journal, and whose accounts may live in other processes (docs/cluster.md). It says whom to call; what the answers do is done by the
/// <see cref="Machine"/>, in journal order, by the code that every host runs. No I/O, no clock, no threads; one owner calls it.
/// <para>An exception means that it must not be used any more; a <see cref="FencedException"/>, that the partition has another owner.</para>
/// </summary>
public sealed class ClusterPartition : IDisposable
{
    private readonly ClusterOptions options;
    private readonly Func<int, int> grant;
    private readonly RemoteAccounts accounts;
    private readonly Incoming incoming;
    private readonly Queue<Output> outputs = new();
    private readonly Dictionary<long, Pending> pending = [];
    private readonly HashSet<int> wanted = [];
    private Batch? batch;
    private long epoch;
    private long lastCall;
    private bool isOpen;
    private bool isAllWanted;

    private readonly record struct Pending(Lease Lease, AccountCall Call);

    /// <param name="machine">New: it is restored and replayed before <see cref="Open"/>, and disposed with this.</param>
    /// <param name="options">Its bounds.</param>
    /// <param name="grant">How many of so many calls may be made for a batch now, whose accounts are else computed in place; null: all. States that are out are called for all the same.</param>
    public ClusterPartition(Partition machine, ClusterOptions options, Func<int, int>? grant = null)
    {
        ArgumentNullException.ThrowIfNull(machine);
        Machine = machine;
        this.options = options;
        this.grant = grant ?? (static wanted => wanted);
        accounts = new RemoteAccounts(machine);
        incoming = new Incoming(machine.Index);
    }

    /// <summary>
    /// For recovery, for reading (after <see cref="Flush"/> or <see cref="FlushAll"/>), and for what a host asks of any partition: rebuilds, models, ticks, the answers to its outputs. Not for appending, and not for
    /// checkpoints.
    /// </summary>
    public Partition Machine { get; }

    /// <summary>Position of the last record that <see cref="Consume"/> has taken; the journal is read from behind it.</summary>
    public long Taken => incoming.Last;

    /// <summary>Records, and their bytes, that wait for the batch before them: beyond some, a host should wait too.</summary>
    public (int Records, long Bytes) Waiting => (incoming.Count, incoming.Bytes);

    /// <summary>Everything taken is applied, and nobody is being called.</summary>
    public bool IsIdle => batch is null && pending.Count == 0 && incoming.Count == 0;

    /// <summary>Accounts whose states are handed out.</summary>
    public int Remote => accounts.Count;

    /// <summary>The machine is recovered through the journal's head, read after the epoch was acquired: nobody else's own records can come any more.</summary>
    public void Open(long ownerEpoch)
    {
        Machine.OpenToJournal(accounts);
        (epoch, isOpen, incoming.Last) = (ownerEpoch, true, Machine.Applied);
    }

    /// <summary>Takes what the journal holds; what it has is skipped. False: the segment does not follow on, and nothing is taken; read the journal after <see cref="Taken"/>.</summary>
    public bool Consume(Segment segment)
    {
        if (!isOpen) throw new InvalidOperationException($"Partition {Machine.Index} is not open.");
        if (segment.FirstPosition > incoming.Last + 1) return false;
        incoming.Take(segment);
        GoOn();
        return true;
    }

    /// <summary>Takes the next thing to do.</summary>
    public bool TryTake([NotNullWhen(true)] out Output? output)
    {
        Machine.SealOwn();
        return Machine.TryTake(out output) || outputs.TryDequeue(out output);
    }

    /// <summary>An account's actor has answered. One that nobody waits for any more is passed over.</summary>
    /// <exception cref="FencedException">The actor knows a later owner of the partition.</exception>
    public void Answered(AccountReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (reply.Outcome == AccountOutcome.Superseded) throw new FencedException($"Partition {Machine.Index} has another owner, whom one of its accounts knows.");
        if (!TryEnd(reply.Number, out var ended)) return;
        var isFit = reply.Outcome == AccountOutcome.Taken && (reply.Position == ended.Call.Position || Machine.Planted == PlantedFault.LateAnswerTaken);
        if (!isFit) accounts.Rewind(ended.Lease);
        else if (ended.Call.Positions.Count > 0) Receive(ended.Lease, reply);
        else TakeState(ended, reply);
        GoOn();
    }

    /// <summary>A call came to nothing, or its answer did not come in time: the partition does without it.</summary>
    public void CallFailed(long number)
    {
        if (!TryEnd(number, out var ended)) return;
        accounts.Rewind(ended.Lease);
        GoOn();
    }

    /// <summary>True: the account's state is here as of <see cref="Partition.Applied"/>. False: it is called for; ask again after each answer.</summary>
    public bool Flush(string account)
    {
        var number = Machine.NumberOf(account);
        if (number < 0 || !accounts.IsDirty(number)) return true;
        wanted.Add(number);
        GoOn();
        return !accounts.IsDirty(number);
    }

    /// <summary>True: all states are here as of <see cref="Partition.Applied"/>. False: they are called for; ask again after each answer.</summary>
    public bool FlushAll()
    {
        if (!accounts.IsAnyDirty) return true;
        isAllWanted = true;
        GoOn();
        return !accounts.IsAnyDirty;
    }

    /// <summary>True: a checkpoint is on its way, or there is nothing to store. False: accounts are being flushed for it; ask again after each answer.</summary>
    public bool BeginCheckpoint()
    {
        if (Machine.IsCheckpointing || Machine.Unpersisted == 0) return true;
        if (Machine.Planted != PlantedFault.CheckpointUnflushed && !FlushAll()) return false;
        if (Machine.BeginCheckpoint(epoch)) accounts.EndUnused();
        return true;
    }

    public void Dispose()
    {
        isOpen = false;
        incoming.Dispose();
        accounts.Dispose();
        Machine.Dispose();
    }

    private bool TryEnd(long number, out Pending ended)
    {
        if (pending.Remove(number, out ended)) return true;
        if (Machine.Planted != PlantedFault.LateAnswerTaken || pending.Count == 0) return false;
        number = pending.Keys.Min();
        return pending.Remove(number, out ended);
    }

    private void Receive(Lease lease, AccountReply reply)
    {
        (lease.Reply, lease.Next) = (reply, 0);
        batch!.Called.Add(lease);
    }

    private void TakeState(Pending flush, AccountReply reply)
    {
        if (reply.State is not { } state)
        {
            accounts.Rewind(flush.Lease);
            return;
        }

        accounts.Seen(flush.Lease, state.Span);
        if (flush.Call.Releases) accounts.End(flush.Lease);
    }

    // One thing at a time: calls of a batch, then the batch, then flushes, then what comes next.
    private void GoOn()
    {
        while (pending.Count == 0)
        {
            if (batch is { } answered)
            {
                Machine.ApplyCommitted(answered.Run);
                accounts.EndBatch(answered.Called);
                batch = null;
            }

            if (CallForWanted() || incoming.Count == 0) return;
            var next = incoming.Peek();
            if (Incoming.IsBarrier(next))
            {
                if (CallBack(NeededFor(next))) return;
                Machine.ApplyCommitted(incoming.Next(1));
            }
            else if (accounts.KeptBytes > options.UnflushedBytesMax) isAllWanted = true;
            else BeginBatch();
        }
    }

    private void BeginBatch()
    {
        var run = incoming.Next(options.BatchRecordsMax);
        batch = new Batch(run);
        var callsMax = grant(Math.Min(options.CallsMax, run.Count));
        if (callsMax == 0 && !accounts.IsAnyDirty)
        {
            // Nothing is out that is not here too, and nobody is called.
            accounts.EndAll();
            return;
        }

        var judgements = Machine.JudgeAhead(run);
        batch.Sort(Machine.Table, judgements);
        var busiest = batch.Busiest(callsMax);
        var left = callsMax;
        foreach (var group in batch.Groups)
        {
            var lease = accounts.Of(group.Number);
            var isBusy = busiest?.Contains(group.Number) != false;
            if (!isBusy && lease is not { IsDirty: true })
            {
                if (lease is not null) accounts.End(lease);
                continue;
            }

            if (lease is null && group.Count < options.ActivateFrom) continue;
            lease ??= accounts.HandOut(group.Number);
            if (lease is null) continue;
            // One that is called for a record now and then need not be activated.
            lease.IsUsed |= group.Count >= options.ActivateFrom;
            left--;
            var (positions, records) = batch.RecordsOf(group, judgements);
            Call(lease, NewCall(lease) with
            {
                Position = positions[^1],
                Positions = positions,
                Records = records,
                // So that one which is out and is not busy is called this once.
                WantsState = !isBusy || Machine.Table[group.Number].State.Bytes.Length <= options.StateBytesWithAnswer,
            });
        }

        // What nobody was called with goes back, for others.
        if (left > 0) grant(-left);
    }

    // True: they are on their way.
    private bool CallForWanted()
    {
        if (!isAllWanted && wanted.Count == 0) return false;
        foreach (var lease in accounts.Dirty())
        {
            if (isAllWanted || wanted.Contains(lease.Account)) Call(lease, NewCall(lease) with { WantsState = true });
        }

        isAllWanted = false;
        wanted.Clear();
        return pending.Count > 0;
    }

    private List<Lease> NeededFor(in Record barrier)
    {
        switch (barrier.Kind)
        {
            case RecordKind.Tick:
                return Machine.Planted == PlantedFault.TickedInAbsence ? [] : accounts.All();
            case RecordKind.Activated or RecordKind.Quarantine:
                return accounts.All();
            case RecordKind.Rebuilt:
                var needed = new List<Lease>();
                foreach (var hash in PartitionRecords.ReadRebuilt(barrier).Accounts)
                    if (accounts.Of(Machine.Table.Find(hash)) is { } lease) needed.Add(lease);
                return needed;
            default:
                return [];
        }
    }

    // What is here as it is there needs no call. True: calls are on their way.
    private bool CallBack(List<Lease> needed)
    {
        foreach (var lease in needed)
        {
            if (lease.IsDirty) Call(lease, NewCall(lease) with { WantsState = true, Releases = true });
            else accounts.End(lease);
        }

        return pending.Count > 0;
    }

    private AccountCall NewCall(Lease lease) => new()
    {
        Number = ++lastCall,
        Partition = Machine.Index,
        Epoch = epoch,
        Lease = lease.Id,
        Account = lease.Name,
        Model = Machine.ModelHash,
        Day = Machine.Day,
        Previous = lease.Position,
        Position = lease.Position,
        State = lease.IsGiven ? (ReadOnlyMemory<byte>?)null : Machine.Table[lease.Account].State.Bytes.ToArray(),
    };

    private void Call(Lease lease, AccountCall call)
    {
        lease.IsGiven = true;
        pending.Add(call.Number, new Pending(lease, call));
        outputs.Enqueue(new CallAccount(call));
    }
}
