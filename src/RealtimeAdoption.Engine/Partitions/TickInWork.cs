using System.Numerics;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>A change that has no number in the feed yet.</summary>
/// <param name="Account">Its number.</param>
/// <param name="Change">Without a sequence.</param>
/// <param name="News">The same for a wall; null: a wall does not tell it.</param>
internal readonly record struct HeldChange(int Account, WrittenChange Change, FleetChange? News);

/// <summary>
/// A tick between its record and its end: the accounts that it owes their turn, and the changes that wait for it to be done. Whom it owes is settled when its record is applied: what a later record
/// makes of an account's due day is for the next tick.
/// </summary>
internal sealed class TickInWork
{
    private const int None = int.MaxValue;

    private readonly ulong[] owed;
    private readonly List<HeldChange> later = [];
    private List<HeldChange> own = [];
    private int next;
    private int ahead;
    private int looked;
    private int released;
    private bool isOutOfOrder;

    /// <param name="day">That it opens.</param>
    /// <param name="position">Of its record.</param>
    /// <param name="dueDays">Of every account, by number.</param>
    public TickInWork(int day, long position, ReadOnlySpan<int> dueDays)
    {
        Day = day;
        Position = position;
        owed = new ulong[(dueDays.Length + 63) / 64];
        for (var number = 0; number < dueDays.Length; number++)
        {
            if (dueDays[number] <= day) owed[number >> 6] |= 1UL << number;
        }
    }

    public int Day { get; }

    public long Position { get; }

    public bool Owes(int number) => number >> 6 < owed.Length && (owed[number >> 6] & (1UL << number)) != 0;

    /// <summary>The account has had its turn.</summary>
    public void Took(int number) => owed[number >> 6] &= ~(1UL << number);

    /// <summary>The next account in the order of numbers. False: it owes no more.</summary>
    public bool TryNext(out int number)
    {
        number = next = OwedFrom(next);
        looked = Math.Max(0, looked - 1);
        return number != None;
    }

    /// <summary>Of the next few accounts those that were not told yet.</summary>
    public bool TryLookAhead(int accounts, out int number)
    {
        number = None;
        if (looked == accounts) return false;
        number = ahead = OwedFrom(Math.Max(ahead, next));
        if (number == None) return false;
        ahead++;
        looked++;
        return true;
    }

    /// <summary>A change of the tick itself, or of a record after it.</summary>
    public void Hold(HeldChange change, bool ofTick)
    {
        if (ofTick && own.Count > 0 && change.Account < own[^1].Account) isOutOfOrder = true;
        (ofTick ? own : later).Add(change);
    }

    /// <summary>After the last turn: the tick's changes in the order of account numbers, whenever those had their turn; then those of later records in their own.</summary>
    public bool TryRelease(out HeldChange change)
    {
        // Stable: an account's own changes keep their order.
        if (isOutOfOrder) own = [.. own.OrderBy(held => held.Account)];
        isOutOfOrder = false;
        change = default;
        if (released - own.Count == later.Count) return false;
        change = released < own.Count ? own[released] : later[released - own.Count];
        released++;
        return true;
    }

    private int OwedFrom(int number)
    {
        if (number == None) return None;
        var word = number >> 6;
        if (word >= owed.Length) return None;
        var bits = owed[word] & (ulong.MaxValue << number);
        while (bits == 0)
        {
            if (++word == owed.Length) return None;
            bits = owed[word];
        }

        return (word << 6) + BitOperations.TrailingZeroCount(bits);
    }
}
