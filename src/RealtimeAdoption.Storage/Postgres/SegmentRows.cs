using Npgsql;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>What every writer of a journal does with the table of segments.</summary>
internal static class SegmentRows
{
    private const int BytesAtOnce = 16 << 20;

    /// <summary>Adds the commands that insert the segments.</summary>
    public static void Insert(NpgsqlBatch batch, PackedSegments packed)
    {
        for (var first = 0; first < packed.Count;)
        {
            var (end, bytes) = (first, 0L);
            while (end < packed.Count && (end == first || bytes + packed.Body(end).Length <= BytesAtOnce)) bytes += packed.Body(end++).Length;
            batch.BatchCommands.Add(RowsOf(packed, first, end));
            first = end;
        }
    }

    /// <summary>Whether the journal holds exactly these segments.</summary>
    public static async Task<bool> HoldsAsync(NpgsqlConnection connection, PackedSegments packed, CancellationToken cancellationToken)
    {
        var all = Enumerable.Range(0, packed.Count).ToList();
        await using var command = new NpgsqlCommand(
            """
            SELECT count(*) FROM segments JOIN unnest($1, $2, $3, $4) AS sent(partition, first_position, count, checksum)
            USING (partition, first_position, count, checksum)
            """,
            connection)
        {
            Parameters =
            {
                All(all.Select(i => packed.Head(i).Partition)), All(all.Select(i => packed.Head(i).FirstPosition)),
                All(all.Select(i => packed.Head(i).Count)), All(all.Select(i => (long)packed.Checksum(i))),
            },
        };
        return await command.ExecuteScalarAsync(cancellationToken) is long found && found == packed.Count;
    }

    /// <summary>The first partition whose last segment does not end at its head.</summary>
    public static async Task<string?> WrongHeadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT partition, position, stored FROM (
                SELECT partition, position, coalesce((
                    SELECT first_position + count - 1 FROM segments WHERE segments.partition = heads.partition ORDER BY first_position DESC LIMIT 1), 0) AS stored
                FROM heads) AS ends
            WHERE position <> stored ORDER BY partition LIMIT 1
            """,
            connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? $"partition {row.GetInt32(0)} ends at position {row.GetInt64(1)}, but its last segment at {row.GetInt64(2)}" : null;
    }

    private static NpgsqlBatchCommand RowsOf(PackedSegments packed, int first, int end)
    {
        var rows = Enumerable.Range(first, end - first).ToList();
        return new NpgsqlBatchCommand("INSERT INTO segments SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        {
            Parameters =
            {
                All(rows.Select(i => packed.Head(i).Partition)), All(rows.Select(i => packed.Head(i).FirstPosition)), All(rows.Select(i => packed.Head(i).Count)),
                All(rows.Select(i => (short)packed.Head(i).Packing)), All(rows.Select(i => packed.Head(i).Length)), All(rows.Select(i => packed.Head(i).ReceivedFromMs)),
                All(rows.Select(i => packed.Head(i).ReceivedThroughMs)), All(rows.Select(i => (long)packed.Checksum(i))), Bytes(rows.Select(packed.Body)),
            },
        };
    }
}
