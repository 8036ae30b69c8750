using System.Globalization;
using System.Numerics;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Engine.ModelChange;

/// <summary>One account under two models, with what the swap from one to the other reports.</summary>
internal sealed record AccountComparison(AccountSummary RowBefore, AccountView ViewBefore, AccountSummary RowAfter, AccountView ViewAfter, IReadOnlyList<Change> Changes)
{
    public AccountStanding Before { get; } = Standing(RowBefore, ViewBefore);

    public AccountStanding After { get; } = Standing(RowAfter, ViewAfter);

    public bool IsMove =>
        Changes.Count > 0
        || Before.Segment != After.Segment || Before.Stage != After.Stage || Before.Band != After.Band || Before.Score != After.Score
        || !Before.Products.SequenceEqual(After.Products) || !Before.Alerts.SequenceEqual(After.Alerts);

    public AccountMove ToMove(int partition) => new()
    {
        Account = RowBefore.Account,
        Name = RowBefore.Name,
        Owner = RowBefore.Owner,
        Churned = RowBefore.Churned,
        Partition = partition,
        Before = Before,
        After = After,
        Changes = Changes,
        Because = [.. Because()],
    };

    private static AccountStanding Standing(AccountSummary row, AccountView view)
    {
        var products = new List<string>(BitOperations.PopCount(row.Adopted));
        for (var bits = row.Adopted; bits != 0; bits &= bits - 1) products.Add(row.Model.Definition.Products[BitOperations.TrailingZeroCount(bits)].Id);
        var alerts = (view.Alerts ?? []).Where(alert => alert.State != AlertState.Resolved).Select(alert => new AlertStanding(alert.Type, alert.Subject, alert.Severity));
        return new AccountStanding(row.SegmentId, row.StageId, row.Band, view.Health?.Score, products, [.. alerts]);
    }

    private IEnumerable<string> Because()
    {
        foreach (var product in Before.Products.Except(After.Products)) yield return Lost(product);
        foreach (var product in After.Products.Except(Before.Products)) yield return Gained(product);
        foreach (var entitled in ViewAfter.Products.Where(product => product.Entitled != EntitledBefore(product)).Select(product => product.Product))
            yield return string.Create(CultureInfo.InvariantCulture, $"{entitled} counts {(ViewAfter.Products.First(product => product.Product == entitled).Entitled ? "now" : "no more")} as entitled");
        if (Before.Segment != After.Segment) yield return $"the segment {Before.Segment} becomes {After.Segment}";
        if (Before.Stage != After.Stage && Before.Products.SequenceEqual(After.Products))
            yield return string.Create(CultureInfo.InvariantCulture, $"{RowAfter.ProductsAdopted} adopted products are {After.Stage}, no longer {Before.Stage}");
        var score = Changes.LastOrDefault(change => change.Score is not null)?.Score;
        foreach (var move in score?.Measures ?? [])
        {
            if (Math.Abs(move.After - move.Before) >= 0.05)
                yield return string.Create(CultureInfo.InvariantCulture, $"{move.Measure} gives {move.After:0.0} points instead of {move.Before:0.0}");
        }
    }

    private bool EntitledBefore(ProductView after) => ViewBefore.Products.FirstOrDefault(product => product.Product == after.Product)?.Entitled ?? after.Entitled;

    private string Lost(string product) =>
        ViewAfter.Products.FirstOrDefault(view => view.Product == product) is { } view
            ? $"{product}: {string.Join(", ", view.Criteria.Where(criterion => !criterion.Met).Select(Text))}"
            : $"{product} is no product of this model";

    private string Gained(string product)
    {
        var view = ViewAfter.Products.First(view => view.Product == product);
        var isNew = ViewBefore.Products.All(before => before.Product != product) ? " (new in this model)" : "";
        return $"{product}{isNew}: {string.Join(", ", view.Criteria.Select(Text))}";
    }

    private static string Text(CriterionView criterion) => string.Create(
        CultureInfo.InvariantCulture,
        $"{criterion.Metric} {(criterion.Value is { } value ? value.ToString(CultureInfo.InvariantCulture) : "no value")} of {criterion.AtLeast} within {criterion.WithinDays} days");
}
