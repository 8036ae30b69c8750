using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Alerts;

/// <summary>The total order of a query's alerts, and the cursors in it. Ties are broken by account, type and subject. Stateless.</summary>
public sealed class AlertOrder(AlertSort sort) : IComparer<FleetAlert>
{
    private readonly record struct Key(AlertSeverity Severity, AlertState State, long OpenedAtMs, decimal Arr, string Account, AlertType Type, string Subject);

    public int Compare(FleetAlert? x, FleetAlert? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        return Compare(KeyOf(x), KeyOf(y));
    }

    /// <summary>The cursor of a page that ends with this alert.</summary>
    public static AlertCursor CursorOf(FleetAlert alert)
    {
        ArgumentNullException.ThrowIfNull(alert);
        var key = KeyOf(alert);
        return new AlertCursor(string.Create(CultureInfo.InvariantCulture, $"{(int)key.Severity} {(int)key.State} {key.OpenedAtMs} {key.Arr}"), alert.Id);
    }

    /// <summary>Above 0: the alert comes after the cursor. False: the cursor is none of alerts.</summary>
    public bool TryCompare(FleetAlert alert, AlertCursor cursor, out int comparison)
    {
        ArgumentNullException.ThrowIfNull(alert);
        var isCursor = TryRead(cursor, out var after);
        comparison = isCursor ? Compare(KeyOf(alert), after) : 0;
        return isCursor;
    }

    public static bool IsCursor(AlertCursor cursor) => TryRead(cursor, out _);

    private static bool TryRead(AlertCursor cursor, out Key key)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        key = default;
        var parts = cursor.Key.Split(' ');
        if (parts.Length != 4 || !AlertKey.TryParse(cursor.Id, out var alert, out var account)
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var severity)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var state)
            || !long.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var openedAtMs)
            || !decimal.TryParse(parts[3], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var arr)) return false;
        key = new Key((AlertSeverity)severity, (AlertState)state, openedAtMs, arr, account, alert.Type, alert.Subject);
        return true;
    }

    private int Compare(in Key x, in Key y)
    {
        var byKey = sort switch
        {
            AlertSort.Severity => BySeverity(x, y),
            AlertSort.Attention => x.Severity == y.Severity && x.State != y.State ? x.State.CompareTo(y.State) : BySeverity(x, y),
            AlertSort.Opened => y.OpenedAtMs.CompareTo(x.OpenedAtMs),
            AlertSort.Arr => y.Arr.CompareTo(x.Arr) is var byArr and not 0 ? byArr : BySeverity(x, y),
            _ => throw new InvalidOperationException($"There is no order {sort}."),
        };
        if (byKey != 0) return byKey;
        var byAccount = string.CompareOrdinal(x.Account, y.Account);
        if (byAccount != 0) return byAccount;
        return x.Type != y.Type ? x.Type.CompareTo(y.Type) : string.CompareOrdinal(x.Subject, y.Subject);
    }

    private static int BySeverity(in Key x, in Key y) => x.Severity != y.Severity ? y.Severity.CompareTo(x.Severity) : y.OpenedAtMs.CompareTo(x.OpenedAtMs);

    private static Key KeyOf(FleetAlert row) =>
        new(row.Alert.Severity, row.Alert.State, row.Alert.OpenedAt.ToUnixTimeMilliseconds(), row.Account.Arr ?? -1, row.Account.Account, row.Alert.Type, row.Alert.Subject);
}
