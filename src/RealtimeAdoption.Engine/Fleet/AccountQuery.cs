using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Fleet;

public enum AccountSort
{
    /// <summary>By account id.</summary>
    Account,
    Name,

    /// <summary>Most adopted products first.</summary>
    ProductsAdopted,

    /// <summary>Latest stage change first.</summary>
    StageSince,

    /// <summary>Latest activity first; never active last.</summary>
    LastActivity,

    /// <summary>Lowest score first; none last.</summary>
    Health,

    /// <summary>Largest fall of the score against the close of seven days ago first; without one last.</summary>
    Change7d,

    /// <summary>Largest fall against yesterday's close first; without one last.</summary>
    Change1d,

    /// <summary>Largest rise against the close of seven days ago first; without one last.</summary>
    Rise7d,

    /// <summary>Largest rise against yesterday's close first; without one last.</summary>
    Rise1d,
}

/// <summary>Filters are exact; null: any. Ids, for each partition finds them in the model that it lives by; one that a model does not have finds nothing there. Churned accounts only where <see cref="Churned"/> asks for them.</summary>
public sealed record AccountQuery
{
    public string? Stage { get; init; }

    /// <summary>Or <see cref="AccountSummary.UnknownSegment"/>.</summary>
    public string? Segment { get; init; }
    public string? Owner { get; init; }

    /// <summary>Accounts that have adopted it.</summary>
    public string? Product { get; init; }
    public bool Churned { get; init; }

    /// <summary>As shown.</summary>
    public Band? Band { get; init; }
    public AccountSort Sort { get; init; }

    /// <summary>1 to 1,000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page before ended; null: the first page.</summary>
    public AccountCursor? After { get; init; }
}

/// <summary>The sort key and the id of the last row of a page. Keyset: rows that move between two pages are neither doubled nor hide others.</summary>
public sealed record AccountCursor(string Key, string Account);

/// <param name="Rows">In order.</param>
/// <param name="Next">Null: the last page.</param>
public sealed record AccountPage(IReadOnlyList<FleetRow> Rows, AccountCursor? Next);
