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

    public void Replace(AccountSummary? old, AccountSummary row)
    {
        if (old is not null) Count(old, -1);
        Count(row, 1);
    }

    private void Count(AccountSummary row, int sign)
    {
        if (row.Churned)
        {
            Counts.Churned += sign;
            return;
        }

        Counts.Accounts += sign;
        if (row.Rebuilding) Counts.Rebuilding += sign;
        Counts.ByStage[row.Stage] += sign;
        CountBits(Counts.Adopted, row.Adopted & row.Entitled, sign);
        CountBits(Counts.Entitled, row.Entitled, sign);
        var segment = row.Segment < 0 ? Counts.BySegment.Length - 1 : row.Segment;
        Counts.BySegment[segment] += sign;
        Counts.AdoptedBySegment[segment] += sign * row.ProductsAdopted;
        Counts.ByBand[(int)row.Band] += sign;
        foreach (var alert in row.Alerts)
        {
            var counts = alert.State switch
            {
                AlertState.Open => Counts.OpenAlerts,
                AlertState.Acknowledged => Counts.AcknowledgedAlerts,
                AlertState.Snoozed => Counts.SnoozedAlerts,
                _ => null,
            };
            if (counts is not null) counts[(int)alert.Severity] += sign;
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
            if (account.Row is not { Churned: false, Rebuilding: false } row || AccountActor.ScoreTenths(model, ref account.State) is not { } score) continue;
            movers.Look(row, score, AccountActor.Change1d(model, ref account.State, day), AccountActor.Change7d(model, ref account.State, day));
        }

        return movers;
    }

    /// <summary>The first rows of the query, at most its limit, in order. One scan; memory by the limit, not by the accounts.</summary>
    public IReadOnlyList<AccountSummary> Rows(AccountTable accounts, AccountQuery query)
    {
        if (Filter.Of(model.Definition, query) is not { } filter) return [];
        var order = new AccountOrder(query.Sort);
        // The last row of the page so far is on top, so that a better one can take its place.
        var page = new PriorityQueue<AccountSummary, AccountSummary>(Comparer<AccountSummary>.Create((x, y) => order.Compare(y, x)));
        for (var number = 0; number < accounts.Count; number++)
        {
            if (accounts[number].Row is not { } row || !filter.Matches(row)) continue;
            if (query.After is { } after && (!order.TryCompare(row, after, out var place) || place <= 0)) continue;
            if (page.Count < query.Limit) page.Enqueue(row, row);
            else if (order.Compare(row, page.Peek()) < 0) page.EnqueueDequeue(row, row);
        }

        var rows = new AccountSummary[page.Count];
        for (var i = rows.Length - 1; i >= 0; i--) rows[i] = page.Dequeue();
        return rows;
    }

    // The query's ids as this model's numbers.
    private readonly record struct Filter(int? Stage, int? Segment, int? Product, string? Owner, bool Churned)
    {
        /// <summary>Null: the model has no such id, so nothing matches.</summary>
        public static Filter? Of(AdoptionModel model, AccountQuery query)
        {
            var stage = Find(model.Stages, query.Stage, stage => stage.Id);
            var product = Find(model.Products, query.Product, product => product.Id);
            int? segment = query.Segment == AccountSummary.UnknownSegment ? -1 : Find(model.Segments, query.Segment, segment => segment.Id);
            if ((query.Stage is not null && stage is null) || (query.Product is not null && product is null) || (query.Segment is not null && segment is null)) return null;
            return new Filter(stage, segment, product, query.Owner, query.Churned);
        }

        public bool Matches(AccountSummary row) =>
            row.Churned == Churned
            && (Stage is null || row.Stage == Stage)
            && (Segment is null || row.Segment == Segment)
            && (Owner is null || string.Equals(row.Owner, Owner, StringComparison.Ordinal))
            && (Product is not { } product || (row.Adopted & (1UL << product)) != 0);

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
