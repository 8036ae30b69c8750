namespace RealtimeAdoption.Engine.Board;

/// <summary>Live alerts that are not snoozed, by severity.</summary>
public sealed record BoardAlertCounts(BoardAlertCount Urgent, BoardAlertCount Warning, BoardAlertCount Notice, BoardAlertCount Info)
{
    public static BoardAlertCounts None { get; } = new(BoardAlertCount.None, BoardAlertCount.None, BoardAlertCount.None, BoardAlertCount.None);
}

public sealed record BoardAlertCount(int Open, int Acknowledged)
{
    public static BoardAlertCount None { get; } = new(0, 0);
}

/// <summary>A live alert as the wall shows it, or a storm of them as one (docs/alerts.md).</summary>
public sealed record BoardAlert
{
    /// <summary>The alert's own id; a storm's begins with <c>storm:</c>.</summary>
    public required string Id { get; init; }
    public required string Type { get; init; }

    /// <summary>A product's id, a user's id, or empty.</summary>
    public required string Subject { get; init; }

    /// <summary><c>info</c>, <c>notice</c>, <c>warning</c> or <c>urgent</c>; of a storm the greatest of its own.</summary>
    public required string Severity { get; init; }

    /// <summary>Alerts in it of that severity: 1, or as many as the storm has.</summary>
    public required int OfSeverity { get; init; }

    /// <summary><c>open</c>, or <c>acknowledged</c> where all of it is.</summary>
    public required string State { get; init; }

    /// <summary>Alerts in it: 1, or those of the storm.</summary>
    public required int Count { get; init; }

    /// <summary>Of those, acknowledged.</summary>
    public required int Acknowledged { get; init; }

    /// <summary>Null for a storm, as are name, segment and owner.</summary>
    public string? Account { get; init; }
    public string? Name { get; init; }
    public string? Segment { get; init; }
    public string? Owner { get; init; }
    public string? AcknowledgedBy { get; init; }

    /// <summary>Of a storm the latest.</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>One plain sentence without a full stop.</summary>
    public required string Reason { get; init; }

    /// <summary>What to do next; empty for a storm.</summary>
    public required string Action { get; init; }
}
