namespace RealtimeAdoption.Simulation.Checks;

/// <summary>What must be true of every run, whatever went wrong in it.</summary>
internal enum Check
{
    /// <summary>What was acknowledged is in the journal, to the byte; what was called known is there too.</summary>
    AcknowledgedIsInTheJournal,

    /// <summary>Every record in the journal was sent, and is acknowledged or its sender does not know.</summary>
    JournalWasSent,

    /// <summary>Event time, receipt and lateness of every record are what the text makes of them.</summary>
    RecordsAreStampedRight,

    /// <summary>No id has an effect twice.</summary>
    EachIdOnce,
    AccountsEqualReference,
    ChangesEqualReference,

    /// <summary>The feed of changes has no gap, for its slowest reader and in the store.</summary>
    FeedIsContiguous,

    /// <summary>A number of the feed always tells the same change, after any crash.</summary>
    FeedRepeatsItself,

    /// <summary>No alert opens while one of its kind and subject is live.</summary>
    AlertsAreSingle,
    BoardEqualsFleet,
    DirectoryEqualsJournal,

    /// <summary>A replay gives the same states, bit for bit, from a checkpoint and from the journal's start.</summary>
    ReplayEqualsLive,

    /// <summary>What an account is read as, wherever it lives, is what a replay of the journal gives.</summary>
    RemoteEqualsReplay,

    /// <summary>Every state in a checkpoint holds every record through its position.</summary>
    CheckpointIsOfItsPosition,

    /// <summary>No turned bit is taken for data.</summary>
    DamageIsFound,

    /// <summary>A checkpoint is of a position that the journal has, and recovery reaches the journal's head.</summary>
    RecoveryFindsItsJournal,

    /// <summary>No invariant of the machine breaks, no account stops.</summary>
    MachineHolds,

    /// <summary>Once nothing goes wrong any more, every request is answered and all work is done.</summary>
    WorkComesToItsEnd,
}

/// <summary>A run that did not end as it must.</summary>
internal sealed class SimulationException(Check check, string message, Exception? inner = null) : Exception($"{check}: {message}", inner)
{
    public Check Check { get; } = check;
}
