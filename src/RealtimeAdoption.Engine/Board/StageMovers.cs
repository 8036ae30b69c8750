using RealtimeAdoption.Scoring.Accounts;

namespace RealtimeAdoption.Engine.Board;

/// <summary>
/// The accounts that came into a stage most recently, for each stage: by the first day of their present run there, then by the moment of the change. Each list
/// is complete down to its floor, the earliest day that it can vouch for; an account from before the floor is not taken in, because
/// others that are not known may come before it. One writer.
/// </summary>
internal sealed class StageMovers
{
    /// <summary>More than is shown, so that accounts that move on leave others to be shown.</summary>
    public const int Kept = 4 * BoardDocument.MoversLength;

    private readonly Stage[] stages;

    public StageMovers(int count)
    {
        stages = new Stage[count];
        for (var i = 0; i < count; i++) stages[i] = new Stage();
    }

    /// <summary>The account is in the stage from now on. A change that is older than what is known of it has no effect.</summary>
    public void Move(int stage, BoardMover mover, DateTimeOffset at, long position)
    {
        foreach (var other in stages)
        {
            var known = other.Rows.FindIndex(row => row.Mover.Id == mover.Id);
            if (known < 0) continue;
            if (other.Rows[known].Position > position) return;
            other.Changed |= known < BoardDocument.MoversLength;
            other.Rows.RemoveAt(known);
        }

        stages[stage].Insert(new Row(mover, at, position));
    }

    /// <summary>The account is where it was, but since another day (a late event moved it). False: it is not among those known, and by that day may belong to them.</summary>
    public bool Restate(string account, DateOnly since)
    {
        foreach (var list in stages)
        {
            var known = list.Rows.FindIndex(row => row.Mover.Id == account);
            if (known < 0) continue;
            var row = list.Rows[known];
            if (row.Mover.Since == since) return true;
            list.Rows.RemoveAt(known);
            list.Changed = true;
            list.Insert(row with { Mover = row.Mover with { Since = since } });
            return true;
        }

        return stages.All(list => since < list.Floor);
    }

    /// <summary>Takes the rows that a query gave, latest first; the moments known of them stay. They are newer than every change applied so far.</summary>
    public void Replace(int stage, IReadOnlyList<(BoardMover Mover, long Position)> rows, bool complete)
    {
        var list = stages[stage];
        var moments = list.Rows.ToDictionary(row => (row.Mover.Id, row.Mover.Since), row => row.At);
        list.Rows.Clear();
        foreach (var (mover, position) in rows)
            list.Rows.Add(new Row(mover, moments.GetValueOrDefault((mover.Id, mover.Since)), position));
        list.Rows.Sort(static (left, right) =>
        {
            var order = right.Mover.Since.CompareTo(left.Mover.Since);
            if (order == 0) order = Nullable.Compare(right.At, left.At);
            return order != 0 ? order : string.CompareOrdinal(left.Mover.Id, right.Mover.Id);
        });
        list.Floor = complete || list.Rows.Count == 0 ? DateOnly.MinValue : list.Rows[^1].Mover.Since;
        list.Changed = true;
        list.Trim();
    }

    /// <summary>Fewer are known than could be shown.</summary>
    public bool IsShort(int stage, int count) => stages[stage].Rows.Count < Math.Min(BoardDocument.MoversLength, count);

    /// <summary>What is shown of the stage; the same list as before where nothing of it changed.</summary>
    public IReadOnlyList<BoardMover> Shown(int stage)
    {
        var list = stages[stage];
        if (!list.Changed) return list.Shown;
        list.Changed = false;
        return list.Shown = [.. list.Rows.Take(BoardDocument.MoversLength).Select(row => row.Mover)];
    }

    private sealed record Row(BoardMover Mover, DateTimeOffset? At, long Position);

    private sealed class Stage
    {
        public List<Row> Rows { get; } = [];
        public DateOnly Floor { get; set; } = DateOnly.MinValue;
        public bool Changed { get; set; }
        public IReadOnlyList<BoardMover> Shown { get; set; } = [];

        public void Insert(Row added)
        {
            var since = added.Mover.Since;
            if (since < Floor) return;
            var place = Rows.FindIndex(row => row.Mover.Since < since || (row.Mover.Since == since && (row.At is null || row.At <= added.At)));
            if (place < 0) place = Rows.Count;
            Rows.Insert(place, added);
            Changed |= place < BoardDocument.MoversLength;
            Trim();
        }

        public void Trim()
        {
            if (Rows.Count <= Kept) return;
            Rows.RemoveRange(Kept, Rows.Count - Kept);
            if (Rows[^1].Mover.Since > Floor) Floor = Rows[^1].Mover.Since;
        }
    }
}
