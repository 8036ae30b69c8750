using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Simulation.Callers;
using RealtimeAdoption.Simulation.Host;
using RealtimeAdoption.Simulation.Store;
using RealtimeAdoption.Simulation.Watchers;
using RealtimeAdoption.TestKit.Comparison;

namespace RealtimeAdoption.Simulation.Checks;

/// <summary>Everything that must be true at the end of a run, when all requests are answered and nothing is in flight.</summary>
internal sealed class RunChecks(SimulatedJournal journal, Ledger ledger, ChangeReader reader, Func<string, AdoptionModel> modelOf)
{
    /// <exception cref="SimulationException">The first that is not true.</exception>
    public RunSummary Hold(SimulatedHost host, BoardWatcher board)
    {
        var count = host.Partitions.Count;
        var checks = new JournalChecks(journal, ledger, count);
        reader.ReadAll(host);
        var changes = Enumerable.Range(0, count).Select(partition => reader.Changes(partition).ToList()).ToList();
        var folds = Enumerable.Range(0, count).Select(partition => checks.Fold(partition, modelOf)).ToList();
        checks.HoldAnswers();
        for (var partition = 0; partition < count; partition++)
        {
            Hold(Check.AlertsAreSingle, partition, AlertCheck.Difference(changes[partition]));
            Hold(Check.ChangesEqualReference, partition, folds[partition].Difference(changes[partition]));
            HoldAccounts(host.Partitions[partition], folds[partition]);
        }

        Hold(Check.BoardEqualsFleet, 0, BoardCheck.Difference(board.ShowAll(host), host, checks.Events, changes));
        HoldDirectory(host, checks);
        return new RunSummary(checks.Records, folds.Sum(fold => fold.Accounts.Count), reader.Count, checks.Fingerprint);
    }

    /// <summary>The states of all accounts, bit for bit.</summary>
    public static SortedDictionary<string, byte[]> States(SimulatedHost host)
    {
        var states = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var partition in host.Partitions)
            foreach (var account in IdsOf(partition)) states[account] = partition.State(account).ToArray();
        return states;
    }

    public static void HoldStates(SortedDictionary<string, byte[]> live, SortedDictionary<string, byte[]> replayed, string how)
    {
        foreach (var (account, state) in live)
        {
            if (!replayed.TryGetValue(account, out var again)) throw new SimulationException(Check.ReplayEqualsLive, $"{account} is gone after a recovery {how}");
            if (!state.AsSpan().SequenceEqual(again)) throw new SimulationException(Check.ReplayEqualsLive, $"the state of {account} is another one after a recovery {how}, from byte {state.AsSpan().CommonPrefixLength(again)} of {state.Length}");
        }

        if (live.Count != replayed.Count) throw new SimulationException(Check.ReplayEqualsLive, $"{replayed.Count} accounts after a recovery {how}, {live.Count} before");
    }

    private static void HoldAccounts(Partition partition, JournalFold fold)
    {
        if (partition.Day != fold.Today) throw new SimulationException(Check.AccountsEqualReference, $"partition {partition.Index} is on day {partition.Day}, its journal on {fold.Today}");
        foreach (var id in fold.Accounts.Keys)
        {
            var view = partition.View(id, explain: true);
            var read = view is null ? null : new AccountRead(view, partition.Users(id)!, partition.Row(StableHash.Of(id))!);
            Hold(Check.AccountsEqualReference, partition.Index, fold.Difference(id, read));
        }

        if (partition.Accounts != fold.Accounts.Count) throw new SimulationException(Check.AccountsEqualReference, $"partition {partition.Index} has {partition.Accounts} accounts, its journal {fold.Accounts.Count}");
    }

    private static void HoldDirectory(SimulatedHost host, JournalChecks checks)
    {
        foreach (var (user, account) in checks.Directory)
        {
            if (!host.Directory.TryGetValue(user, out var found) || found != account)
                throw new SimulationException(Check.DirectoryEqualsJournal, $"{user} is of {found ?? "no account"}, the journal says of {account}");
        }

        if (host.Directory.Count != checks.Directory.Count) throw new SimulationException(Check.DirectoryEqualsJournal, $"{host.Directory.Count} users, the journal has {checks.Directory.Count}");
    }

    private static IEnumerable<string> IdsOf(Partition partition) =>
        new[] { false, true }.SelectMany(churned => partition.Rows(new Engine.Fleet.AccountQuery { Churned = churned, Limit = 1000 })).Select(row => row.Account.Account);

    private static void Hold(Check check, int partition, string? difference)
    {
        if (difference is not null) throw new SimulationException(check, $"partition {partition}: {difference}");
    }
}

/// <summary>What a run held.</summary>
/// <param name="Records">In the journal.</param>
/// <param name="Accounts">All.</param>
/// <param name="Changes">In the feed.</param>
/// <param name="Fingerprint">Of the journal.</param>
internal sealed record RunSummary(int Records, int Accounts, int Changes, ulong Fingerprint);
