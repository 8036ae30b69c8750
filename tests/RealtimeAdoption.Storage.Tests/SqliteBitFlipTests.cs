using System.Globalization;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Storage.Sqlite;

namespace RealtimeAdoption.Storage.Tests;

public sealed class SqliteBitFlipTests(ITestOutputHelper output) : BitFlips(output), IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TemporaryFolder copy = new();

    protected override int Sample => 250;

    protected override IReadOnlyList<(string Table, bool IsJournal)> Tables { get; } =
        [("segments", true), ("partitions", false), ("accounts", false), ("changes", false), ("ids", false), ("directory", false)];

    public void Dispose()
    {
        folder.Dispose();
        copy.Dispose();
    }

    protected override IJournal Journal() => new SqliteJournal(folder.Options);

    protected override ISnapshots Snapshots() => new SqliteSnapshots(folder.Options);

    protected override Task<IReadOnlyList<Cell>> CellsAsync(string table)
    {
        Copy(folder.Path, copy.Path);
        var cells = new List<Cell>();
        using var database = Open(table);
        var columns = new List<string>();
        var info = database.Prepare($"SELECT name FROM pragma_table_info('{table}')");
        while (info.Step()) columns.Add(info.Text(0)!);
        foreach (var column in columns)
        {
            var rows = database.Prepare($"SELECT typeof({column}), length(CAST({column} AS BLOB)) FROM {table} ORDER BY {Key(table)}");
            for (var place = 0; rows.Step(); place++)
            {
                var type = rows.Text(0)!;
                if (type != "null") cells.Add(new Cell(table, place.ToString(CultureInfo.InvariantCulture), column, type, type == "integer" ? 64 : (int)rows.Number(1) * 8));
            }
        }

        return Task.FromResult<IReadOnlyList<Cell>>(cells);
    }

    protected override Task<bool> FlipAsync(Cell cell, int bit)
    {
        using var database = Open(cell.Table);
        var row = $"WHERE {Key(cell.Table)} = (SELECT {Key(cell.Table)} FROM {cell.Table} ORDER BY {Key(cell.Table)} LIMIT 1 OFFSET {cell.Key})";
        var select = database.Prepare($"SELECT {(cell.Type == "integer" ? cell.Column : $"CAST({cell.Column} AS BLOB)")} FROM {cell.Table} {row}");
        select.Step();
        var value = cell.Type == "text" ? "CAST(? AS TEXT)" : "?";
        using var update = database.Prepare($"UPDATE {cell.Table} SET {cell.Column} = {value} {row}");
        if (cell.Type == "integer")
        {
            update.Bind(1, select.Number(0) ^ (1L << bit));
        }
        else
        {
            var bytes = select.Blob(0).ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            update.BindBlob(1, bytes);
        }

        select.Reset();
        try
        {
            update.Run();
        }
        catch (DatabaseException)
        {
            return Task.FromResult(false);
        }

        return Task.FromResult(true);
    }

    protected override Task RestoreAsync()
    {
        foreach (var file in Directory.GetFiles(folder.Path)) File.Delete(file);
        Copy(copy.Path, folder.Path);
        return Task.CompletedTask;
    }

    private static string Key(string table) => table == "directory" ? "user" : "rowid";

    private Database Open(string table) => Database.OpenWriter(Path.Combine(folder.Path, table == "segments" ? "journal.db" : "state.db"), "OFF", 8_192, cacheMiB: 1);

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
    }
}
