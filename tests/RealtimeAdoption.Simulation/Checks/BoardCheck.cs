using System.Numerics;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Board;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Simulation.Host;
using RealtimeAdoption.Simulation.Watchers;

namespace RealtimeAdoption.Simulation.Checks;

/// <summary>The wall's document against the rows of all accounts, counted anew, and its lines against the feed of changes.</summary>
internal static class BoardCheck
{
    /// <summary>Null: it tells what the fleet is.</summary>
    /// <param name="board">As it is shown.</param>
    /// <param name="host">At rest.</param>
    /// <param name="events">Usage events in the journal.</param>
    /// <param name="changes">By partition, the whole feed.</param>
    public static string? Difference(BoardDocument board, SimulatedHost host, int events, IReadOnlyList<IReadOnlyList<Change>> changes)
    {
        var model = host.Model.Definition;
        var all = Rows(host, churned: true);
        var living = Rows(host, churned: false);
        var fleet = board.Fleet;
        var (adopted, entitled) = (living.Sum(row => row.ProductsAdopted), living.Sum(row => row.ProductsEntitled));
        if ((fleet.Accounts, fleet.Churned, fleet.Rebuilding) != (living.Count, all.Count, living.Count(row => row.Rebuilding)))
            return $"{fleet.Accounts} accounts, {fleet.Churned} churned, {fleet.Rebuilding} rebuilding; the rows have {living.Count}, {all.Count}, {living.Count(row => row.Rebuilding)}";
        if ((fleet.AdoptedProducts, fleet.EntitledProducts) != (adopted, entitled)) return $"{fleet.AdoptedProducts} of {fleet.EntitledProducts} products; the rows have {adopted} of {entitled}";
        if (fleet.Events != events) return $"{fleet.Events} events; the journal has {events}";
        return Stages(board, host, living) ?? Parts(board, model, living) ?? Alerts(board, host) ?? Lines(board, changes);
    }

    private static string? Stages(BoardDocument board, SimulatedHost host, List<AccountSummary> living)
    {
        for (var i = 0; i < board.Stages.Count; i++)
        {
            var stage = board.Stages[i];
            var count = living.Count(row => row.StageId == stage.Id);
            if (stage.Count != count) return $"stage {stage.Id} has {stage.Count} accounts; the rows {count}";
            var shown = stage.Accounts.Select(mover => (mover.Id, mover.Since)).ToHashSet();
            var latest = BoardWatcher.RowsOf(host, host.Model.Definition.Stages[i]).Take(BoardDocument.MoversLength).Select(row => (row.Account.Account, row.Account.StageSince)).ToHashSet();
            if (count <= BoardDocument.MoversLength && !shown.SetEquals(latest)) return $"stage {stage.Id} shows {string.Join(", ", shown)}; the rows are {string.Join(", ", latest)}";
        }

        return null;
    }

    private static string? Parts(BoardDocument board, AdoptionModel model, List<AccountSummary> living)
    {
        for (var i = 0; i < model.Products.Count; i++)
        {
            var bit = 1UL << i;
            var due = (living.Count(row => (row.Adopted & row.Entitled & bit) != 0), living.Count(row => (row.Entitled & bit) != 0));
            if ((board.Products[i].Adopted, board.Products[i].Entitled) != due) return $"product {board.Products[i]}; the rows have {due}";
        }

        foreach (var segment in board.Segments)
        {
            var own = living.Where(row => row.SegmentId == segment.Id).ToList();
            double? average = own.Count == 0 ? null : Math.Round((double)own.Sum(row => row.ProductsAdopted) / own.Count, 6);
            if (segment.Accounts != own.Count || segment.AverageProducts != average) return $"segment {segment}; the rows have {own.Count}, {average}";
        }

        var bands = new BoardBands(Count(Band.Red), Count(Band.Yellow), Count(Band.Green), Count(Band.Unknown));
        return board.Bands == bands ? null : $"bands {board.Bands}; the rows have {bands}";

        int Count(Band band) => living.Count(row => row.Band == band);
    }

    private static string? Alerts(BoardDocument board, SimulatedHost host)
    {
        var alerts = host.Partitions.SelectMany(partition => partition.Alerts(new AlertQuery { Limit = 1000 })).Where(row => !row.Account.Churned).Select(row => row.Alert).ToList();
        var counts = new BoardAlertCounts(Of(AlertSeverity.Urgent), Of(AlertSeverity.Warning), Of(AlertSeverity.Notice), Of(AlertSeverity.Info));
        if (board.AlertCounts != counts) return $"alerts {board.AlertCounts}; the rows have {counts}";
        var lines = AlertLines.Of(BoardWatcher.AlertsOf(host));
        return board.Alerts.SequenceEqual(lines) ? null : $"alerts {string.Join("; ", board.Alerts)}; the fleet's are {string.Join("; ", lines)}";

        BoardAlertCount Of(AlertSeverity severity) => new(
            alerts.Count(alert => alert.Severity == severity && alert.State == AlertState.Open),
            alerts.Count(alert => alert.Severity == severity && alert.State == AlertState.Acknowledged));
    }

    // What the wall tells has happened, and is told once.
    private static string? Lines(BoardDocument board, IReadOnlyList<IReadOnlyList<Change>> changes)
    {
        if (board.Feed.Select(line => line.Id).Distinct(StringComparer.Ordinal).Count() != board.Feed.Count) return "a line of the feed is there twice";
        if (board.Slips.Select(slip => slip.Id).Distinct(StringComparer.Ordinal).Count() != board.Slips.Count) return "a slip is there twice";
        foreach (var (id, account, day) in board.Feed.Select(line => (line.Id, line.Account, line.Day)).Concat(board.Slips.Select(slip => (slip.Id, slip.Account, slip.Day))))
        {
            var parts = id.Split('-');
            var (partition, sequence) = (int.Parse(parts[0]), int.Parse(parts[1]));
            if (sequence > changes[partition].Count || changes[partition][sequence - 1] is var change && (change.Account != account || change.Day != day)) return $"line {id} of {account} on {day} is no change of the feed";
        }

        return null;
    }

    private static List<AccountSummary> Rows(SimulatedHost host, bool churned) =>
        [.. host.Partitions.SelectMany(partition => partition.Rows(new AccountQuery { Churned = churned, Limit = 1000 })).Select(row => row.Account)];
}
