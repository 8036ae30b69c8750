using System.Globalization;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Alerts;

/// <summary>What an alert is ordered by.</summary>
/// <param name="Severity">See <see cref="AlertOrder"/>.</param>
/// <param name="State">Open first.</param>
/// <param name="OpenedAtMs">Latest first.</param>
/// <param name="Arr">Of its account; -1: not known.</param>
/// <param name="Account">With type and subject the alert itself.</param>
/// <param name="Type">Which rule.</param>
/// <param name="Subject">A product's id, a user's id, or empty.</param>
internal readonly record struct AlertPlace(AlertSeverity Severity, AlertState State, long OpenedAtMs, decimal Arr, string Account, AlertType Type, string Subject)
{
    public static AlertPlace Of(AccountCard account, decimal? arr, in AlertGlance alert) => new(alert.Severity, alert.State, alert.OpenedAtMs, arr ?? -1, account.Account, alert.Type, alert.Subject);
}

/// <summary>The total order of a query's alerts, and the cursors in it. Ties are broken by account, type and subject. Stateless.</summary>
public sealed class AlertOrder(AlertSort sort) : IComparer<FleetAlert>
{
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

    public static bool IsCursor(AlertCursor cursor) => TryRead(cursor, out _);

    /// <summary>Where a page ended. False: the cursor is none of alerts.</summary>
    internal static bool TryRead(AlertCursor cursor, out AlertPlace key)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        key = default;
        var parts = cursor.Key.Split(' ');
        if (parts.Length != 4 || !AlertKey.TryParse(cursor.Id, out var alert, out var account)
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var severity)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var state)
            || !long.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var openedAtMs)
            || !decimal.TryParse(parts[3], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var arr)) return false;
        key = new AlertPlace((AlertSeverity)severity, (AlertState)state, openedAtMs, arr, account, alert.Type, alert.Subject);
        return true;
    }

    internal int Compare(in AlertPlace x, in AlertPlace y)
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

    private static int BySeverity(in AlertPlace x, in AlertPlace y) => x.Severity != y.Severity ? y.Severity.CompareTo(x.Severity) : y.OpenedAtMs.CompareTo(x.OpenedAtMs);

    private static AlertPlace KeyOf(FleetAlert row) =>
        new(row.Alert.Severity, row.Alert.State, row.Alert.OpenedAt.ToUnixTimeMilliseconds(), row.Account.Arr ?? -1, row.Account.Account, row.Alert.Type, row.Alert.Subject);
}
