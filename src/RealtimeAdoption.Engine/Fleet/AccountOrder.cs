using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>The total order of a query's rows, and the cursors in it. Ties are broken by account id. Stateless.</summary>
public sealed class AccountOrder(AccountSort sort) : IComparer<FleetRow>
{
    // Without a score, or a close to compare it with: last in each order.
    private const int None = int.MaxValue;

    /// <summary>The order looks at scores.</summary>
    public bool NeedsScore => sort is AccountSort.Health or AccountSort.Change7d or AccountSort.Change1d or AccountSort.Rise7d or AccountSort.Rise1d;

    public int Compare(FleetRow? x, FleetRow? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var (left, right) = (x.Account, y.Account);
        var byKey = sort switch
        {
            AccountSort.Account => 0,
            AccountSort.Name => string.Compare(left.Name, right.Name, StringComparison.OrdinalIgnoreCase),
            AccountSort.ProductsAdopted => right.ProductsAdopted.CompareTo(left.ProductsAdopted),
            AccountSort.StageSince => right.StageSince.CompareTo(left.StageSince),
            AccountSort.LastActivity => LastActivityOf(right).CompareTo(LastActivityOf(left)),
            _ => ScoreKey(x.Score).CompareTo(ScoreKey(y.Score)),
        };
        return byKey != 0 ? byKey : string.CompareOrdinal(left.Account, right.Account);
    }

    /// <summary>The cursor of a page that ends with this row.</summary>
    public AccountCursor CursorOf(FleetRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var account = row.Account;
        var key = sort switch
        {
            AccountSort.Account => "",
            AccountSort.Name => account.Name,
            AccountSort.ProductsAdopted => account.ProductsAdopted.ToString(CultureInfo.InvariantCulture),
            AccountSort.StageSince => Text(account.StageSince),
            AccountSort.LastActivity => account.LastActivityOn is { } day ? Text(day) : "",
            _ => ScoreKey(row.Score).ToString(CultureInfo.InvariantCulture),
        };
        return new AccountCursor(key, account.Account);
    }

    /// <summary>Above 0: the row comes after the cursor. False: the key is not one of this order.</summary>
    public bool TryCompare(FleetRow row, AccountCursor cursor, out int comparison)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(cursor);
        comparison = 0;
        var account = row.Account;
        switch (sort)
        {
            case AccountSort.Account:
                break;
            case AccountSort.Name:
                comparison = string.Compare(account.Name, cursor.Key, StringComparison.OrdinalIgnoreCase);
                break;
            case AccountSort.ProductsAdopted:
                if (!int.TryParse(cursor.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var adopted)) return false;
                comparison = adopted.CompareTo(account.ProductsAdopted);
                break;
            case AccountSort.StageSince:
                if (!TryDay(cursor.Key, out var since)) return false;
                comparison = since.CompareTo(account.StageSince);
                break;
            case AccountSort.LastActivity:
                var active = DateOnly.MinValue;
                if (cursor.Key.Length > 0 && !TryDay(cursor.Key, out active)) return false;
                comparison = active.CompareTo(LastActivityOf(account));
                break;
            default:
                if (!int.TryParse(cursor.Key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var points)) return false;
                comparison = ScoreKey(row.Score).CompareTo(points);
                break;
        }

        if (comparison == 0) comparison = string.CompareOrdinal(account.Account, cursor.Account);
        return true;
    }

    private int ScoreKey(RowScore score) => sort switch
    {
        AccountSort.Health => score.Tenths ?? None,
        AccountSort.Change7d => score.Change7d ?? None,
        AccountSort.Change1d => score.Change1d ?? None,
        AccountSort.Rise7d => -score.Change7d ?? None,
        AccountSort.Rise1d => -score.Change1d ?? None,
        _ => throw new InvalidOperationException($"There is no order {sort}."),
    };

    private static DateOnly LastActivityOf(AccountSummary row) => row.LastActivityOn ?? DateOnly.MinValue;

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static bool TryDay(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
}
