namespace RealtimeAdoption.Engine.Ids;

/// <summary>Walks over ids in order: those of a run, block by block, or of an array.</summary>
internal sealed class IdCursor
{
    private readonly IdBlocks? blocks;
    private readonly IdRun? run;
    private readonly IdEntry[] ids;
    private int nextBlock;
    private int count;
    private int at;

    public IdCursor(IdEntry[] ids, int count)
    {
        this.ids = ids;
        this.count = count;
        at = -1;
    }

    public IdCursor(IdBlocks blocks, IdRun run)
    {
        this.blocks = blocks;
        this.run = run;
        ids = blocks.Rent();
        at = -1;
    }

    /// <summary>Of <see cref="Current"/>.</summary>
    public ulong Id { get; private set; }

    public ref readonly IdEntry Current => ref ids[at];

    /// <summary>To the first or the next one. False: there is none.</summary>
    /// <exception cref="IOException">The scratch cannot be read.</exception>
    public bool Advance()
    {
        if (++at >= count)
        {
            if (run is null || nextBlock == run.Blocks) return false;
            count = run.Read(nextBlock++, ids);
            at = 0;
        }

        Id = ids[at].Id;
        return true;
    }

    public void Close() => blocks?.Return(ids);
}
