using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

// Ticks. One concerns every account that is due, a whole fleet at midnight, so it is worked in slices between the batches. Nobody can tell from the states or from the feed how it was sliced:
// an account that something comes to before its turn is ticked first, and what changes meanwhile gets its number when the tick is done. A replay works a tick at once.
public sealed partial class Partition
{
    private const int TurnsAhead = 8;

    private TickInWork? ticking;

    /// <summary>
    /// A tick is in work: <see cref="ContinueTick"/> is wanted. Until it is done, what is read of one account is as of the new day, but rows, counts and the changes since the tick are as far as it
    /// has come.
    /// </summary>
    public bool IsTicking => ticking is not null;

    /// <summary>Every account has had its turn in the tick of this day.</summary>
    public int SettledDay => ticking is null ? Day : ticking.Day - 1;

    /// <summary>Works on the tick: at most so many accounts. False: it is done, or there is none.</summary>
    public bool ContinueTick(int accountsMax)
    {
        if (ticking is not { } tick) return false;
        for (; accountsMax > 0; accountsMax--)
        {
            if (!tick.TryNext(out var number))
            {
                ticking = null;
                unpersistedChanges.Number(outputs);
                return false;
            }

            while (tick.TryLookAhead(TurnsAhead, out var soon)) AccountActor.PrefetchHead(ModelOrThrow, accounts[soon].State);
            Tick(tick, number);
        }

        return true;
    }

    private void ApplyTick(in Record record, long position)
    {
        FinishTick();
        var day = Days.Of(record.TimeMs);
        if (Day != int.MinValue && day != Day + 1) throw new InvalidDataException($"Partition {Index}: the tick at {position} opens day {day} after {Day}.");
        Day = day;
        idsOldest = Math.Max(idsOldest, OldestRemembered(day));
        if (!isOpen || isFedByJournal) ids.ForgetBefore(idsOldest);
        tail?.Add(record, position, day);
        activation?.Tail?.Add(record, position, day);
        if (options.Planted == PlantedFault.TickSkipped && day % 3 == 0) return;
        ticking = new TickInWork(day, position, accounts.DueDays);
        if (!isOpen) FinishTick();
    }

    /// <summary>Before what is to find every account on the partition's day, and every change numbered.</summary>
    private void FinishTick()
    {
        while (ContinueTick(int.MaxValue))
        {
        }
    }

    /// <summary>Before an account takes something: its turn in the tick comes first.</summary>
    private void TickFirst(int number)
    {
        if (ticking is { } tick && tick.Owes(number)) Tick(tick, number);
    }

    private void Tick(TickInWork tick, int number)
    {
        tick.Took(number);
        Settle(number, tick.Position, AccountTurn.Tick(ModelOrThrow, ref accounts[number], tick.Day, tick.Position, changes), ofTick: true);
    }

    /// <summary>A copy of the account's state that has had its turn.</summary>
    private AccountState CopyOfDay(int number)
    {
        var copy = accounts[number].State.Copy();
        if (ticking is { } tick && tick.Owes(number)) AccountActor.Tick(ModelOrThrow, ref copy, tick.Day, tick.Position, []);
        return copy;
    }
}
