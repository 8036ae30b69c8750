namespace RealtimeAdoption.Server.Tests.Crashes;

/// <summary>What a server was in the midst of when it was killed.</summary>
[Flags]
public enum Underway
{
    None = 0,

    /// <summary>A transaction of the journal was open.</summary>
    Commit = 1,

    /// <summary>A transaction of the snapshots was open.</summary>
    Checkpoint = 2,

    /// <summary>A partition's tick of the newest day stood in its last segment, or other partitions had it and it had not.</summary>
    Tick = 4,

    /// <summary>A thread was computing or reading a rebuild.</summary>
    Rebuild = 8,

    /// <summary>A partition had a new model's beginning in its journal, and not its end.</summary>
    Activation = 16,

    /// <summary>It had not said yet that it is ready.</summary>
    Recovery = 32,
}
