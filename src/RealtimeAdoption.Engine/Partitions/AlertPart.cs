using RealtimeAdoption.Engine.Alerts;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>A partition's alerts, found in its accounts' rows.</summary>
internal static class AlertPart
{
    /// <summary>The first alerts of the query, at most its limit, in order. One scan; memory by the limit.</summary>
    public static IReadOnlyList<FleetAlert> Rows(AccountTable accounts, AlertQuery query, int? only)
    {
        var order = new AlertOrder(query.Sort);
        // The last alert of the page so far is on top, so that a better one can take its place.
        var page = new PriorityQueue<FleetAlert, FleetAlert>(Comparer<FleetAlert>.Create((x, y) => order.Compare(y, x)));
        foreach (var alert in Matching(accounts, query, only))
        {
            if (query.After is { } after && (!order.TryCompare(alert, after, out var place) || place <= 0)) continue;
            if (page.Count < query.Limit) page.Enqueue(alert, alert);
            else if (order.Compare(alert, page.Peek()) < 0) page.EnqueueDequeue(alert, alert);
        }

        var rows = new FleetAlert[page.Count];
        for (var i = rows.Length - 1; i >= 0; i--) rows[i] = page.Dequeue();
        return rows;
    }

    public static AlertStorms Storms(AccountTable accounts, AlertQuery query, int? only)
    {
        var storms = new AlertStorms();
        foreach (var row in Matching(accounts, query, only)) storms.Count(row.Alert);
        return storms;
    }

    // Only: the one account that can match; -1: none can.
    private static IEnumerable<FleetAlert> Matching(AccountTable accounts, AlertQuery query, int? only)
    {
        var (first, end) = only is { } one ? (Math.Max(one, 0), one + 1) : (0, accounts.Count);
        for (var number = first; number < end; number++)
        {
            if (accounts[number].Row is not { Alerts.Count: > 0 } row) continue;
            foreach (var alert in row.Alerts)
            {
                if (query.Matches(row, alert)) yield return new FleetAlert(row, alert);
            }
        }
    }
}
