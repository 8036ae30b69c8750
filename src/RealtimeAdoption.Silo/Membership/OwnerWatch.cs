namespace RealtimeAdoption.Silo.Membership;

/// <summary>
/// For how long each partition has had nobody who works on it. Whoever has applied what the journal had at the look before is well, and so is whoever has come further since then: an import may keep an owner busy for minutes,
/// and it is no less an owner. One thread.
/// </summary>
/// <param name="partitions">Of the store.</param>
/// <param name="nowMs">Of the process.</param>
internal sealed class OwnerWatch(int partitions, long nowMs)
{
    private readonly long[] wellAtMs = [.. Enumerable.Repeat(nowMs, partitions)];
    private readonly long[] ends = new long[partitions];
    private readonly long[] applied = new long[partitions];

    /// <param name="partition">0 and up.</param>
    /// <param name="place">Position of the last record that its owner has applied; -1: nobody has answered.</param>
    /// <param name="end">Where the journal ends now.</param>
    /// <param name="now">Milliseconds of the process.</param>
    public void Look(int partition, long place, long end, long now)
    {
        if (place >= ends[partition] || place > applied[partition]) wellAtMs[partition] = now;
        (ends[partition], applied[partition]) = (end, Math.Max(applied[partition], place));
    }

    /// <summary>The partition that has been without for longest, and for how many seconds.</summary>
    public (int Partition, long Seconds) Worst(long now)
    {
        var worst = Array.IndexOf(wellAtMs, wellAtMs.Min());
        return (worst, (now - wellAtMs[worst]) / 1000);
    }
}
