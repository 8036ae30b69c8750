using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>The journal file's one writing connection and its statements. Not thread-safe. After a <see cref="DatabaseException"/> it is of no more use.</summary>
internal sealed class JournalWriter : IDisposable
{
    private static readonly string[] Versions =
    [
        """
        CREATE TABLE store(
            id INTEGER PRIMARY KEY CHECK (id = 1),
            partitions INTEGER NOT NULL,
            id_seed INTEGER NOT NULL,
            indexed_through INTEGER NOT NULL) STRICT;
        -- Rows in commit order: a commit appends to the end of one tree, whatever the number of partitions.
        CREATE TABLE segments(
            id INTEGER PRIMARY KEY,
            partition INTEGER NOT NULL,
            first_position INTEGER NOT NULL,
            count INTEGER NOT NULL,
            packing INTEGER NOT NULL,
            length INTEGER NOT NULL,
            received_from INTEGER NOT NULL,
            received_through INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            body BLOB NOT NULL) STRICT;
        -- place = partition << 48 | first_position; for segments with an id up to store.indexed_through.
        CREATE TABLE places(
            place INTEGER PRIMARY KEY,
            segment INTEGER NOT NULL) STRICT;
        """,
    ];

    private readonly Database database;
    private readonly Statement begin;
    private readonly Statement commit;
    private readonly Statement insert;
    private readonly Statement place;
    private readonly Statement indexed;

    public JournalWriter(string path, int pageSize)
    {
        database = Database.OpenWriter(path, "FULL", pageSize, cacheMiB: 16);
        try
        {
            Schema.Migrate(database, Versions);
            begin = database.Prepare("BEGIN IMMEDIATE");
            commit = database.Prepare("COMMIT");
            insert = database.Prepare("INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
            place = database.Prepare("INSERT INTO places VALUES (?, ?)");
            indexed = database.Prepare("UPDATE store SET indexed_through = ?");
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The id of the next segment's row.</summary>
    public long NextRow { get; private set; }

    public static long Place(int partition, long position) => ((long)partition << 48) | position;

    public StoreIdentity Identity(int partitionsIfNew, ulong seedIfNew)
    {
        database.Prepare("INSERT INTO store VALUES (1, ?, ?, 0) ON CONFLICT DO NOTHING").Bind(1, partitionsIfNew).Bind(2, (long)seedIfNew).Run();
        var select = database.Prepare("SELECT partitions, id_seed FROM store");
        select.Step();
        var identity = new StoreIdentity((int)select.Number(0), (ulong)select.Number(1));
        select.Reset();
        return identity;
    }

    /// <summary>Reads each partition's last position, and the segments that are not indexed yet.</summary>
    public void Load(long[] heads, RecentSegments recent)
    {
        var last = database.Prepare(
            "SELECT s.first_position + s.count - 1 FROM places p JOIN segments s ON s.id = p.segment WHERE p.place BETWEEN ? AND ? ORDER BY p.place DESC LIMIT 1");
        for (var partition = 0; partition < heads.Length; partition++)
        {
            if (last.Bind(1, Place(partition, 0)).Bind(2, Place(partition + 1, 0) - 1).Step()) heads[partition] = last.Number(0);
            last.Reset();
        }

        // Such a row would be looked for by nobody, and the journal would seem to end before it.
        if (database.Number("SELECT coalesce(min(id), 1) FROM segments") < 1) throw new JournalDamagedException($"{database.Path} holds a segment in row {database.Number("SELECT min(id) FROM segments")}; rows begin at 1.");
        NextRow = database.Number("SELECT indexed_through FROM store") + 1;
        var behind = database.Prepare("SELECT id, partition, first_position, count FROM segments WHERE id >= ? ORDER BY id").Bind(1, NextRow);
        while (behind.Step())
        {
            var (row, partition, first, count) = (behind.Number(0), (int)behind.Number(1), behind.Number(2), behind.Number(3));
            if ((uint)partition >= (uint)heads.Length || first != heads[partition] + 1 || count < 1)
                throw new JournalDamagedException($"Row {row} of {database.Path} holds partition {partition}, position {first}, which does not follow on what is stored before it.");
            recent.Add(partition, first, row);
            heads[partition] = first + count - 1;
            NextRow = row + 1;
        }

        behind.Reset();
    }

    public void Begin() => begin.Run();

    public void Commit() => commit.Run();

    public void Insert(in SegmentHead head, ulong checksum, ReadOnlySpan<byte> body) =>
        insert.Bind(1, NextRow++).Bind(2, head.Partition).Bind(3, head.FirstPosition).Bind(4, head.Count).Bind(5, (int)head.Packing).Bind(6, head.Length)
            .Bind(7, head.ReceivedFromMs).Bind(8, head.ReceivedThroughMs).Bind(9, (long)checksum).BindBlob(10, body).Run();

    /// <summary>Writes the places of the recent segments, partition by partition; returns about how many bytes that changes.</summary>
    public long Index(RecentSegments recent)
    {
        var partitions = 0;
        for (var partition = 0; partition < recent.Partitions; partition++)
        {
            var places = recent.Of(partition);
            if (places.Count > 0) partitions++;
            foreach (var (position, row) in places) place.Bind(1, Place(partition, position)).Bind(2, row).Run();
        }

        indexed.Bind(1, recent.LastRow).Run();
        return (partitions * 8_192L) + (recent.Count * 16L);
    }

    public void Dispose() => database.Dispose();
}
