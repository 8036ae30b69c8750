using System.Buffers;
using System.Data;
using Npgsql;
using RealtimeAdoption.Engine.Journal;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// Reads a partition's segments in order, some at a time: a query is open while they are, and no longer. Only one segment is in memory. Not thread-safe.
/// </summary>
internal sealed class SegmentCursor(DataSet dataSet, int partition, long after) : IAsyncDisposable
{
    private const int RowsAtOnce = 64;

    private readonly SegmentUnpacking unpacking = new();
    private byte[] body = [];
    private NpgsqlConnection? connection;
    private NpgsqlCommand? command;
    private NpgsqlDataReader? rows;
    private int left;
    private long next = after + 1;

    /// <summary>The one read last; valid until the next move.</summary>
    public Segment Current { get; private set; }

    /// <summary>To the next segment that holds positions up to <paramref name="through"/>, all of which are stored. False: there are no more.</summary>
    public async ValueTask<bool> MoveAsync(long through, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (next > through) return false;
        try
        {
            if (left == 0) await QueryAsync(through, cancellationToken);
            if (!await rows!.ReadAsync(cancellationToken)) throw Damaged("is missing");
            left--;
            Current = await ReadAsync(rows, cancellationToken);
            next = Current.LastPosition + 1;
            return true;
        }
        catch (Exception exception) when (DataSet.IsFailure(exception))
        {
            throw new JournalException($"The segment with position {next} of partition {partition} cannot be read. {exception.Message}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        unpacking.Dispose();
        if (body.Length > 0) ArrayPool<byte>.Shared.Return(body);
        body = [];
    }

    private async ValueTask QueryAsync(long through, CancellationToken cancellationToken)
    {
        await EndAsync();
        connection = await dataSet.ConnectAsync(cancellationToken);
        command = new NpgsqlCommand(
            """
            SELECT first_position, count, packing, length, received_from, received_through, checksum, body FROM segments
            WHERE partition = $1 AND first_position <= $3
              AND first_position >= coalesce((SELECT max(first_position) FROM segments WHERE partition = $1 AND first_position <= $2), $2)
            ORDER BY first_position LIMIT $4
            """,
            connection)
        {
            Parameters = { Of(partition), Of(next), Of(through), Of(RowsAtOnce) },
        };
        rows = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        left = RowsAtOnce;
    }

    private async ValueTask<Segment> ReadAsync(NpgsqlDataReader row, CancellationToken cancellationToken)
    {
        var head = new SegmentHead(partition, row.GetInt64(0), row.GetInt32(1), (SegmentPacking)row.GetInt16(2), row.GetInt32(3), row.GetInt64(4), row.GetInt64(5));
        var checksum = (ulong)row.GetInt64(6);
        var stream = await row.GetStreamAsync(7, cancellationToken);
        await using (stream)
        {
            var length = (int)stream.Length;
            if (body.Length < length)
            {
                if (body.Length > 0) ArrayPool<byte>.Shared.Return(body);
                body = ArrayPool<byte>.Shared.Rent(length);
            }

            await stream.ReadExactlyAsync(body.AsMemory(0, length), cancellationToken);
            if (head.FirstPosition > next) throw Damaged($"is missing: the next one stored begins at {head.FirstPosition}");
            var fault = unpacking.Open(head, checksum, body.AsSpan(0, length), partition, next, out var segment);
            return fault is null ? segment : throw Damaged(fault);
        }
    }

    private async ValueTask EndAsync()
    {
        left = 0;
        if (rows is not null) await rows.DisposeAsync();
        if (command is not null) await command.DisposeAsync();
        if (connection is not null) await connection.DisposeAsync();
        (rows, command, connection) = (null, null, null);
    }

    private JournalDamagedException Damaged(string what) =>
        new($"The segment with position {next} of partition {partition} in {dataSet.Name} {what}. Restore the database from a copy; nothing after it can be replayed without it.");
}
