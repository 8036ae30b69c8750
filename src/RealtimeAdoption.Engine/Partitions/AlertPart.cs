using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>A partition's alerts, found in its accounts' states; views are made of those that are shown.</summary>
internal static class AlertPart
{
    /// <summary>The first alerts of the query, at most its limit, in order, each with its account's number. One scan; memory by the limit.</summary>
    public static IReadOnlyList<(int Number, AlertPlace Place)> Find(AccountTable accounts, CompiledModel model, int day, AlertQuery query, int? only)
    {
        var order = new AlertOrder(query.Sort);
        var after = default(AlertPlace);
        var isNext = query.After is { } cursor && AlertOrder.TryRead(cursor, out after);
        if (query.After is not null && !isNext) return [];
        // The last alert of the page so far is on top, so that a better one can take its place.
        var page = new PriorityQueue<int, AlertPlace>(Comparer<AlertPlace>.Create((x, y) => order.Compare(y, x)));
        foreach (var (number, alert) in Matching(accounts, model, day, query, only))
        {
            var place = AlertPlace.Of(accounts[number].Card!, accounts.MarkOf(number).Arr, alert);
            if (isNext && order.Compare(place, after) <= 0) continue;
            if (page.Count < query.Limit) page.Enqueue(number, place);
            else page.EnqueueDequeue(number, place);
        }

        var found = new (int, AlertPlace)[page.Count];
        for (var i = found.Length - 1; i >= 0; i--)
        {
            page.TryDequeue(out var number, out var place);
            found[i] = (number, place);
        }

        return found;
    }

    public static AlertStorms Storms(AccountTable accounts, CompiledModel model, int day, AlertQuery query, int? only)
    {
        var storms = new AlertStorms();
        foreach (var (_, alert) in Matching(accounts, model, day, query, only)) storms.Count(alert);
        return storms;
    }

    // Only: the one account that can match; -1: none can.
    private static IEnumerable<(int Number, AlertGlance Alert)> Matching(AccountTable accounts, CompiledModel model, int day, AlertQuery query, int? only)
    {
        var (first, end) = only is { } one ? (Math.Max(one, 0), one + 1) : (0, accounts.Count);
        var alerts = new List<AlertGlance>();
        for (var number = first; number < end; number++)
        {
            if (accounts[number].Card is not { } card || (accounts.MarkOf(number).Alerts.IsEmpty && query.State != AlertState.Resolved)) continue;
            Glance(accounts, number, model, day, alerts);
            foreach (var alert in alerts)
            {
                if (query.Matches(card, alert)) yield return (number, alert);
            }
        }
    }

    // One that was stopped may have a state that cannot be read.
    private static void Glance(AccountTable accounts, int number, CompiledModel model, int day, List<AlertGlance> alerts)
    {
        alerts.Clear();
        ref var account = ref accounts[number];
        if ((account.Flags & AccountFlags.Stopped) == AccountFlags.None) AccountActor.GlanceAtAlerts(model, ref account.State, day, alerts);
    }
}
