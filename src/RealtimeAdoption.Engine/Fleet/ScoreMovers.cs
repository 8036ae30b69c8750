using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Fleet;

/// <summary>An account whose score moved.</summary>
/// <param name="Account">Its row.</param>
/// <param name="ScoreTenths">The shown score, in tenths of a point.</param>
/// <param name="ChangeTenths">Against the close that it is measured by, in tenths of a point, not 0.</param>
public sealed record FleetMove(AccountSummary Account, int ScoreTenths, int ChangeTenths);

/// <summary>
/// The accounts whose score rose and fell most since yesterday's close, and since that of seven days ago. Looks at one account after another and keeps so many of each; those of two
/// partitions can be added. Ties are broken by account id. Not thread-safe.
/// </summary>
public sealed class ScoreMovers
{
    /// <summary>Of each kind.</summary>
    public const int Kept = 5;

    private readonly List<FleetMove> dayUp = new(Kept + 1);
    private readonly List<FleetMove> dayDown = new(Kept + 1);
    private readonly List<FleetMove> weekUp = new(Kept + 1);
    private readonly List<FleetMove> weekDown = new(Kept + 1);

    /// <summary>Greatest first.</summary>
    public IReadOnlyList<FleetMove> DayUp => dayUp;

    public IReadOnlyList<FleetMove> DayDown => dayDown;

    public IReadOnlyList<FleetMove> WeekUp => weekUp;

    public IReadOnlyList<FleetMove> WeekDown => weekDown;

    /// <summary>An account with these changes is among the first so far: most are turned away by it.</summary>
    public bool Takes(string account, int? day, int? week)
    {
        ArgumentNullException.ThrowIfNull(account);
        return (day is { } byDay && byDay != 0 && Takes(byDay > 0 ? dayUp : dayDown, account, byDay))
            || (week is { } byWeek && byWeek != 0 && Takes(byWeek > 0 ? weekUp : weekDown, account, byWeek));
    }

    /// <param name="row">Of an account that is neither churned nor rebuilding.</param>
    /// <param name="scoreTenths">Its shown score.</param>
    /// <param name="day">Against yesterday's close; null: there was none.</param>
    /// <param name="week">Against the close of seven days ago.</param>
    public void Look(AccountSummary row, int scoreTenths, int? day, int? week)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (day is { } byDay && byDay != 0) Keep(byDay > 0 ? dayUp : dayDown, row, scoreTenths, byDay);
        if (week is { } byWeek && byWeek != 0) Keep(byWeek > 0 ? weekUp : weekDown, row, scoreTenths, byWeek);
    }

    public void Add(ScoreMovers other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Add(dayUp, other.dayUp);
        Add(dayDown, other.dayDown);
        Add(weekUp, other.weekUp);
        Add(weekDown, other.weekDown);
    }

    private static void Add(List<FleetMove> to, List<FleetMove> from)
    {
        foreach (var move in from) Keep(to, move.Account, move.ScoreTenths, move.ChangeTenths);
    }

    // One comparison with the last that is kept.
    private static bool Takes(List<FleetMove> kept, string account, int changeTenths) => kept.Count < Kept || ComesBefore(account, changeTenths, kept[^1]);

    private static void Keep(List<FleetMove> kept, AccountSummary row, int scoreTenths, int changeTenths)
    {
        if (!Takes(kept, row.Account, changeTenths)) return;
        var place = kept.Count;
        while (place > 0 && ComesBefore(row.Account, changeTenths, kept[place - 1])) place--;
        kept.Insert(place, new FleetMove(row, scoreTenths, changeTenths));
        if (kept.Count > Kept) kept.RemoveAt(Kept);
    }

    private static bool ComesBefore(string account, int changeTenths, FleetMove other)
    {
        var (size, otherSize) = (Math.Abs(changeTenths), Math.Abs(other.ChangeTenths));
        return size != otherSize ? size > otherSize : string.CompareOrdinal(account, other.Account.Account) < 0;
    }
}
