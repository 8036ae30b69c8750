using System.Data;
using Npgsql;
using RealtimeAdoption.Storage.Backups;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// Copies the tables of a schema, all of one moment (one REPEATABLE READ transaction), each into a file by COPY in PostgreSQL's binary format, and puts them back in one transaction. Needs no program of
/// PostgreSQL's. For as long as it runs PostgreSQL keeps row versions that it would else remove.
/// </summary>
internal static class PostgresBackup
{
    public const string Kind = "postgres";

    private const string Versions = "schema_version";
    private const string Segments = "segments";
    private const string Extension = ".copy";

    // All others can be made again from these.
    private static readonly string[] Lasting = ["store", "heads", Segments, "rejections"];

    public static async Task<BackupManifest> MakeAsync(StorageOptions storage, string folder, int mibPerSecond, CancellationToken cancellationToken)
    {
        await using var dataSet = new DataSet(storage, 1);
        await using var connection = await dataSet.ConnectAloneAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var madeAt = DateTimeOffset.UtcNow;
        var tables = await TablesAsync(connection, storage.Schema, cancellationToken);
        if (!tables.ContainsKey(Segments)) throw new BackupException($"{dataSet.Name} holds no journal.");
        var version = (int)await NumberAsync(connection, $"SELECT max(version)::bigint FROM {Versions}", cancellationToken);
        if (version > Migrations.Steps.Count) throw new BackupException($"{dataSet.Name} has schema version {version}; this program knows versions up to {Migrations.Steps.Count}: back it up with the release that wrote it.");
        var heads = await HeadsAsync(connection, cancellationToken);
        var files = new List<BackupFile>();
        var pace = new Pace(mibPerSecond);
        foreach (var (table, columns) in tables.Where(table => table.Key != Versions))
        {
            // Segments in order, so that they can be followed.
            var order = table == Segments ? " ORDER BY partition, first_position" : "";
            var stream = await connection.BeginRawBinaryCopyAsync($"COPY (SELECT {Names(columns)} FROM {table}{order}) TO STDOUT (FORMAT BINARY)", cancellationToken);
            await using (stream)
            {
                var (bytes, sum) = await BackupFiles.SaveAsync(stream, Path.Combine(folder, table + Extension), pace, cancellationToken);
                files.Add(new BackupFile(table + Extension, bytes, sum, columns));
            }
        }

        await transaction.CommitAsync(cancellationToken);
        var manifest = new BackupManifest { Format = BackupManifest.CurrentFormat, Kind = Kind, MadeAt = madeAt, SchemaVersion = version, Heads = heads, Files = files };
        CheckJournal(folder, manifest, cancellationToken);
        return WithoutDamage(folder, manifest, cancellationToken);
    }

    /// <summary>Every row's sum, and that the journal is whole to its ends.</summary>
    public static void Check(string folder, BackupManifest manifest, CancellationToken cancellationToken)
    {
        CheckJournal(folder, manifest, cancellationToken);
        CheckState(folder, manifest, cancellationToken);
    }

    // The journal alone is enough.
    private static BackupManifest WithoutDamage(string folder, BackupManifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            CheckState(folder, manifest, cancellationToken);
            return manifest;
        }
        catch (BackupException damage)
        {
            var kept = manifest.Files.Where(file => Lasting.Contains(Path.GetFileNameWithoutExtension(file.Name))).ToList();
            foreach (var file in manifest.Files.Except(kept)) File.Delete(Path.Combine(folder, file.Name));
            return manifest with { Files = kept, LeftOut = [$"all checkpoints, which are made again from the journal: {damage.Message}"] };
        }
    }

    private static void CheckJournal(string folder, BackupManifest manifest, CancellationToken cancellationToken)
    {
        var chain = new SegmentChain(manifest.Heads.Count);
        using var rows = RowsOf(folder, manifest, Segments) ?? throw new BackupException($"{folder} has no {Segments}{Extension}.");
        while (rows.Next())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var head = new SegmentHead(
                (int)rows.Number("partition"), rows.Number("first_position"), (int)rows.Number("count"), (SegmentPacking)rows.Number("packing"), (int)rows.Number("length"), rows.Number("received_from"),
                rows.Number("received_through"));
            chain.Take(head, (ulong)rows.Number("checksum"), rows.Blob("body"), Path.Combine(folder, Segments + Extension));
        }

        chain.MustEndAt(manifest.Heads, folder);
    }

    private static void CheckState(string folder, BackupManifest manifest, CancellationToken cancellationToken)
    {
        using (var rows = RowsOf(folder, manifest, "checkpoints"))
        {
            while (rows?.Next() is true)
            {
                if (rows.IsNull("position")) continue;
                var (partition, position) = ((int)rows.Number("partition"), rows.Number("position"));
                if (partition >= manifest.Heads.Count || position > manifest.Heads[partition]) throw new BackupException($"The checkpoint of partition {partition} in {folder} is of position {position}, which the journal does not have.");
                if (StateChecksum.Head(partition, position, rows.Number("last_sequence"), rows.Blob("head")) != rows.Number("checksum")) throw new BackupException($"The head of partition {partition} in {folder} is damaged.");
            }
        }

        Sums("accounts", rows => StateChecksum.Account((int)rows.Number("partition"), (int)rows.Number("number"), rows.Blob("state")));
        Sums("changes", rows => StateChecksum.Change((int)rows.Number("partition"), rows.Number("sequence"), (ulong)rows.Number("account_hash"), rows.Blob("body")));
        Sums("ids", rows => StateChecksum.Ids((int)rows.Number("partition"), rows.Number("position"), (int)rows.Number("max_day"), rows.Blob("ids")));
        Sums("directory", rows => StateChecksum.User((int)rows.Number("partition"), rows.Blob("user_id"), rows.Blob("account")));

        void Sums(string table, Func<CopyFile, long> sum)
        {
            using var rows = RowsOf(folder, manifest, table);
            for (var number = 1L; rows?.Next() is true; number++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (sum(rows) != rows.Number("checksum")) throw new BackupException($"Row {number} of {table} (partition {rows.Number("partition")}) in {folder} is damaged.");
            }
        }
    }

    // Null: it was left out.
    private static CopyFile? RowsOf(string folder, BackupManifest manifest, string table) =>
        manifest.Files.FirstOrDefault(file => file.Name == table + Extension) is { } file ? new CopyFile(Path.Combine(folder, file.Name), file.Columns) : null;

    public static async Task RefuseDataAsync(StorageOptions storage, CancellationToken cancellationToken)
    {
        await using var dataSet = new DataSet(storage, 1);
        await using var connection = await dataSet.ConnectAloneAsync(cancellationToken);
        await RefuseDataAsync(connection, dataSet, cancellationToken);
    }

    public static async Task RestoreAsync(string folder, BackupManifest manifest, StorageOptions storage, CancellationToken cancellationToken)
    {
        if (manifest.SchemaVersion > Migrations.Steps.Count)
            throw new BackupException($"The backup has schema version {manifest.SchemaVersion}; this program knows versions up to {Migrations.Steps.Count}: restore it with the release that made it, or a later one.");
        await using var dataSet = new DataSet(storage, 1);
        await using var connection = await dataSet.ConnectAloneAsync(cancellationToken);
        // As it was when the backup was made; the next start brings it further.
        await Migrations.RunAsync(connection, storage.Schema, [.. Migrations.Steps.Take(manifest.SchemaVersion)], cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RefuseDataAsync(connection, dataSet, cancellationToken);
        var tables = await TablesAsync(connection, storage.Schema, cancellationToken);
        foreach (var file in manifest.Files)
        {
            var table = Path.GetFileNameWithoutExtension(file.Name);
            if (!tables.TryGetValue(table, out var columns) || file.Columns.Except(columns).Any()) throw new BackupException($"{file.Name} of the backup is of a table that schema version {manifest.SchemaVersion} does not have.");
            await using var source = File.OpenRead(Path.Combine(folder, file.Name));
            var stream = await connection.BeginRawBinaryCopyAsync($"COPY {table} ({Names(file.Columns)}) FROM STDIN (FORMAT BINARY)", cancellationToken);
            await using (stream)
            {
                var (_, sum) = await BackupFiles.CopyAsync(source, stream, new Pace(int.MaxValue), cancellationToken);
                if (sum == file.Sha256) continue;
                await stream.CancelAsync();
                throw new BackupException($"{file.Name} changed while it was read.");
            }
        }

        await NumberAsync(connection, "SELECT setval(pg_get_serial_sequence('rejections', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM rejections), false)", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task RefuseDataAsync(NpgsqlConnection connection, DataSet dataSet, CancellationToken cancellationToken)
    {
        var tables = await TablesAsync(connection, dataSet.Schema, cancellationToken);
        foreach (var table in tables.Keys.Where(table => table != Versions))
        {
            if (await NumberAsync(connection, $"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS any_row", cancellationToken) > 0)
                throw new BackupException($"{dataSet.Name} holds data (in {table}): restore into another schema (Storage:Schema) or database.");
        }
    }

    // With their columns, in the order of their names.
    private static async Task<SortedDictionary<string, IReadOnlyList<string>>> TablesAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT t.table_name::text, array_agg(c.column_name::text ORDER BY c.ordinal_position)
            FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
            WHERE t.table_schema = $1 AND t.table_type = 'BASE TABLE' GROUP BY t.table_name
            """,
            connection) { Parameters = { Parameters.Of(schema) } };
        var tables = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) tables.Add(rows.GetString(0), rows.GetFieldValue<string[]>(1));
        return tables;
    }

    private static async Task<long[]> HeadsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT partition, position FROM heads ORDER BY partition", connection);
        var heads = new List<long>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            if (rows.GetInt32(0) != heads.Count) throw new BackupException($"The head of partition {heads.Count} is missing.");
            heads.Add(rows.GetInt64(1));
        }

        return [.. heads];
    }

    private static async Task<long> NumberAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken) is long number ? number : 0;
    }

    private static string Names(IEnumerable<string> columns) => string.Join(", ", columns.Select(column => $"\"{column}\""));
}
