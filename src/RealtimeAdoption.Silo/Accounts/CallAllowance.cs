namespace RealtimeAdoption.Silo.Accounts;

/// <summary>
/// How many calls of account grains this silo's partitions may make: so many a second, and what was left over of the last tenth of one. A call costs many times what the same records do in their partition, so under load calls must not grow
/// with it. Thread-safe.
/// </summary>
/// <param name="perSecond">0 and up.</param>
/// <param name="clock">Of the process.</param>
public sealed class CallAllowance(int perSecond, TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly double most = Math.Max(perSecond / 10.0, Math.Min(perSecond, 1));
    private double left = Math.Max(perSecond / 10.0, Math.Min(perSecond, 1));
    private long lookedAt = clock.GetTimestamp();

    /// <summary>How many of so many calls may be made now.</summary>
    public int Take(int wanted)
    {
        lock (gate)
        {
            var now = clock.GetTimestamp();
            left = Math.Min(most, left + (clock.GetElapsedTime(lookedAt, now).TotalSeconds * perSecond));
            lookedAt = now;
            var granted = (int)Math.Min(wanted, left);
            left -= granted;
            return granted;
        }
    }
}
