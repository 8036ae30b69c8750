using System.Globalization;
using System.Text;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Verification;

/// <summary>
/// Some accounts of a partition beside those of another object that was made from the journal alone, both at one position; then, pass by pass over the history, beside what a rebuild makes of them.
/// One thread at a time; memory by what the copies and one pass hold.
/// </summary>
/// <param name="copies">Of the host's accounts, all taken.</param>
/// <param name="replica">Replayed from the journal's start to the position of the copies.</param>
/// <param name="tally">Takes what is found.</param>
public sealed class PartitionVerification(AccountCopies copies, Partition replica, VerifyTally tally)
{
    private const string Stopped = "stopped";
    private readonly List<int> asked = [];
    private int computed;
    private RebuildPass? pass;

    /// <summary>Compares with the replay.</summary>
    public void Compare(CancellationToken cancellationToken)
    {
        if (replica.Applied != copies.Position) throw new InvalidOperationException($"Partition {copies.Partition}: the copies are of position {copies.Position}, the replica is at {replica.Applied}.");
        for (var i = 0; i < copies.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var number = copies.First + i;
            if (number >= replica.Accounts) Add(copies.Taken[i], "account", "known", "unknown", VerifiedBy.Replay);
            else if (CompareOne(copies.Taken[i], replica.CopyOf(number))) asked.Add(i);
        }

        tally.Compared(copies.Partition, copies.Position, copies.Count);
    }

    /// <summary>After <see cref="Compare"/>. Null: every account is compared. Else feed the pass, compute it, and call <see cref="CompareRebuilt"/>.</summary>
    public HistoryPass? NextPass()
    {
        if (computed >= asked.Count) return null;
        var accounts = asked.Skip(computed).Select(i => (copies.Taken[i].Hash, copies.Taken[i].Id)).ToList();
        return pass = new RebuildPass(copies.Model, copies.Partition, copies.Position, copies.Position, accounts, copies.BytesMax, ofReplay: false);
    }

    /// <summary>The pass is computed: its accounts are compared, and those it gave back wait for the next one.</summary>
    public void CompareRebuilt(CancellationToken cancellationToken)
    {
        var done = pass ?? throw new InvalidOperationException("No pass was begun.");
        pass = null;
        for (var i = 0; i < done.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CompareOneRebuilt(copies.Taken[asked[computed + i]], done);
        }

        computed += done.Count;
    }

    // True: nothing stands in the way of a rebuild.
    private bool CompareOne(AccountCopy live, AccountCopy replayed)
    {
        if (!live.Id.AsSpan().SequenceEqual(replayed.Id))
        {
            Add(live, "account", Encoding.UTF8.GetString(live.Id), Encoding.UTF8.GetString(replayed.Id), VerifiedBy.Replay);
            return false;
        }

        if (live.IsStopped != replayed.IsStopped) Add(live, Stopped, Word(live.IsStopped), Word(replayed.IsStopped), VerifiedBy.Replay);
        if (!live.State.Bytes.SequenceEqual(replayed.State.Bytes)) AddFields(live, replayed);
        return !live.IsStopped && !replayed.IsStopped && !AccountActor.IsRebuilding(live.State);
    }

    private void AddFields(AccountCopy live, AccountCopy replayed)
    {
        var isAny = false;
        foreach (var (field, first, second) in FieldComparison.Of(View(live.State), View(replayed.State)))
        {
            isAny = true;
            Add(live, field, first, second, VerifiedBy.Replay);
        }

        if (isAny) return;
        var one = live.State.Bytes;
        var other = replayed.State.Bytes;
        var at = one.CommonPrefixLength(other);
        Add(live, "state", Bytes(one.Length, at), Bytes(other.Length, at), VerifiedBy.Replay);
    }

    private void CompareOneRebuilt(AccountCopy live, RebuildPass done)
    {
        try
        {
            if (done.Rebuilt.StateOf(live.Hash, out var error) is not { } rebuilt) throw error ?? new InvalidOperationException("The account was not rebuilt.");
            // The view brings what it reads to the day, in place.
            var before = View(live.State);
            var swapped = live.State.Copy();
            // Days that ended before the account was known have a close in what is rebuilt, and none in what has lived.
            AccountActor.ForgetCloses(copies.Model, ref rebuilt);
            AccountActor.Swap(copies.Model, ref swapped, rebuilt, copies.Position, copies.Position, copies.Day, DateTimeOffset.FromUnixTimeMilliseconds(copies.AtMs), []);
            foreach (var (field, first, second) in FieldComparison.Of(before, View(swapped) with { Position = before.Position })) Add(live, field, first, second, VerifiedBy.Rebuild);
        }
        catch (Exception error)
        {
            // Of whatever kind: a rebuild would leave this account as it is, and no other.
            Add(live, "account", "as it is", $"cannot be rebuilt: {error.GetType().Name}: {error.Message}", VerifiedBy.Rebuild);
        }
    }

    private AccountView View(AccountState state)
    {
        var read = state.Copy();
        return AccountActor.View(copies.Model, ref read, copies.Day, explain: false);
    }

    private void Add(AccountCopy live, string field, string first, string second, VerifiedBy by) =>
        tally.Add(new AccountDifference(copies.Partition, Encoding.UTF8.GetString(live.Id), copies.Position, field, first, second, by));

    private static string Word(bool isStopped) => isStopped ? Stopped : "takes records";

    private static string Bytes(int length, int at) => string.Create(CultureInfo.InvariantCulture, $"{length} bytes, another one at {at}");
}
