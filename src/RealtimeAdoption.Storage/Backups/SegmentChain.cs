namespace RealtimeAdoption.Storage.Backups;

/// <summary>Follows the segments of all partitions as they are read from a backup: each must match its sum and follow on the one before it in its partition.</summary>
internal sealed class SegmentChain(int partitions)
{
    private readonly long[] heads = new long[partitions];

    /// <summary>Where each partition ends.</summary>
    public IReadOnlyList<long> Heads => heads;

    /// <param name="head">Of the next segment of its partition.</param>
    /// <param name="checksum">As it is stored.</param>
    /// <param name="body">Its packed bytes.</param>
    /// <param name="where">For people.</param>
    public void Take(in SegmentHead head, ulong checksum, ReadOnlySpan<byte> body, string where)
    {
        var what = $"The segment with position {head.FirstPosition} of partition {head.Partition} in {where}";
        if (SegmentCodec.Checksum(head, body) != checksum) throw new BackupException($"{what} does not match its checksum.");
        if ((uint)head.Partition >= (uint)heads.Length) throw new BackupException($"{what}: there are partitions 0 to {heads.Length - 1}.");
        if (head.FirstPosition != heads[head.Partition] + 1) throw new BackupException($"{what} does not follow on: the one before it ends at {heads[head.Partition]}.");
        heads[head.Partition] += head.Count;
    }

    /// <summary>The ends must be those that are told.</summary>
    public void MustEndAt(IReadOnlyList<long> told, string where)
    {
        if (told.Count != heads.Length) throw new BackupException($"{where} has {heads.Length} partitions, not {told.Count}.");
        for (var partition = 0; partition < heads.Length; partition++)
        {
            if (heads[partition] != told[partition]) throw new BackupException($"The journal of partition {partition} in {where} ends at {heads[partition]}, not at {told[partition]}.");
        }
    }
}
