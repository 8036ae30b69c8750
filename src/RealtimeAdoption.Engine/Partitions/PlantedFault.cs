namespace RealtimeAdoption.Engine.Partitions;

/// <summary>Known bugs of a partition that a test can plant to prove that the suites catch them. None in production: nothing but tests can set it.</summary>
internal enum PlantedFault
{
    None,
    DuplicateCounted,
    TickSkipped,
    ActivationTailLost,

    /// <summary>A segment that begins before the checkpoint is applied from its start.</summary>
    PositionUnchecked,
    RebuildKeepsRepeats,

    /// <summary>Ids of what a failed commit dropped stay known: sent again, it is answered as a duplicate.</summary>
    FailedCommitRemembered,

    /// <summary>A checkpoint is written without its ids.</summary>
    IdsNotStored,
}
