using System.Text;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

// Rebuild: one pass at a time. Live, the records of its accounts after its position are kept in the tail; a replay reads them from the history.
public sealed partial class Partition
{
    // May hold accounts that are no longer marked: the flag tells.
    private readonly Queue<int> pending = new();
    private RebuildPass? pass;
    private RebuildTail? tail;
    private bool isSwapAppended;

    /// <summary>Accounts marked for rebuild that no pass has taken yet.</summary>
    public int PendingRebuilds { get; private set; }

    /// <summary>A pass is under way: read, computed, or its swap not committed yet.</summary>
    public bool IsRebuilding => pass is not null;

    /// <summary>Starts a pass over the history for pending accounts: a <see cref="ReadHistory"/> comes out. False: nothing is pending, or a pass is under way.</summary>
    /// <remarks>None begins while a model is being activated: that computes every account anyway, and what is historic since is rebuilt after it.</remarks>
    public bool BeginRebuild()
    {
        if (pass is not null || activation is not null || wished is not null) return false;
        var taken = new List<(ulong, byte[])>();
        while (taken.Count < options.RebuildAccountsMax && pending.TryDequeue(out var number))
        {
            ref var account = ref accounts[number];
            if ((account.Flags & AccountFlags.Pending) == AccountFlags.None) continue;
            Unmark(ref account);
            account.Flags |= AccountFlags.InPass;
            taken.Add((account.Hash, IdOf(number)));
        }

        if (taken.Count == 0) return false;
        pass = NewPass(ModelOrThrow, Applied, Applied, taken, options.RebuildBytesMax, ofReplay: false);
        tail = new RebuildTail();
        outputs.Enqueue(new ReadHistory(pass));
        return true;
    }

    /// <summary>The pass is computed: appends the record of the swap, which takes place when that is committed.</summary>
    /// <remarks>One of an activation is taken; <see cref="StepActivation"/> tells what comes next.</remarks>
    public void RebuildReady(HistoryPass ready, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(ready);
        if (ReferenceEquals(ready, activation?.Pass))
        {
            Quarantine(ready);
            activation.EndPass(isDone: true);
            return;
        }

        if (pass is null || !ReferenceEquals(ready, pass)) return;
        Quarantine(pass);
        foreach (var hash in pass.GivenBack) TakeOutOfPass(hash, isPending: true);
        foreach (var hash in pass.Hashes)
        {
            if (pass.Rebuilt.StateOf(hash, out var error) is not null || error is null) continue;
            TakeOutOfPass(hash, isPending: false);
            var number = accounts.Find(hash);
            Fault(number, pass.Through, IsStopped(number), error);
            // There are more of them than one pass looks for.
            if (pass.Broke.Any(record => StableHash.Of(Encoding.UTF8.GetBytes(record.Account)) == hash)) Heal(number);
        }

        AppendSwap(nowMs);
    }

    /// <summary>The pass could not be read: its accounts are pending again.</summary>
    /// <remarks>Of an activation: what a pass over the records since has taken stands, any other begins again.</remarks>
    public void RebuildFailed(HistoryPass failed)
    {
        ArgumentNullException.ThrowIfNull(failed);
        if (ReferenceEquals(failed, activation?.Pass))
        {
            activation.EndPass(isDone: false);
            return;
        }

        if (pass is null || !ReferenceEquals(failed, pass)) return;
        foreach (var hash in pass.GivenBack) TakeOutOfPass(hash, isPending: true);
        foreach (var hash in pass.Hashes) TakeOutOfPass(hash, isPending: true);
        EndPass();
    }

    private void AppendSwap(long nowMs)
    {
        var hashes = HashesInPass(pass!);
        if (hashes.Count == 0)
        {
            EndPass();
            return;
        }

        var receivedAt = OpenDayOf(nowMs);
        var at = open.Length;
        PartitionRecords.WriteRebuilt(open, pass!.Through, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(hashes), receivedAt);
        StampOwn(at, receivedAt);
        isSwapAppended = true;
    }

    private List<ulong> HashesInPass(RebuildPass of)
    {
        var hashes = new List<ulong>();
        foreach (var hash in of.Hashes)
        {
            if ((accounts[accounts.Find(hash)].Flags & AccountFlags.InPass) != AccountFlags.None) hashes.Add(hash);
        }

        return hashes;
    }

    // The record of the swap was dropped with a failed commit; what the pass computed still stands.
    private void AppendSwapAgain()
    {
        if (isSwapAppended) AppendSwap(openReceivedAtMs);
    }

    // Live, the pass is at hand. In a replay it is made here, and the host reads its history.
    private bool HasRebuilt(in Record record, long position)
    {
        if (isFedByJournal) HoldOwnSwap(record, position);
        if (pass is not null && (isOpen || pass.Until == position - 1)) return true;
        if (isOpen) return false;
        var (through, hashes) = PartitionRecords.ReadRebuilt(record);
        var taken = new List<(ulong, byte[])>(hashes.Length);
        foreach (var hash in hashes)
        {
            var number = accounts.Find(hash);
            if (number < 0) throw new InvalidDataException($"Partition {Index}: the swap at {position} names an account that does not exist.");
            taken.Add((hash, IdOf(number)));
        }

        pass = NewPass(ModelOrThrow, through, position - 1, taken, long.MaxValue, ofReplay: true);
        outputs.Enqueue(new ReadHistory(pass));
        return false;
    }

    private void ApplySwap(in Record record, long position)
    {
        var (through, hashes) = PartitionRecords.ReadRebuilt(record);
        if (through != pass!.Through) throw new InvalidDataException($"Partition {Index}: the swap at {position} is through {through}, its pass through {pass.Through}.");
        if (!isOpen) Quarantine(pass);
        pass.Rebuilt.BringUp(tail ?? pass.Tail);
        foreach (var hash in hashes) Swap(accounts.Find(hash), through, position, record.ReceivedAtMs);
        EndPass();
    }

    private void Swap(int number, long through, long position, long atMs)
    {
        TickFirst(number);
        ref var account = ref accounts[number];
        account.Flags &= ~AccountFlags.InPass;
        if (pass!.Rebuilt.StateOf(account.Hash, out var error) is not { } rebuilt)
        {
            if ((account.Flags & AccountFlags.Dirty) == AccountFlags.None) MarkDirty(number);
            Stop(number, position, error ?? new InvalidOperationException("The account was not rebuilt."));
            return;
        }

        // What stopped it, or that an earlier pass could not rebuild it, is over.
        var wasStopped = IsStopped(number);
        var id = IdOf(number);
        faults.Remove(number);
        account.Flags &= ~AccountFlags.Stopped;
        var again = wasStopped ? rebuilt.Copy() : default;
        var answer = AccountTurn.Swap(ModelOrThrow, ref account, rebuilt, through, position, Day, atMs, changes);
        if (answer.Error is not null && wasStopped)
        {
            // What broke it has left a block that nothing can be taken over from: its bands and alerts begin anew.
            AccountActor.Renew(ModelOrThrow, ref account.State, id, Day);
            answer = AccountTurn.Swap(ModelOrThrow, ref account, again, through, position, Day, atMs, changes);
        }

        Settle(number, position, answer);
        // A historic record that came after the pass began has marked it again.
        if ((account.Flags & AccountFlags.Stopped) == AccountFlags.None && AccountActor.IsRebuilding(account.State)) MarkPending(number);
        else Unmark(ref account);
    }

    private void MarkPending(int number)
    {
        if (!IsStopped(number)) PutIntoPending(number);
    }

    private void PutIntoPending(int number)
    {
        ref var account = ref accounts[number];
        if ((account.Flags & (AccountFlags.Pending | AccountFlags.InPass)) != AccountFlags.None) return;
        account.Flags |= AccountFlags.Pending;
        pending.Enqueue(number);
        PendingRebuilds++;
    }

    private void Unmark(ref AccountEntry account)
    {
        if ((account.Flags & AccountFlags.Pending) == AccountFlags.None) return;
        account.Flags &= ~AccountFlags.Pending;
        PendingRebuilds--;
    }

    private void TakeOutOfPass(ulong hash, bool isPending)
    {
        var number = accounts.Find(hash);
        ref var account = ref accounts[number];
        if ((account.Flags & AccountFlags.InPass) == AccountFlags.None) return;
        account.Flags &= ~AccountFlags.InPass;
        if (isPending) PutIntoPending(number);
    }

    private void EndPass()
    {
        pass?.Tail.Dispose();
        tail?.Dispose();
        pass = null;
        tail = null;
        isSwapAppended = false;
    }
}
