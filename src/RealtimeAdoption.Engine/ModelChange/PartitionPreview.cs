using System.Text;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.ModelChange;

/// <summary>
/// Some accounts of a partition under another model: pass by pass over the history their states are computed, swapped into the copies as an activation would, and compared. One thread at a
/// time; memory by what the copies and one pass hold.
/// </summary>
public sealed class PartitionPreview(AccountCopies copies, CompiledModel next, PreviewTally tally)
{
    private int compared;
    private RebuildPass? pass;

    /// <summary>Null: every account is compared. Else feed the pass, compute it, and call <see cref="Compare"/>.</summary>
    public HistoryPass? NextPass()
    {
        if (compared >= copies.Count) return null;
        var accounts = copies.Taken.Skip(compared).Select(copy => (copy.Hash, copy.Id)).ToList();
        return pass = new RebuildPass(next, copies.Partition, copies.Position, copies.Position, accounts, copies.BytesMax, ofReplay: false);
    }

    /// <summary>The pass is computed: its accounts are compared, and those it gave back wait for the next one.</summary>
    public void Compare(CancellationToken cancellationToken)
    {
        var computed = pass ?? throw new InvalidOperationException("No pass was begun.");
        pass = null;
        foreach (var record in computed.Broke) tally.AddTrouble(record.Account, $"The record at position {record.Position} would be quarantined: {record.Reason}");
        for (var i = 0; i < computed.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CompareOne(copies.Taken[compared + i], computed);
            // What is compared is not needed any more.
            copies.Taken[compared + i] = default;
        }

        compared += computed.Count;
    }

    private void CompareOne(AccountCopy copy, RebuildPass computed)
    {
        try
        {
            if (computed.Rebuilt.StateOf(copy.Hash, out var error) is not { } rebuilt) throw error ?? new InvalidOperationException("The account was not rebuilt.");
            // The view brings what it reads to the day, in place; what is swapped is the account as it was.
            var state = copy.State;
            var read = state.Copy();
            var row = AccountActor.Summary(copies.Model, ref read);
            var view = AccountActor.View(copies.Model, ref read, copies.Day, explain: false);
            var changes = new ChangeList();
            var at = DateTimeOffset.FromUnixTimeMilliseconds(copies.AtMs);
            AccountActor.SwapModel(copies.Model, ref state, next, rebuilt, copies.Position, copies.Position + 1, copies.Day, at, changes);
            // What the activation would find is none of its doing.
            List<Change> told = [.. changes.Where(change => change.Cause.Kind != CauseKind.Drift)];
            tally.Add(copies.Partition, new AccountComparison(row, view, AccountActor.Summary(next, ref state), AccountActor.View(next, ref state, copies.Day, explain: true), told));
        }
        catch (Exception error)
        {
            // Of whatever kind: in an activation it would stop this account, and no other.
            tally.AddTrouble(Encoding.UTF8.GetString(copy.Id), $"{error.GetType().Name}: {error.Message}");
        }
    }
}
