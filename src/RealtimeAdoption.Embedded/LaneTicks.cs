using System.Diagnostics;

namespace RealtimeAdoption.Embedded;

/// <summary>
/// A lane's ticks in work. At midnight all of its partitions come at once; each turn of the lane works on them for a few milliseconds, partition by partition, so that live batches go before and
/// wait for no more than that.
/// </summary>
internal sealed class LaneTicks(IReadOnlyList<PartitionSlot> slots)
{
    private const int StepsAtOnce = 128;

    // The least that a turn gives to ticks, and the most, however busy it was. Under load ticks get half as long as live work had: with less they would take minutes.
    private const double TurnMsMin = 2;
    private const double TurnMsMax = 10;

    private int next;

    public bool IsAny
    {
        get
        {
            for (var i = 0; i < slots.Count; i++)
            {
                if (slots[i].Partition.IsTicking) return true;
            }

            return false;
        }
    }

    /// <summary>Works for a while. False: there was nothing to do.</summary>
    /// <param name="turnBegan">When the lane began its turn, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    public bool Work(long turnBegan)
    {
        if (!IsAny) return false;
        var began = Stopwatch.GetTimestamp();
        var budget = TimeSpan.FromMilliseconds(Math.Clamp(Stopwatch.GetElapsedTime(turnBegan, began).TotalMilliseconds / 2, TurnMsMin, TurnMsMax));
        var idle = 0;
        while (idle < slots.Count && Stopwatch.GetElapsedTime(began) < budget)
        {
            var partition = slots[next].Partition;
            next = (next + 1) % slots.Count;
            idle = partition.IsTicking ? 0 : idle + 1;
            partition.ContinueTick(StepsAtOnce);
        }

        return true;
    }
}
