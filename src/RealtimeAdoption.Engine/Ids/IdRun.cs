namespace RealtimeAdoption.Engine.Ids;

/// <summary>Ids of one shelf in the order of their fingerprints, in blocks of scratch. Never changed. In memory are the first id of each block and a filter, unless there was no room for one.</summary>
internal sealed class IdRun(IdBlocks blocks, ulong[] firsts, int[] places, int count, int earliestDay, int latestDay)
{
    /// <summary>Of memory, for each block.</summary>
    public const int BytesPerBlock = sizeof(ulong) + sizeof(int);

    public int Count => count;

    public int Blocks => places.Length;

    public int EarliestDay => earliestDay;

    public int LatestDay => latestDay;

    public IdFilter? Filter { get; set; }

    /// <exception cref="IOException">The scratch cannot be read.</exception>
    public bool TryFind(ulong id, out IdEntry entry)
    {
        entry = default;
        if (Filter is { } filter && !filter.MayHold(id)) return false;
        var block = Array.BinarySearch(firsts, id);
        if (block < 0) block = ~block - 1;
        if (block < 0) return false;
        var ids = blocks.Rent();
        try
        {
            var (low, high) = (0, Read(block, ids));
            while (low < high)
            {
                var middle = (low + high) >> 1;
                if (ids[middle].Id < id) low = middle + 1;
                else high = middle;
            }

            entry = ids[low];
            return low < CountIn(block) && entry.Id == id;
        }
        finally
        {
            blocks.Return(ids);
        }
    }

    /// <summary>Reads the ids of a block. Returns how many there are.</summary>
    public int Read(int block, IdEntry[] ids)
    {
        blocks.Read(places[block], ids);
        return CountIn(block);
    }

    /// <summary>Gives scratch and memory back.</summary>
    public void Drop()
    {
        Filter?.Drop();
        Filter = null;
        foreach (var place in places) blocks.Return(place);
    }

    private int CountIn(int block) => Math.Min(IdBlocks.Ids, count - (block * IdBlocks.Ids));
}
