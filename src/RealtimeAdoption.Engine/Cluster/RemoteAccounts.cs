using System.Text;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Cluster;

/// <summary>
/// A partition's accounts whose states are with actors elsewhere: hands states out, takes answers for what the partition would compute, and computes them itself where there is none. Of each it has the state as it was last
/// seen, in the partition's table, and the records since.
/// </summary>
internal sealed class RemoteAccounts(Partition partition) : IDisposable
{
    private readonly Dictionary<int, Lease> leases = [];
    private readonly KeptRecords kept = new();
    private readonly ChangeList discarded = [];
    private long lastLease;
    private int dirty;

    /// <summary>Of records that nobody but an actor has.</summary>
    public long KeptBytes => kept.Bytes;

    public int Count => leases.Count;

    private CompiledModel Model => partition.Model ?? throw new InvalidOperationException("No account without a model.");

    public Lease? Of(int number) => leases.GetValueOrDefault(number);

    /// <summary>In order of their numbers.</summary>
    public List<Lease> Dirty() => dirty == 0 ? [] : [.. leases.Values.Where(lease => lease.IsDirty).OrderBy(lease => lease.Account)];

    public bool IsDirty(int number) => leases.TryGetValue(number, out var lease) && lease.IsDirty;

    public bool IsAnyDirty => dirty > 0;

    /// <summary>Null: what was still owed to it broke it.</summary>
    public Lease? HandOut(int number)
    {
        partition.Ready(number);
        ref var account = ref partition.Table[number];
        if ((account.Flags & AccountFlags.Stopped) != AccountFlags.None) return null;
        account.Flags |= AccountFlags.Remote;
        var lease = new Lease(number, ++lastLease, Encoding.UTF8.GetString(partition.NameOf(number)), AccountActor.Position(account.State));
        leases.Add(number, lease);
        return lease;
    }

    /// <summary>What an actor made of a record in place of the partition.</summary>
    public AccountAnswer Answer(int number, in Record record, long position, ChangeList changes)
    {
        var lease = leases[number];
        var reply = lease.Reply ?? throw new InvalidOperationException($"The record at {position} is of an account that was not called.");
        lease.Position = position;
        if (lease.Next == reply.Results.Count || reply.Results[lease.Next].Position != position)
        {
            Keep(lease, reply, record, position);
            return new AccountAnswer(AccountEffects.None, null, reply.NextDueDay, null);
        }

        var result = reply.Results[lease.Next++];
        foreach (var change in result.Changes) changes.Add(ChangeBytes.Read(change.Span));
        if (result.State is not { } state)
        {
            Keep(lease, reply, record, position);
            return new AccountAnswer(result.Effects, null, reply.NextDueDay, null);
        }

        Seen(lease, state.Span);
        ref var account = ref partition.Table[number];
        var row = (result.Effects & AccountEffects.CardChanged) != AccountEffects.None
            ? AccountRow.Of(Model, ref account.State)
            : new AccountRow(null, AccountActor.Mark(Model, ref account.State));
        return new AccountAnswer(result.Effects, row, reply.NextDueDay, null);
    }

    /// <summary>The batch is applied.</summary>
    public void EndBatch(IEnumerable<Lease> called)
    {
        foreach (var lease in called)
        {
            if (lease.Reply?.State is { } state) Seen(lease, state.Span);
            (lease.Reply, lease.Next) = (null, 0);
        }
    }

    /// <summary>The state as it is at the lease's position.</summary>
    public void Seen(Lease lease, ReadOnlySpan<byte> state)
    {
        partition.Table[lease.Account].State.Load(state);
        Forget(lease);
    }

    /// <summary>The state is here, and nobody else's any more. It must be clean.</summary>
    public void End(Lease lease)
    {
        partition.Table[lease.Account].Flags &= ~AccountFlags.Remote;
        leases.Remove(lease.Account);
    }

    /// <summary>Whatever the actor has: computes the state at the lease's position, and ends the lease. What that reports was reported before.</summary>
    public void Rewind(Lease lease)
    {
        var broke = Replay(lease);
        Forget(lease);
        End(lease);
        if (broke is not null) partition.Broke(lease.Account, lease.Position, broke);
    }

    // Null: it is done. Only a state that was damaged in memory breaks on what its actor has taken.
    private Exception? Replay(Lease lease)
    {
        ref var account = ref partition.Table[lease.Account];
        try
        {
            foreach (var place in kept.After(AccountActor.Position(account.State), lease.Kept))
            {
                if (partition.Planted == PlantedFault.RewoundWithoutRecords) break;
                var record = kept.At(place, out var position);
                AccountActor.Apply(Model, ref account.State, record, position, partition.Day, discarded);
            }

            return null;
        }
        catch (Exception error)
        {
            return error;
        }
        finally
        {
            discarded.Clear();
        }
    }

    /// <summary>Ends leases that nothing has come to since it was asked last.</summary>
    public void EndUnused()
    {
        foreach (var lease in leases.Values.ToList())
        {
            if (!lease.IsUsed && !lease.IsDirty) End(lease);
            lease.IsUsed = false;
        }
    }

    /// <summary>All must be clean.</summary>
    public void EndAll()
    {
        foreach (var number in leases.Keys) partition.Table[number].Flags &= ~AccountFlags.Remote;
        leases.Clear();
    }

    public List<Lease> All() => [.. leases.Values.OrderBy(lease => lease.Account)];

    public void Dispose() => kept.Dispose();

    // Unless the answer brings the state behind all of its records.
    private void Keep(Lease lease, AccountReply reply, in Record record, long position)
    {
        if (reply.State is not null) return;
        if (!lease.IsDirty) dirty++;
        lease.Kept = kept.Add(record, position, lease.Kept);
    }

    private void Forget(Lease lease)
    {
        if (!lease.IsDirty) return;
        lease.Kept = KeptRecords.None;
        if (--dirty == 0) kept.Clear();
    }
}
