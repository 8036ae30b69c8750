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
    // -1: nobody has answered yet.
    private readonly long[] applied = [.. Enumerable.Repeat(-1L, partitions)];
    private readonly string?[] damages = new string?[partitions];

    /// <summary>Of the first partition that is; null: none is.</summary>
    public string? Damage => Array.Find(damages, reason => reason is not null);

    /// <param name="partition">0 and up.</param>
    /// <param name="place">Position of the last record that its owner has applied; -1: nobody has answered.</param>
    /// <param name="end">Where the journal ends now.</param>
    /// <param name="now">Milliseconds of the process.</param>
    public void Look(int partition, long place, long end, long now)
    {
        if (place >= 0) damages[partition] = null;
        if (place >= ends[partition] || place > applied[partition] || damages[partition] is not null) wellAtMs[partition] = now;
        (ends[partition], applied[partition]) = (end, Math.Max(applied[partition], place));
    }

    /// <summary>It has no owner for what lies in the store. That stands until an owner answers: while it is tried again, which may take as long as to read the whole journal of the partition, nobody does.</summary>
    public void Damaged(int partition, string reason) => damages[partition] = reason;

    /// <summary>Records that are in the journal and not applied, of all partitions that are not damaged, and the partition that has the most of them.</summary>
    public (long Records, int Most, long OfMost) Behind()
    {
        var (all, most, ofMost) = (0L, 0, 0L);
        for (var i = 0; i < ends.Length; i++)
        {
            if (applied[i] < 0 || damages[i] is not null) continue;
            var behind = Math.Max(0, ends[i] - applied[i]);
            all += behind;
            if (behind > ofMost) (most, ofMost) = (i, behind);
        }

        return (all, most, ofMost);
    }

    /// <summary>The partition that has been without for longest, and for how many seconds.</summary>
    public (int Partition, long Seconds) Worst(long now)
    {
        var worst = Array.IndexOf(wellAtMs, wellAtMs.Min());
        return (worst, (now - wellAtMs[worst]) / 1000);
    }
}
