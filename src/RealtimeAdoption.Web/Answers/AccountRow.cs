using System.Numerics;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Web.Answers;

/// <summary>
/// A row of the account list: the fleet's summary with ids in place of indices. <see cref="ProductsAdopted"/> and the rate count entitled products only;
/// <see cref="AdoptedProducts"/> lists all that are adopted, as the product filter finds them. <see cref="Alerts"/> counts the live ones by severity.
/// </summary>
public sealed record AccountRow(
    string Account,
    string Name,
    string Segment,
    string? Owner,
    string Status,
    string Stage,
    DateOnly StageSince,
    int ProductsAdopted,
    int ProductsAvailable,
    double? AdoptionRate,
    IReadOnlyList<string> AdoptedProducts,
    DateOnly? LastActivityOn,
    bool Rebuilding,
    Band Band,
    decimal? Score,
    decimal? Change7d,
    decimal? Change1d,
    decimal? Arr,
    IReadOnlyDictionary<string, int> Alerts)
{
    internal static AccountRow Of(FleetRow row)
    {
        var account = row.Account;
        return new AccountRow(
            account.Account,
            account.Name,
            account.SegmentId,
            account.Owner,
            account.Churned ? "churned" : "active",
            account.StageId,
            account.StageSince,
            account.ProductsAdopted,
            account.ProductsEntitled,
            account.ProductsEntitled == 0 ? null : Math.Round((double)account.ProductsAdopted / account.ProductsEntitled, 6),
            AdoptedIds(account.Model.Definition, account.Adopted),
            account.LastActivityOn,
            account.Rebuilding,
            account.Band,
            Points(row.Score.Tenths),
            Points(row.Score.Change7d),
            Points(row.Score.Change1d),
            account.Arr,
            LiveAlerts(account));
    }

    private static decimal? Points(int? tenths) => tenths / 10m;

    private static IReadOnlyDictionary<string, int> LiveAlerts(AccountSummary account)
    {
        var counts = new int[Severities.Names.Length];
        for (var severity = 0; severity < counts.Length; severity++) counts[severity] = account.Alerts.Of((AlertSeverity)severity);
        return Severities.Of(counts);
    }

    private static List<string> AdoptedIds(AdoptionModel model, ulong products)
    {
        var ids = new List<string>(BitOperations.PopCount(products));
        for (; products != 0; products &= products - 1) ids.Add(model.Products[BitOperations.TrailingZeroCount(products)].Id);
        return ids;
    }
}

/// <param name="Accounts">In the order asked for.</param>
/// <param name="NextCursor">Null: the last page.</param>
public sealed record AccountList(IReadOnlyList<AccountRow> Accounts, string? NextCursor);

/// <param name="Account">Whose users they are.</param>
/// <param name="Users">By user id.</param>
/// <param name="NextCursor">Null: the last page.</param>
public sealed record UserList(string Account, IReadOnlyList<UserView> Users, string? NextCursor);
