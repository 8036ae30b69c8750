namespace RealtimeAdoption.Scoring.Models;

/// <summary>In the order in which they are judged. Stored: numbers only grow.</summary>
public enum AlertType
{
    HealthSlip,
    StageUp,
    StageDown,
    ProductAdopted,
    ProductLapsed,
    ProductUnadopted,
    SecondProductOverdue,
    BreadthWithoutDepth,
    ChampionQuiet,
    SeatsLow,
    SeatsFull,
    SentimentLow,
    RenewalNear,
    ContactDue,
    ExpansionReady,
    AccountSilent,
}

/// <summary>Rising. Stored: numbers only grow.</summary>
public enum AlertSeverity { Info, Notice, Warning, Urgent }

/// <summary>When alerts open and how loud they are. docs/alerts.md has the exact rules.</summary>
public sealed record AlertRules
{
    /// <summary>Contract value a year from which risks are one step more severe; null: never.</summary>
    public decimal? LargeArr { get; init; }

    /// <summary>More alerts of one type, day and kind of cause than this are shown as one group. 1 and up, default 20.</summary>
    public int StormFrom { get; init; } = 20;

    /// <summary>One for each <see cref="AlertType"/>, in its order.</summary>
    public required IReadOnlyList<AlertRule> Rules { get; init; }

    /// <summary>Segment id to its rules in the same form, every value filled in from <see cref="Rules"/>; segments that set nothing are absent.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<AlertRule>> SegmentRules { get; init; } = new Dictionary<string, IReadOnlyList<AlertRule>>();

    /// <summary>The defaults of docs/alerts.md.</summary>
    public static IReadOnlyList<AlertRule> Defaults { get; } =
    [
        new() { Type = AlertType.HealthSlip, Severity = AlertSeverity.Warning },
        new() { Type = AlertType.StageUp, Severity = AlertSeverity.Info, KeepDays = 7 },
        new() { Type = AlertType.StageDown, Severity = AlertSeverity.Warning, KeepDays = 30 },
        new() { Type = AlertType.ProductAdopted, Severity = AlertSeverity.Info, KeepDays = 7 },
        new() { Type = AlertType.ProductLapsed, Severity = AlertSeverity.Warning, KeepDays = 30 },
        new() { Type = AlertType.ProductUnadopted, Severity = AlertSeverity.Notice, AfterDays = 60 },
        new() { Type = AlertType.SecondProductOverdue, Severity = AlertSeverity.Notice, AfterDays = 90 },
        new() { Type = AlertType.BreadthWithoutDepth, Severity = AlertSeverity.Notice, MinProducts = 3, Below = 0.4m },
        new() { Type = AlertType.ChampionQuiet, Severity = AlertSeverity.Warning, AfterDays = 14, KeepDays = 60 },
        new() { Type = AlertType.SeatsLow, Severity = AlertSeverity.Notice, Below = 0.3m, AfterDays = 30 },
        new() { Type = AlertType.SeatsFull, Severity = AlertSeverity.Info, AtLeast = 0.95m },
        new() { Type = AlertType.SentimentLow, Severity = AlertSeverity.Warning, Below = 0 },
        new() { Type = AlertType.RenewalNear, Severity = AlertSeverity.Notice, WithinDays = 90 },
        new() { Type = AlertType.ContactDue, Severity = AlertSeverity.Notice, AfterDays = 91 },
        new() { Type = AlertType.ExpansionReady, Severity = AlertSeverity.Info, AtLeast = 0.5m },
        new() { Type = AlertType.AccountSilent, Severity = AlertSeverity.Warning, AfterDays = 14 },
    ];
}

/// <summary>One alert type's rule. A value that its type does not use is 0.</summary>
public sealed record AlertRule
{
    public required AlertType Type { get; init; }
    public bool Enabled { get; init; } = true;

    /// <summary>The base; some types raise it (docs/alerts.md).</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>0 to 365 days, default 7.</summary>
    public int CoolDownDays { get; init; } = 7;

    /// <summary>1 to 3660 days. For contact_due: the cadence.</summary>
    public int AfterDays { get; init; }

    /// <summary>1 to 365 days.</summary>
    public int KeepDays { get; init; }

    /// <summary>1 to 365 days.</summary>
    public int WithinDays { get; init; }

    /// <summary>The bound that the figure must be under. A share 0..1; for sentiment an NPS, -100..100.</summary>
    public decimal Below { get; init; }

    /// <summary>The bound that the figure must reach. A share 0..1.</summary>
    public decimal AtLeast { get; init; }

    /// <summary>1 to 64.</summary>
    public int MinProducts { get; init; }

    /// <summary>What to do next; null: the action of the account's stage.</summary>
    public string? Action { get; init; }

    /// <summary>For second_product_overdue: <see cref="AfterDays"/> was set for this very segment, so its benchmark does not count.</summary>
    public bool IsOfSegment { get; init; }
}
