namespace RealtimeAdoption.Engine.Ids;

/// <summary>
/// The ids in scratch whose fingerprints begin with the same bits: runs, the oldest first, each more than twice as large as the one after it, so that there are few. A newer run's word stands before an older one's. Shelves are small, so that the merging of one is
/// done at one stroke; a partition has 64 or more.
/// </summary>
internal sealed class IdShelf(IdBlocks blocks, IdMemory memory, bool plantWrongFilter)
{
    private const int Bits = 12;
    private const int FewBits = 8;

    private readonly List<IdRun> runs = [];

    public bool IsEmpty => runs.Count == 0;

    /// <summary>Of memory, for filters and for what leads to the blocks.</summary>
    public int Pages => PagesFrom(0);

    public void Prefetch(ulong id)
    {
        for (var i = 0; i < runs.Count; i++) runs[i].Filter?.Prefetch(id);
    }

    /// <summary>What is known of it last, also if that is forgotten by now.</summary>
    /// <exception cref="IOException">The scratch cannot be read.</exception>
    public bool TryFind(ulong id, out IdEntry entry)
    {
        for (var i = runs.Count - 1; i >= 0; i--)
        {
            if (runs[i].TryFind(id, out entry)) return true;
        }

        entry = default;
        return false;
    }

    /// <summary>Takes ids in, which may say something newer of such as are here. Those dated before the day go, unless an older run has to be told by them that they have gone.</summary>
    /// <param name="ids">In order.</param>
    /// <param name="count">Of them.</param>
    /// <param name="oldest">Ids dated before are forgotten.</param>
    /// <param name="pagesMax">Of memory for this shelf: beyond it filters get smaller, then those of the oldest runs go.</param>
    /// <exception cref="IOException">The scratch cannot be written or read. Nothing has changed.</exception>
    public void Take(IdEntry[] ids, int count, int oldest, int pagesMax)
    {
        while (runs.Count > 0 && runs[0].LatestDay < oldest) Drop(0);
        var (first, total) = (runs.Count, count);
        while (first > 0 && runs[first - 1].Count <= 2 * total) total += runs[--first].Count;
        // Memory is short, and forgotten ids have some of it: all are looked through.
        if (first > 0 && runs[0].EarliestDay < oldest && PagesFrom(0, first) + PagesNeeded(total, Bits) > pagesMax) (first, total) = (0, count + runs.Sum(run => run.Count));
        var writer = new IdRunWriter(blocks, NewFilter(first, total, pagesMax), plantWrongFilter);
        IdRun? merged;
        try
        {
            Merge(ids, count, first, oldest, writer);
            merged = writer.Finish();
        }
        catch (IOException)
        {
            writer.Abandon();
            throw;
        }

        while (runs.Count > first) Drop(runs.Count - 1);
        if (merged is not null) runs.Add(merged);
    }

    private void Merge(IdEntry[] ids, int count, int first, int oldest, IdRunWriter writer)
    {
        // The newest first: of several that hold an id, the first one's word stands.
        var all = new IdCursor[1 + runs.Count - first];
        all[0] = new IdCursor(ids, count);
        for (var i = 1; i < all.Length; i++) all[i] = new IdCursor(blocks, runs[^i]);
        try
        {
            Merge(all, first == 0 ? oldest : int.MinValue, writer);
        }
        finally
        {
            foreach (var cursor in all) cursor.Close();
        }
    }

    private static void Merge(IdCursor[] all, int oldest, IdRunWriter writer)
    {
        var cursors = all.ToList();
        cursors.RemoveAll(cursor => !cursor.Advance());
        while (cursors.Count > 0)
        {
            var first = cursors[0];
            for (var i = 1; i < cursors.Count; i++)
            {
                if (cursors[i].Id < first.Id) first = cursors[i];
            }

            var id = first.Id;
            if (first.Current.Day >= oldest) writer.Add(first.Current);
            for (var i = cursors.Count - 1; i >= 0; i--)
            {
                if (cursors[i].Id == id && !cursors[i].Advance()) cursors.RemoveAt(i);
            }
        }
    }

    // Null: there is no room for one.
    private IdFilter? NewFilter(int first, int total, int pagesMax)
    {
        for (var dropped = 0; ; dropped++)
        {
            var left = pagesMax - PagesFrom(0, first);
            if (PagesNeeded(total, Bits) <= left) return new IdFilter(memory, total, Bits);
            if (PagesNeeded(total, FewBits) <= left) return new IdFilter(memory, total, FewBits);
            while (dropped < first && runs[dropped].Filter is null) dropped++;
            if (dropped >= first) return null;
            runs[dropped].Filter!.Drop();
            runs[dropped].Filter = null;
        }
    }

    private void Drop(int run)
    {
        runs[run].Drop();
        runs.RemoveAt(run);
    }

    private int PagesFrom(int first, int until = int.MaxValue)
    {
        var (pages, inBlocks) = (0, 0);
        for (var i = first; i < Math.Min(until, runs.Count); i++)
        {
            pages += runs[i].Filter?.Pages ?? 0;
            inBlocks += runs[i].Blocks;
        }

        return pages + PagesOfBlocks(inBlocks);
    }

    private static int PagesNeeded(int ids, int bits) => IdFilter.PagesOf(ids, bits) + PagesOfBlocks((ids / IdBlocks.Ids) + 1);

    // The first one is what a shelf leaves free of its share.
    private static int PagesOfBlocks(int inBlocks) => inBlocks * IdRun.BytesPerBlock / IdPage.Bytes;
}
