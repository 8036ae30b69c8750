using RealtimeAdoption.Scoring.Changes;

namespace RealtimeAdoption.TestKit.Comparison;

/// <summary>
/// Holds the told changes of accounts' scores to what the text says of all of them (reading 31): each begins where the one before it ended, the measures add up, drift lies behind what was
/// told before and before its own record, and of one record come two at most.
/// </summary>
public sealed class ScoreThread
{
    private const double Tolerance = 1e-9;
    private readonly Dictionary<string, (Change Change, int Count)> last = new(StringComparer.Ordinal);

    /// <summary>Null: it does.</summary>
    public string? Follow(Change change)
    {
        if (change.Type != ChangeType.ScoreChanged) return null;
        var move = change.Score!;
        var known = last.TryGetValue(change.Account, out var told);
        var count = known && told.Change.Position == change.Position ? told.Count + 1 : 1;
        last[change.Account] = (change, count);
        if (count > 2) return $"{count} changes of the score come of one record";
        if (known && told.Change.Score!.After != move.Before) return $"the score was told as {told.Change.Score.After} and goes on from {move.Before}";
        if (!known && move.Before is not null) return $"the first score that is told comes from {move.Before}";
        foreach (var part in known ? told.Change.Score!.Measures : [])
            if (Math.Abs(part.After - PartBefore(move, part.Measure)) > Tolerance) return $"{part.Measure} was told as {part.After} and goes on from {PartBefore(move, part.Measure)}";
        if (Math.Abs(move.Measures.Sum(part => part.After - part.Before) - ((move.After ?? 0) - (move.Before ?? 0))) > Tolerance) return "the measures do not add up";
        return Place(change, known ? told.Change : null);
    }

    private static string? Place(Change change, Change? told)
    {
        var cause = change.Cause;
        if (cause.Kind != CauseKind.Drift) return cause.Position == change.Position && cause.FromPosition is null ? null : $"the cause lies at {cause.FromPosition}-{cause.Position}, the change at {change.Position}";
        if (told is null) return "drift comes first of all";
        return cause.FromPosition == told.Cause.Position + 1 && cause.Position == change.Position - 1 && cause.FromPosition <= cause.Position
            ? null
            : $"drift lies at {cause.FromPosition}-{cause.Position}, {told.Cause.Kind} before it at {told.Cause.Position}, the change at {change.Position}";
    }

    private static double PartBefore(ScoreMove move, string measure) => move.Measures.Where(part => part.Measure == measure).Select(part => part.Before).FirstOrDefault();
}
