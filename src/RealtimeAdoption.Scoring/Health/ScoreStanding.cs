using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Scoring.Health;

/// <summary>
/// Where a score and its measures stood at one moment: kept beside the block while a record or a tick moves it, so that what it did can be told apart from what was before.
/// </summary>
internal readonly ref struct ScoreStanding
{
    /// <summary>Room for so many measures is taken on the stack.</summary>
    public const int OnStack = 32;

    private readonly ReadOnlySpan<double> values;
    private readonly ReadOnlySpan<double> weights;

    private ScoreStanding(in AccountBlock block, ReadOnlySpan<double> values)
    {
        ref var head = ref new HealthState(block).Head;
        this.values = values;
        weights = block.Model.Health is { } rules ? rules.WeightsAsDouble[head.Segment + 1] : [];
        (Score, Tenths) = (head.Score, head.Tenths);
        (Adopted, Held) = (block.Adopted, block.Held);
    }

    private ScoreStanding(short tenths) => (Score, Tenths) = (double.NaN, tenths);

    /// <summary>There was nothing before.</summary>
    public static ScoreStanding None => new(HealthState.None);

    /// <summary>Unrounded; NaN: there was none.</summary>
    public double Score { get; }

    /// <summary>As shown; <see cref="HealthState.None"/>: there was none.</summary>
    public short Tenths { get; }

    public ulong Adopted { get; }

    public ulong Held { get; }

    /// <summary>As it is, to be used before the block changes or moves.</summary>
    public static ScoreStanding Now(in AccountBlock block) => new(block, new HealthState(block).Values);

    /// <summary>As it is, kept in a room of as many places as the model has measures.</summary>
    public static ScoreStanding Keep(in AccountBlock block, Span<double> room)
    {
        new HealthState(block).Values.CopyTo(room);
        return new ScoreStanding(block, room);
    }

    public bool IsPresent(int measure) => !double.IsNaN(values[measure]);

    /// <summary>Each measure's part in the score; they add up to it. 0 where it was not present.</summary>
    public void Parts(Span<double> parts) => HealthScore.Contributions(values, weights, parts);
}
