using System.Globalization;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Board;

/// <summary>What cost a slip its points, in one plain sentence: the measures that fell most, in words for people. Stateless.</summary>
public static class SlipSentence
{
    /// <summary>More would not be read from across the room.</summary>
    private const int MaxMeasures = 3;

    /// <summary>Less than what a score shows.</summary>
    internal const double LeastPoints = 0.05;

    /// <summary>Where nothing is known of the points.</summary>
    public const string Nothing = "The points were lost over the last days";

    /// <summary>Null: no measure lost any against the last recorded score.</summary>
    public static string? Of(Change change, HealthRules? health)
    {
        ArgumentNullException.ThrowIfNull(change);
        var cost = (change.Score?.Measures ?? [])
            .Select(move => (move.Measure, Points: move.Before - move.After))
            .Where(move => move.Points >= LeastPoints)
            .OrderByDescending(move => move.Points)
            .Take(MaxMeasures)
            .ToList();
        if (cost.Count == 0) return null;
        var first = $"{WordsOf(cost[0].Measure, health)} cost {Points(cost[0].Points)} {(Points(cost[0].Points) == "1.0" ? "point" : "points")}";
        return string.Join(", ", cost.Skip(1).Select(move => $"{Lower(WordsOf(move.Measure, health))} {Points(move.Points)}").Prepend(first));
    }

    /// <summary>A measure by its kind; the measure of a gauge, which its author named, by its id.</summary>
    private static string WordsOf(string measure, HealthRules? health) => health?.Measures.FirstOrDefault(rule => rule.Id == measure)?.Kind switch
    {
        MeasureKind.Breadth => "A smaller share of products in use",
        MeasureKind.Depth => "Less depth of use",
        MeasureKind.Trend => "Falling activity",
        MeasureKind.Recency => "Days without activity",
        MeasureKind.Seats => "Fewer seats in use",
        MeasureKind.Sentiment => "NPS",
        _ => measure.Length == 0 ? "A measure" : char.ToUpperInvariant(measure[0]) + measure[1..].Replace('_', ' '),
    };

    private static string Lower(string words) => words.Length > 1 && char.IsUpper(words[1]) ? words : char.ToLowerInvariant(words[0]) + words[1..];

    private static string Points(double points) => points.ToString("0.0", CultureInfo.InvariantCulture);
}
