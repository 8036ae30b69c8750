using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Simulation.Faults;

/// <summary>
/// Decides which fault fires at which of its chances, and counts it. Each run has a weather of its own: some kinds do not occur in it at all, the others more or less often, so that over many
/// seeds every kind is seen without the others in its way.
/// </summary>
internal sealed class FaultSchedule
{
    private readonly Dice dice;
    private readonly double[] chances = new double[Enum.GetValues<FaultKind>().Length];
    private bool hasCeased;

    /// <param name="dice">Of the run.</param>
    /// <param name="tally">Counts what fires.</param>
    public FaultSchedule(Dice dice, FaultTally tally)
    {
        this.dice = dice;
        Tally = tally;
        var strength = dice.Of(0.3, 1, 1, 2);
        foreach (var kind in Enum.GetValues<FaultKind>())
            if (dice.Chance(0.7)) chances[(int)kind] = Math.Min(0.5, ChanceOf(kind) * strength);
    }

    public FaultTally Tally { get; }

    /// <summary>From here on nothing fires any more: what was broken must mend itself.</summary>
    public void Cease() => hasCeased = true;

    public bool Fires(FaultKind kind)
    {
        if (hasCeased || !dice.Chance(chances[(int)kind])) return false;
        Tally.Count(kind);
        return true;
    }

    // At each chance: a commit, a checkpoint, a read, a request, a turn of the world. Kinds that are counted where they occur by themselves have none.
    private static double ChanceOf(FaultKind kind) => kind switch
    {
        FaultKind.CommitFailed or FaultKind.CommitAnswerLost => 0.03,
        FaultKind.CommitStalled => 0.06,
        FaultKind.HeadsUnreadable => 0.4,
        FaultKind.HistoryUnreadable or FaultKind.HistoryCutShort => 0.08,
        FaultKind.SegmentDamaged => 0.15,
        FaultKind.SegmentsMerged => 0.04,
        FaultKind.CheckpointFailed or FaultKind.CheckpointAnswerLost => 0.1,
        FaultKind.CheckpointStalled => 0.15,
        FaultKind.CheckpointsTakenBack => 0.2,
        FaultKind.SnapshotDamaged => 0.2,
        FaultKind.SnapshotUnreadable => 0.1,
        FaultKind.Crash => 0.04,
        FaultKind.CrashInCommit => 0.4,
        FaultKind.CrashInCheckpoint => 0.4,
        FaultKind.CrashInRecovery => 0.1,
        FaultKind.RequestDuplicated => 0.08,
        FaultKind.RequestDelayed => 0.1,
        FaultKind.RequestReordered => 0.1,
        FaultKind.ReplyLost => 0.08,
        FaultKind.AlertAction => 0.06,
        FaultKind.ClockJumpForward => 0.015,
        FaultKind.ClockJumpBack => 0.03,
        FaultKind.ModelChanged => 0.008,
        FaultKind.ConsumerSlow => 0.3,
        FaultKind.ConsumerRepeats => 0.1,
        FaultKind.FrameSkipped => 0.3,
        _ => 0,
    };
}
