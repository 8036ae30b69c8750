namespace RealtimeAdoption.Engine.Ids;

/// <summary>Writes a run. What is not finished is abandoned: its blocks go back.</summary>
internal sealed class IdRunWriter(IdBlocks blocks, IdFilter? filter, bool plantWrongFilter)
{
    private const int PlantedStep = 8;

    private readonly IdEntry[] ids = blocks.Rent();
    private readonly List<ulong> firsts = [];
    private readonly List<int> places = [];
    private int count;
    private int inBlock;
    private int earliest = int.MaxValue;
    private int latest = int.MinValue;

    /// <exception cref="IOException">The scratch cannot be written.</exception>
    public void Add(in IdEntry entry)
    {
        if (!plantWrongFilter || inBlock % PlantedStep != 0) filter?.Add(entry.Id);
        ids[inBlock++] = entry;
        earliest = Math.Min(earliest, entry.Day);
        latest = Math.Max(latest, entry.Day);
        if (inBlock == IdBlocks.Ids) Flush();
    }

    /// <summary>Null: there are no ids in it.</summary>
    /// <exception cref="IOException">The scratch cannot be written.</exception>
    public IdRun? Finish()
    {
        if (inBlock > 0) Flush();
        blocks.Return(ids);
        if (count > 0) return new IdRun(blocks, [.. firsts], [.. places], count, earliest, latest) { Filter = filter };
        filter?.Drop();
        return null;
    }

    public void Abandon()
    {
        blocks.Return(ids);
        filter?.Drop();
        foreach (var place in places) blocks.Return(place);
    }

    private void Flush()
    {
        firsts.Add(ids[0].Id);
        places.Add(blocks.Take());
        blocks.Write(places[^1], ids);
        count += inBlock;
        inBlock = 0;
    }
}
