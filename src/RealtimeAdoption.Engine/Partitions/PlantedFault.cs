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

    /// <summary>A record that a door appended is taken for new though its id is known.</summary>
    RepetitionTaken,

    /// <summary>What was judged away during a rebuild or activation is not in the checkpoint.</summary>
    LeftOutNotStored,

    /// <summary>An actor takes records that do not follow on what it has, of whatever lease.</summary>
    GapNotSeen,

    /// <summary>A checkpoint does not wait for accounts to be flushed.</summary>
    CheckpointUnflushed,

    /// <summary>A rewind forgets what came since the state was last seen.</summary>
    RewoundWithoutRecords,

    /// <summary>An answer counts whichever call it is of.</summary>
    LateAnswerTaken,

    /// <summary>A tick does not take back the states that are elsewhere.</summary>
    TickedInAbsence,
}
