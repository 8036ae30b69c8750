using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Embedded;

/// <summary>A partition in its lane, and when its checkpoints and rebuilds are due. Times are milliseconds of the process, not of the clock that scores.</summary>
internal sealed class PartitionSlot(Partition partition, long epoch)
{
    // After a refused checkpoint or a pass that could not be read; for passes that fail one after the other twice as long each time.
    private const int RetryMs = 2_000;
    private const int PassRetryMsMax = 32_000;

    private long unpersistedSinceMs = -1;
    private long checkpointNotBeforeMs;
    private long markedSinceMs = -1;
    private long historicSeen;
    private long historicSeenMs;
    private long passBeganMs;
    private long passTookMs;
    private long passNotBeforeMs;
    private long passRetryMs = RetryMs;
    private bool isSwapping;

    public Partition Partition => partition;

    /// <summary>Of the owner, for the store.</summary>
    public long Epoch => epoch;

    /// <summary>It holds a permit to have its accounts under two models.</summary>
    public bool HoldsActivation { get; set; }

    public bool IsCheckpointDue(EmbeddedOptions options, long nowMs)
    {
        if (partition.Unpersisted == 0)
        {
            unpersistedSinceMs = -1;
            return false;
        }

        if (unpersistedSinceMs < 0) unpersistedSinceMs = nowMs;
        if (nowMs < checkpointNotBeforeMs) return false;
        // A tail that holds a swap is slow to replay, so it is kept short.
        var isSwapped = isSwapping && !partition.IsRebuilding;
        return isSwapped || partition.Unpersisted >= options.CheckpointRecords || nowMs - unpersistedSinceMs >= options.CheckpointSeconds * 1000L;
    }

    public void CheckpointBegun()
    {
        unpersistedSinceMs = -1;
        if (!partition.IsRebuilding) isSwapping = false;
    }

    public void CheckpointFailed(long nowMs) => checkpointNotBeforeMs = nowMs + RetryMs;

    public bool IsRebuildDue(EmbeddedOptions options, long nowMs)
    {
        if (partition.PendingRebuilds == 0)
        {
            markedSinceMs = -1;
            return false;
        }

        if (markedSinceMs < 0) markedSinceMs = nowMs;
        if (partition.Historic != historicSeen) (historicSeen, historicSeenMs) = (partition.Historic, nowMs);
        if (partition.IsRebuilding || nowMs < passNotBeforeMs) return false;
        return nowMs - historicSeenMs >= options.RebuildQuietMs || nowMs - markedSinceMs >= Math.Max(options.RebuildAgeMsMax, 4 * passTookMs);
    }

    public void PassBegun(long nowMs)
    {
        passBeganMs = nowMs;
        markedSinceMs = -1;
    }

    public void PassEnded(long nowMs)
    {
        passTookMs = nowMs - passBeganMs;
        isSwapping = true;
    }

    /// <summary>A checkpoint is due: a tail that holds the swap is as slow to replay as the activation was.</summary>
    public void ModelSwapped() => isSwapping = true;

    /// <summary>False: the history could not be read a moment ago.</summary>
    public bool MayRead(long nowMs) => nowMs >= passNotBeforeMs;

    public void PassFailed(long nowMs)
    {
        passNotBeforeMs = nowMs + passRetryMs;
        passRetryMs = Math.Min(2 * passRetryMs, PassRetryMsMax);
    }

    public void PassRead() => passRetryMs = RetryMs;
}
