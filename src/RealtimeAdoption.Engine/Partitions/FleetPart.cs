using System.Numerics;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>A partition's share of the fleet: counts that follow its rows one by one, and pages over them.</summary>
internal sealed class FleetPart
{
    private readonly CompiledModel model;

    public FleetPart(CompiledModel model)
    {
        this.model = model;
        Counts = new FleetCounts(model);
    }

    public FleetCounts Counts { get; }

    /// <summary>Adds a row, or takes one away.</summary>
    public void Count(AccountCard card, in AccountMark mark, int sign)
    {
        if (card.Churned)
        {
            Counts.Churned += sign;
            return;
        }

        Counts.Accounts += sign;
        if (mark.Rebuilding) Counts.Rebuilding += sign;
        Counts.ByStage[mark.Stage] += sign;
        CountBits(Counts.Adopted, mark.Adopted & mark.Entitled, sign);
        CountBits(Counts.Entitled, mark.Entitled, sign);
        var segment = card.Segment < 0 ? Counts.BySegment.Length - 1 : card.Segment;
        Counts.BySegment[segment] += sign;
        Counts.AdoptedBySegment[segment] += sign * mark.ProductsAdopted;
        Counts.ByBand[(int)mark.Band] += sign;
        if (!mark.Alerts.IsEmpty) CountAlerts(mark.Alerts, sign);
    }

    private void CountAlerts(in AlertTally alerts, int sign)
    {
        for (var severity = AlertSeverity.Info; severity <= AlertSeverity.Urgent; severity++)
        {
            Counts.OpenAlerts[(int)severity] += sign * alerts.Of(AlertState.Open, severity);
            Counts.AcknowledgedAlerts[(int)severity] += sign * alerts.Of(AlertState.Acknowledged, severity);
            Counts.SnoozedAlerts[(int)severity] += sign * alerts.Of(AlertState.Snoozed, severity);
        }
    }

    private static void CountBits(int[] counts, ulong bits, int sign)
    {
        for (; bits != 0; bits &= bits - 1) counts[BitOperations.TrailingZeroCount(bits)] += sign;
    }

    /// <summary>One scan that reads some bytes of each account's block.</summary>
    public ScoreMovers Movers(AccountTable accounts, int day)
    {
        var movers = new ScoreMovers();
        if (model.Definition.Health is null) return movers;
        for (var number = 0; number < accounts.Count; number++)
        {
            ref var account = ref accounts[number];
            if ((account.Flags & AccountFlags.Stopped) != AccountFlags.None) continue;
            if (account.Card is not { Churned: false } || accounts.MarkOf(number).Rebuilding || AccountActor.ScoreTenths(model, ref account.State) is not { } score) continue;
            var (byDay, byWeek) = (AccountActor.Change1d(model, ref account.State, day), AccountActor.Change7d(model, ref account.State, day));
            if (movers.Takes(account.Card.Account, byDay, byWeek)) movers.Look(accounts.RowOf(number), score, byDay, byWeek);
        }

        return movers;
    }

    /// <summary>The first rows of the query, at most its limit, in order, on the partition's day. One scan; memory by the limit, not by the accounts.</summary>
    public IReadOnlyList<FleetRow> Rows(AccountTable accounts, AccountQuery query, int day)
    {
        if (Filter.Of(model.Definition, query) is not { } filter) return [];
        var order = new AccountOrder(query.Sort);
        // The last row of the page so far is on top, so that a better one can take its place.
        var page = new PriorityQueue<FleetRow, FleetRow>(Comparer<FleetRow>.Create((x, y) => order.Compare(y, x)));
        for (var number = 0; number < accounts.Count; number++)
        {
            ref var account = ref accounts[number];
            if (account.Card is not { } card || !filter.Matches(card, accounts.MarkOf(number))) continue;
            // A score is read where the order looks at it, and of rows that come into the page.
            var row = new FleetRow(accounts.RowOf(number), order.NeedsScore ? ScoreOf(ref account, day) : default);
            if (query.After is { } after && (!order.TryCompare(row, after, out var place) || place <= 0)) continue;
            var isFull = page.Count >= query.Limit;
            if (isFull && order.Compare(row, page.Peek()) >= 0) continue;
            if (!order.NeedsScore) row = row with { Score = ScoreOf(ref account, day) };
            if (isFull) page.EnqueueDequeue(row, row);
            else page.Enqueue(row, row);
        }

        var rows = new FleetRow[page.Count];
        for (var i = rows.Length - 1; i >= 0; i--) rows[i] = page.Dequeue();
        return rows;
    }

    // One that was stopped may have a state that cannot be read.
    private RowScore ScoreOf(ref AccountEntry account, int day) => model.Definition.Health is null || (account.Flags & AccountFlags.Stopped) != AccountFlags.None
        ? default
        : new RowScore(AccountActor.ScoreTenths(model, ref account.State), AccountActor.Change7d(model, ref account.State, day), AccountActor.Change1d(model, ref account.State, day));

    // The query's ids as this model's numbers.
    private readonly record struct Filter(int? Stage, int? Segment, int? Product, string? Owner, bool Churned, Band? Band)
    {
        /// <summary>Null: the model has no such id, so nothing matches.</summary>
        public static Filter? Of(AdoptionModel model, AccountQuery query)
        {
            var stage = Find(model.Stages, query.Stage, stage => stage.Id);
            var product = Find(model.Products, query.Product, product => product.Id);
            int? segment = query.Segment == AccountSummary.UnknownSegment ? -1 : Find(model.Segments, query.Segment, segment => segment.Id);
            if ((query.Stage is not null && stage is null) || (query.Product is not null && product is null) || (query.Segment is not null && segment is null)) return null;
            return new Filter(stage, segment, product, query.Owner, query.Churned, query.Band);
        }

        public bool Matches(AccountCard card, in AccountMark mark) =>
            card.Churned == Churned
            && (Band is null || mark.Band == Band)
            && (Stage is null || mark.Stage == Stage)
            && (Segment is null || card.Segment == Segment)
            && (Owner is null || string.Equals(card.Owner, Owner, StringComparison.Ordinal))
            && (Product is not { } product || (mark.Adopted & (1UL << product)) != 0);

        private static int? Find<T>(IReadOnlyList<T> items, string? id, Func<T, string> idOf)
        {
            for (var i = 0; i < items.Count; i++)
            {
                if (idOf(items[i]) == id) return i;
            }

            return null;
        }
    }
}
