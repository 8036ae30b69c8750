namespace RealtimeAdoption.Embedded;

/// <summary>Why a host takes nothing more until it is started again. What it acknowledged is durable.</summary>
/// <param name="Reason">One sentence.</param>
/// <param name="IsTakenOver">Another process has the store: starting again is of use only when that one has ended. False: an invariant is broken, and a start recovers.</param>
public sealed record HostFailure(string Reason, bool IsTakenOver);
