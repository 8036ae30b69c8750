namespace RealtimeAdoption.Engine.Partitions;

/// <summary>Known bugs of a partition that a test can plant to prove that the suites catch them. None in production: nothing but tests can set it.</summary>
internal enum PlantedFault
{
    None,
    DuplicateCounted,
    TickSkipped,
    ActivationTailLost,
}
