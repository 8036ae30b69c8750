namespace RealtimeAdoption.Scoring.Models;

/// <summary>Known bugs that a test can plant, one at a time, to prove that the suites catch them. None in production: nothing but tests can set it.</summary>
internal enum PlantedBug
{
    None,
    WindowOffByOneDay,
    GraceIgnored,
    LateEventDropped,
    GaugeNeverExpires,
    EntitlementIgnored,
    UserCountedTwice,
    BandMarginIgnored,
    SegmentWeightsIgnored,
    StaleMeasureCounted,
    CloseOfTheWrongDay,
    WeeklyChangeOffByOneDay,
    CoolDownIgnored,
    SnoozeUntilWorseIgnored,
    PinNeverEnds,
    StageKeptByPlace,
    DepartedMeasureForgotten,
    AnswerThrows,
}
