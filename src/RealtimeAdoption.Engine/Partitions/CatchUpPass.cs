using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// Brings the states of an activation forward: applies the records that came after them on top, in journal order, as they are read. Where it is cut short, what it has taken stands,
/// and the next one goes on behind it.
/// </summary>
/// <param name="partition">Whose history it is.</param>
/// <param name="accounts">Not touched by anybody else meanwhile.</param>
/// <param name="after">What the accounts hold.</param>
/// <param name="until">What they are to hold.</param>
/// <param name="day">The partition's day at <paramref name="after"/>.</param>
/// <param name="ofReplay">Belongs to a replay.</param>
internal sealed class CatchUpPass(int partition, RebuiltAccounts accounts, long after, long until, int day, bool ofReplay) : HistoryPass(partition, after, until, ofReplay)
{
    /// <summary>At what was taken last.</summary>
    public int Day { get; private set; } = day;

    private protected override void Take(in Record record, long position)
    {
        if (record.Kind == RecordKind.Tick) Day = Days.Of(record.TimeMs);
        else if (!IsOfAccount(record) || LeftOutOfTail.Contains(position)) return;
        accounts.Take(record, position, Day);
    }
}
