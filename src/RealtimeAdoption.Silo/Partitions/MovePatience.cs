using Orleans.Runtime;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>
/// How long a silo must have been a member before partitions are handed over to it. The longer the oftener its address has begun anew in the last minutes: one that dies again and again would take partitions with it each time.
/// </summary>
internal static class MovePatience
{
    // A silo's generation is the second in which it began.
    private const int LatelySeconds = 600;
    private const int DoublingsMax = 5;

    /// <param name="silo">To which they would go.</param>
    /// <param name="known">All that the membership knows, dead ones too.</param>
    /// <param name="least">Of a silo that has begun once, or was started again once.</param>
    public static TimeSpan Of(SiloAddress silo, IEnumerable<SiloAddress> known, TimeSpan least)
    {
        var before = known.Count(other => other.Endpoint.Equals(silo.Endpoint) && other.Generation < silo.Generation && silo.Generation - other.Generation <= LatelySeconds);
        return least * (1 << Math.Clamp(before - 1, 0, DoublingsMax));
    }
}
