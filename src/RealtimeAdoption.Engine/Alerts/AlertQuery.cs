using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Alerts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Alerts;

public enum AlertSort
{
    /// <summary>Most severe first, then latest opened.</summary>
    Severity,

    /// <summary>As <see cref="Severity"/>, but of one severity what nobody has acknowledged or snoozed yet comes first.</summary>
    Attention,

    /// <summary>Latest opened first.</summary>
    Opened,

    /// <summary>Greatest contract value first, not known last; then most severe.</summary>
    Arr,
}

/// <summary>Filters are exact; null: any.</summary>
public sealed record AlertQuery
{
    /// <summary>Null: all that are live.</summary>
    public AlertState? State { get; init; }

    /// <summary>Leave out what is snoozed.</summary>
    public bool Awake { get; init; }
    public AlertType? Type { get; init; }
    public AlertSeverity? Severity { get; init; }

    /// <summary>Of the alert: whom it was assigned to, else the account's owner.</summary>
    public string? Owner { get; init; }
    public string? Account { get; init; }

    /// <summary>Id of the product that the alert is about.</summary>
    public string? Product { get; init; }
    public DateOnly? OpenedOn { get; init; }
    public CauseKind? OpenedBy { get; init; }

    /// <summary>Take storms out of the rows and tell them as groups.</summary>
    public bool GroupStorms { get; init; }

    /// <summary>Alerts of these groups are left out; a host sets it for its partitions.</summary>
    public IReadOnlySet<StormKey> Except { get; init; } = new HashSet<StormKey>();
    public AlertSort Sort { get; init; }

    /// <summary>1 to 1,000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page before ended; null: the first page.</summary>
    public AlertCursor? After { get; init; }

    public bool Matches(AccountCard account, in AlertGlance alert)
    {
        ArgumentNullException.ThrowIfNull(account);
        return (State is { } state ? alert.State == state : alert.State != AlertState.Resolved)
            && !(Awake && alert.State == AlertState.Snoozed)
            && (Type is null || alert.Type == Type)
            && (Severity is null || alert.Severity == Severity)
            && (Owner is null || string.Equals(alert.Assignee ?? account.Owner, Owner, StringComparison.Ordinal))
            && (Account is null || string.Equals(account.Account, Account, StringComparison.Ordinal))
            && (Product is null || (IsOfProduct(alert.Type) && string.Equals(alert.Subject, Product, StringComparison.Ordinal)))
            && (OpenedOn is null || alert.OpenedOn == OpenedOn)
            && (OpenedBy is null || alert.OpenedBy == OpenedBy)
            && !Except.Contains(StormKey.Of(alert));
    }

    private static bool IsOfProduct(AlertType type) => type is AlertType.ProductAdopted or AlertType.ProductLapsed or AlertType.ProductUnadopted;
}

/// <summary>The sort key and the id of the last row of a page, see <see cref="Fleet.AccountCursor"/>.</summary>
public sealed record AlertCursor(string Key, string Id);

/// <summary>An alert with its account's row.</summary>
public sealed record FleetAlert(AccountSummary Account, AlertView Alert)
{
    public string Id => new AlertKey(Alert.Type, Alert.Subject).Id(Account.Account);
}

/// <param name="Rows">In order.</param>
/// <param name="Next">Null: the last page.</param>
/// <param name="Storms">The groups taken out of the rows of all pages, where they were asked for.</param>
public sealed record AlertPage(IReadOnlyList<FleetAlert> Rows, AlertCursor? Next, IReadOnlyList<AlertStorm> Storms);
