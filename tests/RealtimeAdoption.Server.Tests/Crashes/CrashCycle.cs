using System.Globalization;

namespace RealtimeAdoption.Server.Tests.Crashes;

/// <summary>How a cycle's kill was aimed.</summary>
public enum KillAim
{
    /// <summary>At any moment.</summary>
    Random,

    /// <summary>At the servers' midnight, when every partition gets its tick.</summary>
    Midnight,

    /// <summary>While accounts are brought to another model.</summary>
    Activation,

    /// <summary>While a checkpoint is written.</summary>
    Checkpoint,

    /// <summary>At any moment, and once more before the next start is ready.</summary>
    Recovery,

    /// <summary>The store's own server, and ours in the same moment.</summary>
    StoreToo,

    /// <summary>The store's own server, which comes back; ours, later, at any moment.</summary>
    StoreBefore,
}

/// <summary>What one cycle of load, kill -9, start and check came to.</summary>
/// <param name="Aim">Of the kill.</param>
/// <param name="Met">What it met.</param>
/// <param name="Acknowledged">Events, while the load was on.</param>
/// <param name="Seconds">Of load.</param>
/// <param name="Open">Batches that were sent and not acknowledged when the server died.</param>
/// <param name="Taken">Of these, how many events it had taken all the same.</param>
/// <param name="RecoverySeconds">From the start of the process until it was ready.</param>
public sealed record CrashCycle(KillAim Aim, Underway Met, long Acknowledged, double Seconds, int Open, long Taken, double RecoverySeconds)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Acknowledged / Seconds:N0} events/s for {Seconds:0.0} s, killed ({Aim}) in the midst of {Met} with {Open} batches open, of which {Taken} events had been taken; recovered in {RecoverySeconds:0.0} s");
}
