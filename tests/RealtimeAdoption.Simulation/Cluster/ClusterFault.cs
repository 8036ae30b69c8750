namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>What can go wrong between doors, owners of partitions and actors of accounts.</summary>
internal enum ClusterFault
{
    /// <summary>A door begins with a head that another door has moved.</summary>
    HeadStale,

    /// <summary>A message is sent again, through whichever door.</summary>
    SentTwice,

    /// <summary>What comes from the journal leaves something out, or repeats something.</summary>
    FeedGap,
    FeedOverlap,

    /// <summary>A call does not arrive.</summary>
    CallLost,

    /// <summary>A call is given up, and arrives later.</summary>
    CallLate,

    /// <summary>A call arrives twice.</summary>
    CalledTwice,

    /// <summary>An answer does not come.</summary>
    AnswerLost,

    /// <summary>An answer is given up, and comes later.</summary>
    AnswerLate,

    /// <summary>The actor has lost its activation: another one is asked, which knows nothing.</summary>
    ActivationLost,

    /// <summary>A call goes to an activation that should be gone.</summary>
    ActivationOld,

    /// <summary>The owner of a partition is gone; accounts live on.</summary>
    OwnerCrashed,

    /// <summary>Another owner begins while the one before goes on.</summary>
    OwnerZombie,

    /// <summary>Whether an owner's own records were appended is not known.</summary>
    OwnAppendUnknown,

    /// <summary>A pass over history fails.</summary>
    HistoryFailed,
    CheckpointFailed,
    ModelChanged,

    /// <summary>Somebody reads an account in the midst of it all.</summary>
    Read,
    DaysPass,
}
