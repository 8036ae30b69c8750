namespace RealtimeAdoption.Engine.Ids;

/// <summary>Where the ids of one partition may lie.</summary>
/// <param name="BytesMax">Of memory, however many ids there are; not less than <see cref="LeastBytes"/>.</param>
/// <param name="Scratch">For those beyond; disposed with the partition.</param>
public sealed record IdRoom(long BytesMax, IIdScratch Scratch)
{
    /// <summary>For a partition that is replayed and never opened, to be looked at: nothing is judged by its ids, so none is kept. Unless doors of a cluster have appended: <see cref="IdsNeededException"/>.</summary>
    public static readonly IdRoom Nowhere = new(LeastBytes, new MemoryScratch());

    /// <summary>512 KiB: two pages for each of the 64 shelves that a partition has at least.</summary>
    public const long LeastBytes = 512 << 10;

    /// <summary>512 MiB, for all partitions of a process.</summary>
    public const long DefaultBytes = 512L << 20;
}
