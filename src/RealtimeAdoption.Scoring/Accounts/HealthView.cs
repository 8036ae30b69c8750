namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>Stored: numbers only grow. Known ones rise.</summary>
public enum Band { Unknown, Red, Yellow, Green }

public enum MeasureState { Present, Missing, Stale }

/// <summary>An account's health on its day. docs/semantics.md has the exact rules.</summary>
public sealed record HealthView
{
    /// <summary>0..100 to 1 decimal; null: no measure is present.</summary>
    public required decimal? Score { get; init; }

    /// <summary>As shown: a pinned one counts.</summary>
    public required Band Band { get; init; }

    /// <summary>0..1.</summary>
    public required double Coverage { get; init; }

    /// <summary>Points against the close of seven days ago; null: there was none, or there is no score.</summary>
    public required decimal? Change7d { get; init; }

    /// <summary>Points against yesterday's close.</summary>
    public required decimal? Change1d { get; init; }

    /// <summary>In the model's order.</summary>
    public required IReadOnlyList<MeasureView> Measures { get; init; }

    /// <summary>Null: the band is not pinned.</summary>
    public OverrideView? Override { get; init; }

    /// <summary>With explain: what happens with no further traffic, one entry for each day on which a criterion, the band or the stage changes, at most 30 days ahead.</summary>
    public IReadOnlyList<ForecastView>? WithoutTraffic { get; init; }
}

public sealed record MeasureView
{
    public required string Measure { get; init; }
    public required MeasureState State { get; init; }

    /// <summary>In the measure's own unit; null: missing.</summary>
    public required double? Input { get; init; }

    /// <summary>0..100; null unless present.</summary>
    public required double? Value { get; init; }

    /// <summary>The segment's.</summary>
    public required decimal Weight { get; init; }

    /// <summary>Points of the score; the contributions add up to it. 0 unless present.</summary>
    public required double Contribution { get; init; }

    /// <summary>With explain: what would lift this measure most. Null: nothing can.</summary>
    public LiftView? Lift { get; init; }
}

/// <param name="How">One plain sentence.</param>
/// <param name="To">The measure's value after it, 0..100.</param>
/// <param name="Points">What the score would gain, all else as it is.</param>
public sealed record LiftView(string How, double To, double Points);

/// <param name="Day">The day on which it happens.</param>
/// <param name="Score">Then.</param>
/// <param name="Band">Then.</param>
/// <param name="Stage">Then.</param>
/// <param name="Falls">Criteria that no longer hold from that day on, e.g. <c>crm: activities_logged 9 of 10 within 30 days</c>.</param>
public sealed record ForecastView(DateOnly Day, decimal? Score, Band Band, string Stage, IReadOnlyList<string> Falls);

/// <summary>Stored: numbers only grow.</summary>
public enum OverrideKind { Band = 1, Stage = 2 }

/// <summary>A pin that holds.</summary>
/// <param name="Measured">What would be shown without it.</param>
/// <param name="By">Who set it.</param>
/// <param name="Reason">Why, in their words.</param>
/// <param name="Since">Day of its setting.</param>
/// <param name="Until">The first day on which it no longer holds.</param>
public sealed record OverrideView(string Measured, string By, string Reason, DateOnly Since, DateOnly Until);
