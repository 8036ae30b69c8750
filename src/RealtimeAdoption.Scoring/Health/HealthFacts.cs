using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>What alerts and pins read of an account's health, all as of the block's day and already up to date when they are asked.</summary>
internal static class HealthFacts
{
    /// <summary>As it was judged last, whatever is pinned; unknown under <c>min_coverage</c>, without a score, and without health rules.</summary>
    public static Band MeasuredBand(in AccountBlock block) => new HealthState(block).Head.Measured;

    /// <summary>The measured band as it was when it was known last; unknown: never was.</summary>
    public static Band LastKnownBand(in AccountBlock block) => new HealthState(block).Head.LastKnown;

    /// <summary>The fall is true: the score is <c>slip.fall</c> or more under the highest close that counts. While the band is unknown, as it was.</summary>
    public static bool IsFallen(in AccountBlock block) => (new HealthState(block).Head.Flags & HealthFlags.Fallen) != HealthFlags.None;

    /// <summary>The shown score in tenths, 0..1000; null: there is none.</summary>
    public static int? ScoreTenths(in AccountBlock block) => OrNull(new HealthState(block).Head.Tenths);

    /// <summary>The highest close that counts of the last <c>slip.within_days</c> days, in tenths; null: there is none.</summary>
    public static int? HighCloseTenths(in AccountBlock block) => OrNull(new HealthState(block).Head.HighClose);

    /// <summary>Of the products adopted and entitled today, rounded to 6 decimals; null: there are none.</summary>
    public static decimal? MeanDepth(in AccountBlock block)
    {
        var depth = Measures.MeanDepth(block);
        return double.IsNaN(depth) ? null : (decimal)Math.Round(depth, 6);
    }

    /// <summary>Users with any activity in the last <c>users.active_days</c> days, today included.</summary>
    public static int ActiveUsers(in AccountBlock block) => new HealthState(block).Head.ActiveUsers;

    /// <summary>Contracted seats; null: not told.</summary>
    public static int? Seats(in AccountBlock block) => OrNull(new HealthState(block).Head.Seats);

    /// <summary>Index into the model's segments; -1: unknown.</summary>
    public static int Segment(in AccountBlock block) => new HealthState(block).Head.Segment;

    /// <summary>By the days of the model's first sentiment measure, or 180.</summary>
    public static NpsReading NpsOf(in AccountBlock block) => Nps.Of(block);

    private static int? OrNull(int value) => value == HealthState.None ? null : value;
}
