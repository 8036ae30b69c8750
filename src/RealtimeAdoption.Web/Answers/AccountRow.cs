using System.Numerics;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Web.Answers;

/// <summary>
/// A row of the account list: the fleet's summary with ids in place of indices. <see cref="ProductsAdopted"/> and the rate count entitled products only;
/// <see cref="AdoptedProducts"/> lists all that are adopted, as the product filter finds them.
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
    bool Rebuilding)
{
    internal static AccountRow Of(AccountSummary row) => new(
        row.Account,
        row.Name,
        row.SegmentId,
        row.Owner,
        row.Churned ? "churned" : "active",
        row.StageId,
        row.StageSince,
        row.ProductsAdopted,
        row.ProductsEntitled,
        row.ProductsEntitled == 0 ? null : Math.Round((double)row.ProductsAdopted / row.ProductsEntitled, 6),
        AdoptedIds(row.Model.Definition, row.Adopted),
        row.LastActivityOn,
        row.Rebuilding);

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
