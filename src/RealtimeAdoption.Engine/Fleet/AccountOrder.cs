using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>The total order of a query's rows, and the cursors in it. Ties are broken by account id. Stateless.</summary>
public sealed class AccountOrder(AccountSort sort) : IComparer<AccountSummary>
{
    public int Compare(AccountSummary? x, AccountSummary? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var byKey = sort switch
        {
            AccountSort.Account => 0,
            AccountSort.Name => string.Compare(x.Name, y.Name, StringComparison.OrdinalIgnoreCase),
            AccountSort.ProductsAdopted => y.ProductsAdopted.CompareTo(x.ProductsAdopted),
            AccountSort.StageSince => y.StageSince.CompareTo(x.StageSince),
            AccountSort.LastActivity => LastActivityOf(y).CompareTo(LastActivityOf(x)),
            _ => throw new ArgumentOutOfRangeException(nameof(x), sort, "No such order."),
        };
        return byKey != 0 ? byKey : string.CompareOrdinal(x.Account, y.Account);
    }

    /// <summary>The cursor of a page that ends with this row.</summary>
    public AccountCursor CursorOf(AccountSummary row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var key = sort switch
        {
            AccountSort.Name => row.Name,
            AccountSort.ProductsAdopted => row.ProductsAdopted.ToString(CultureInfo.InvariantCulture),
            AccountSort.StageSince => Text(row.StageSince),
            AccountSort.LastActivity => row.LastActivityOn is { } day ? Text(day) : "",
            _ => "",
        };
        return new AccountCursor(key, row.Account);
    }

    /// <summary>Above 0: the row comes after the cursor. False: the key is not one of this order.</summary>
    public bool TryCompare(AccountSummary row, AccountCursor cursor, out int comparison)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(cursor);
        comparison = 0;
        switch (sort)
        {
            case AccountSort.Name:
                comparison = string.Compare(row.Name, cursor.Key, StringComparison.OrdinalIgnoreCase);
                break;
            case AccountSort.ProductsAdopted:
                if (!int.TryParse(cursor.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var adopted)) return false;
                comparison = adopted.CompareTo(row.ProductsAdopted);
                break;
            case AccountSort.StageSince:
                if (!TryDay(cursor.Key, out var since)) return false;
                comparison = since.CompareTo(row.StageSince);
                break;
            case AccountSort.LastActivity:
                var active = DateOnly.MinValue;
                if (cursor.Key.Length > 0 && !TryDay(cursor.Key, out active)) return false;
                comparison = active.CompareTo(LastActivityOf(row));
                break;
        }

        if (comparison == 0) comparison = string.CompareOrdinal(row.Account, cursor.Account);
        return true;
    }

    private static DateOnly LastActivityOf(AccountSummary row) => row.LastActivityOn ?? DateOnly.MinValue;

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static bool TryDay(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
}
