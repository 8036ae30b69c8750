using System.Numerics;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// A tick between its record and its end: the accounts that it owes their turn. Whom it owes is settled when its record is applied: what a later record
/// makes of an account's due day is for the next tick.
/// </summary>
internal sealed class TickInWork
{
    private const int None = int.MaxValue;

    private readonly ulong[] owed;
    private int next;
    private int ahead;
    private int looked;

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
