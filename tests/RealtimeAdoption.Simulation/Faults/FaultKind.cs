namespace RealtimeAdoption.Simulation.Faults;

/// <summary>What can go wrong, or come at a bad moment, in a simulated run.</summary>
internal enum FaultKind
{
    // The journal.

    /// <summary>A commit is refused, nothing of it is stored.</summary>
    CommitFailed,

    /// <summary>A commit is stored, its answer is an error.</summary>
    CommitAnswerLost,

    /// <summary>A commit takes long: much else happens meanwhile.</summary>
    CommitStalled,
    HeadsUnreadable,

    /// <summary>Reading history ends early, with an error.</summary>
    HistoryUnreadable,

    /// <summary>Reading history ends early, and says nothing.</summary>
    HistoryCutShort,

    /// <summary>A bit of a stored segment turns.</summary>
    SegmentDamaged,

    /// <summary>Segments are stored anew as larger ones: what is read reaches beyond what was asked for.</summary>
    SegmentsMerged,

    // The snapshots.
    CheckpointFailed,
    CheckpointAnswerLost,
    CheckpointStalled,

    /// <summary>A power cut takes back the last checkpoints of a partition, whole ones.</summary>
    CheckpointsTakenBack,

    /// <summary>A bit of a stored row turns.</summary>
    SnapshotDamaged,
    SnapshotUnreadable,

    // The process.
    Crash,

    /// <summary>While a commit is under way: stored or not, nobody has heard.</summary>
    CrashInCommit,
    CrashInCheckpoint,
    CrashInRecovery,

    // Callers.
    RequestDuplicated,
    RequestDelayed,
    RequestReordered,

    /// <summary>Sent again, whole, because no answer came or a refusal.</summary>
    RequestRetried,
    ReplyLost,
    ConflictingPayload,
    HistoricImport,
    ProfileSent,
    AlertAction,
    PinSet,

    // Time.

    /// <summary>The clock leaps over a midnight or several.</summary>
    ClockJumpForward,
    ClockJumpBack,

    ModelChanged,

    // Who reads.
    ConsumerSlow,

    /// <summary>A consumer of changes goes back to where it was some time ago, and is given the same again.</summary>
    ConsumerRepeats,
    FrameSkipped,
}
