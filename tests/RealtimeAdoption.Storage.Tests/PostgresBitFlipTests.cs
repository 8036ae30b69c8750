using System.Globalization;
using Npgsql;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Storage.Postgres;

namespace RealtimeAdoption.Storage.Tests;

public sealed class PostgresBitFlipTests(PostgresDatabase database, ITestOutputHelper output) : BitFlips(output), IClassFixture<PostgresDatabase>, IAsyncDisposable
{
    private readonly string schema = PostgresDatabase.NewSchema();
    private NpgsqlConnection? connection;

    protected override int Sample => 60;

    protected override IReadOnlyList<(string Table, bool IsJournal)> Tables { get; } =
        [("segments", true), ("checkpoints", false), ("accounts", false), ("changes", false), ("ids", false), ("directory", false)];

    private string Kept => schema + "_kept";

    public async ValueTask DisposeAsync()
    {
        if (connection is not null) await connection.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override IJournal Journal() => new PostgresJournal(database.Options(schema));

    protected override ISnapshots Snapshots() => new PostgresSnapshots(database.Options(schema));

    protected override async Task<IReadOnlyList<Cell>> CellsAsync(string table)
    {
        if (connection is null)
        {
            connection = new NpgsqlConnection(database.Options(schema).ConnectionString);
            await connection.OpenAsync();
            await RunAsync($"CREATE SCHEMA {Kept}");
            foreach (var kept in await NamesAsync()) await RunAsync($"CREATE TABLE {Kept}.{kept} AS TABLE {schema}.{kept}");
        }

        var columns = new List<(string Name, string Type)>();
        await using (var read = await ReadAsync($"SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '{schema}' AND table_name = '{table}'"))
        {
            while (await read.ReadAsync()) columns.Add((read.GetString(0), read.GetString(1)));
        }

        var cells = new List<Cell>();
        foreach (var (name, type) in columns)
        {
            await using var rows = await ReadAsync($"SELECT (row_number() OVER (ORDER BY ctid))::text, pg_column_size({name}){(type is "bytea" or "text" ? $", octet_length({name})" : "")} FROM {schema}.{table} WHERE {name} IS NOT NULL");
            while (await rows.ReadAsync()) cells.Add(new Cell(table, rows.GetString(0), name, type, type is "bytea" or "text" ? rows.GetInt32(2) * 8 : rows.GetInt32(1) * 8));
        }

        return cells;
    }

    protected override async Task<bool> FlipAsync(Cell cell, int bit)
    {
        var (column, turned) = (cell.Column, bit.ToString(CultureInfo.InvariantCulture));
        var value = cell.Type switch
        {
            "bytea" => $"set_bit({column}, {turned}, 1 - get_bit({column}, {turned}))",
            "text" => $"convert_from(set_bit(convert_to({column}, 'UTF8'), {turned}, 1 - get_bit(convert_to({column}, 'UTF8'), {turned})), 'UTF8')",
            "smallint" => $"({column}::integer # (1 << {turned}))::smallint",
            "boolean" => $"NOT {column}",
            _ => $"{column} # (1::{cell.Type} << {turned})",
        };
        try
        {
            await RunAsync($"UPDATE {schema}.{cell.Table} SET {column} = {value} WHERE ctid = (SELECT ctid FROM {schema}.{cell.Table} ORDER BY ctid OFFSET {Place(cell)} LIMIT 1)");
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }

    protected override async Task RestoreAsync()
    {
        var names = await NamesAsync();
        await RunAsync($"TRUNCATE {string.Join(", ", names.Select(name => $"{schema}.{name}"))}; {string.Join("; ", names.Select(name => $"INSERT INTO {schema}.{name} SELECT * FROM {Kept}.{name} ORDER BY ctid"))}");
    }

    // Rows keep their order when they are put back, not their places.
    private static int Place(Cell cell) => int.Parse(cell.Key, CultureInfo.InvariantCulture) - 1;

    private async Task<List<string>> NamesAsync()
    {
        var names = new List<string>();
        await using var read = await ReadAsync($"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}' AND table_type = 'BASE TABLE' AND table_name NOT IN ('rejections', 'schema_version') ORDER BY 1");
        while (await read.ReadAsync()) names.Add(read.GetString(0));
        return names;
    }

    private async Task RunAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<NpgsqlDataReader> ReadAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteReaderAsync();
    }
}
