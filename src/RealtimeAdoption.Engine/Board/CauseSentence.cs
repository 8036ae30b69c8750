using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.Engine.Board;

/// <summary>A cause in one plain sentence for people. What is machine-readable stays in the <see cref="Cause"/>.</summary>
public static class CauseSentence
{
    /// <summary>Senders choose names and user ids; the wall has room for so many characters of each.</summary>
    private const int MaxName = 60;

    public static string Of(Change change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var cause = change.Cause;
        return cause.Kind switch
        {
            CauseKind.Event => OfEvent(change),
            CauseKind.Tick => OfTick(change),
            CauseKind.Profile => Contract(cause) is { } contract ? $"New contract: {contract}" : "The account's profile changed",
            CauseKind.Rebuild => "The account was recomputed from its whole history",
            CauseKind.Model => "A new model was activated",
            CauseKind.Drift => "Small moves since the change before",
            CauseKind.Person => (change.Override?.By ?? change.Alert?.By) is { Length: > 0 } by ? $"By {Short(by)}" : "A person set a pin or took one away",
            _ => cause.Kind.ToString(),
        };
    }

    private static string OfEvent(Change change)
    {
        var cause = change.Cause;
        var sentence = string.IsNullOrEmpty(cause.Event) ? "A usage event" : Short(cause.Event);
        if (!string.IsNullOrEmpty(cause.User)) sentence += " by " + Short(cause.User);
        if (cause.Time is { } time && DateOnly.FromDateTime(time.UtcDateTime) < change.Day)
            sentence += $", dated {time.UtcDateTime:yyyy-MM-dd}";
        return sentence;
    }

    private static string OfTick(Change change)
    {
        var opened = change.Cause.Day ?? change.Day;
        if (change.Cause.Expired is not { Count: > 0 } expired)
            return Contract(change.Cause) is { } contract ? $"By contract from {opened:yyyy-MM-dd}: {contract}" : $"{opened:yyyy-MM-dd} began";
        var sentence = $"Expired with {opened.AddDays(-1):yyyy-MM-dd}: {string.Join("; ", expired.Take(3).Select(Short))}";
        return expired.Count > 3 ? $"{sentence} and {expired.Count - 3} more" : sentence;
    }

    // Null: the contract covers what it did before.
    private static string? Contract(Cause cause)
    {
        var parts = new List<string>(2);
        if (cause.Covered is { Count: > 0 } covered) parts.Add($"{string.Join(", ", covered.Take(3))} added");
        if (cause.Uncovered is { Count: > 0 } uncovered) parts.Add($"{string.Join(", ", uncovered.Take(3))} ended");
        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    internal static string Short(string text)
    {
        if (text.Length <= MaxName) return text;
        var cut = char.IsHighSurrogate(text[MaxName - 2]) ? MaxName - 2 : MaxName - 1;
        return string.Concat(text.AsSpan(0, cut), "…");
    }
}
