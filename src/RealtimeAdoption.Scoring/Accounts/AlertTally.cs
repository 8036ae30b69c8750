using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Accounts;

/// <summary>How many live alerts an account has, by state and severity; at most 255 of each, which is more than the types and products can make.</summary>
public readonly record struct AlertTally
{
    private const int BitsEach = 8;
    private const int BitsAState = 4 * BitsEach;

    private readonly UInt128 counts;

    private AlertTally(UInt128 counts) => this.counts = counts;

    /// <summary>No live alert.</summary>
    public bool IsEmpty => counts == 0;

    /// <summary>Of a live state.</summary>
    public int Of(AlertState state, AlertSeverity severity) => (byte)(counts >> Place(state, severity));

    /// <summary>In all live states.</summary>
    public int Of(AlertSeverity severity) => Of(AlertState.Open, severity) + Of(AlertState.Acknowledged, severity) + Of(AlertState.Snoozed, severity);

    /// <summary>One more; one that is resolved does not count.</summary>
    public AlertTally With(AlertState state, AlertSeverity severity) =>
        state == AlertState.Resolved || Of(state, severity) == byte.MaxValue ? this : new AlertTally(counts + (UInt128.One << Place(state, severity)));

    private static int Place(AlertState state, AlertSeverity severity) => (((int)state - (int)AlertState.Open) * BitsAState) + ((int)severity * BitsEach);
}
