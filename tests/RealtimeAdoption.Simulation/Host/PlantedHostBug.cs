using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Simulation.Host;

/// <summary>Known bugs of a host, which the machine cannot have: the simulated host makes them when it is told to.</summary>
internal enum PlantedHostBug
{
    None,

    /// <summary>A sender is answered when its batch is on its way to the journal.</summary>
    AcknowledgedBeforeCommit,

    /// <summary>A batch takes effect, and may be in a checkpoint, before it is in the journal.</summary>
    SnapshotAheadOfJournal,

    /// <summary>Recovery leaves the journal's last segment behind the checkpoint out.</summary>
    TailSkipped,
}

/// <summary>What is planted in a run: in the host, in the partition or in the core. None of them: nothing.</summary>
internal readonly record struct Planted(PlantedHostBug Host = PlantedHostBug.None, PlantedFault Machine = PlantedFault.None, PlantedBug Core = PlantedBug.None);
