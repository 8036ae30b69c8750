namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>
/// Where the newest segments lie, until their places are written to the index in one go: an entry written with each segment would touch one index page a partition
/// and commit, many times the bytes of the segments themselves. After a crash it is made again from the rows behind the last indexed one. Not thread-safe.
/// </summary>
internal sealed class RecentSegments(int partitions)
{
    private readonly List<Place>[] byPartition = Enumerable.Range(0, partitions).Select(_ => new List<Place>()).ToArray();

    public int Partitions => byPartition.Length;

    /// <summary>Over all partitions.</summary>
    public int Count { get; private set; }

    public long LastRow { get; private set; }

    public void Add(int partition, long firstPosition, long row)
    {
        byPartition[partition].Add(new Place(firstPosition, row));
        LastRow = row;
        Count++;
    }

    public List<Place> Of(int partition) => byPartition[partition];

    /// <summary>Rows of the segments that hold <paramref name="position"/> and follow it up to <paramref name="through"/>, as many as fit; 0: its segment is not among the recent.</summary>
    public int Find(int partition, long position, long through, Span<long> rows)
    {
        var places = byPartition[partition];
        if (places.Count == 0 || places[0].FirstPosition > position) return 0;
        int low = 0, high = places.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (places[middle].FirstPosition <= position) low = middle;
            else high = middle - 1;
        }

        var found = 0;
        for (; low < places.Count && found < rows.Length && places[low].FirstPosition <= through; low++) rows[found++] = places[low].Row;
        return found;
    }

    public void Clear()
    {
        foreach (var places in byPartition) places.Clear();
        Count = 0;
    }

    public readonly record struct Place(long FirstPosition, long Row);
}
