using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;
using RealtimeAdoption.Engine.Intake;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// The latest rejections in a PostgreSQL schema. A call to <see cref="Add"/> only queues; a background loop writes what has gathered four times a second, one transaction at a time.
/// Reading and disposing write it first. While the server is away they wait, as many as the buffer takes. Each has a number that is this object's own, so that it is there once where the answer to a write was lost.
/// </summary>
public sealed class PostgresRejections : IRejections
{
    /// <summary>Connections that it opens at most.</summary>
    public const int ConnectionsMax = 2;

    private static readonly TimeSpan WriteEvery = TimeSpan.FromMilliseconds(250);

    private readonly DataSet dataSet;
    private readonly int kept;
    private readonly RejectionBuffer buffer;
    private readonly SemaphoreSlim turn = new(1);
    private readonly CancellationTokenSource stop = new();
    private readonly PeriodicTimer timer = new(WriteEvery);
    private readonly Guid writer = Guid.NewGuid();
    private long written;
    private Task? loop;

    public PostgresRejections(StorageOptions options, ILogger<PostgresRejections>? logger = null)
    {
        dataSet = new DataSet(options, ConnectionsMax);
        kept = options.RejectionsKept;
        buffer = new RejectionBuffer(options.RejectionsBuffered, logger ?? NullLogger<PostgresRejections>.Instance);
    }

    /// <summary>How many were counted but not kept, since the start, because too many were waiting. The log tells of them.</summary>
    public long Dropped => buffer.Dropped;

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(stop.IsCancellationRequested, this);
        if (loop is not null) return;
        try
        {
            await dataSet.MigrateAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is SchemaException || DataSet.IsFailure(exception))
        {
            throw new IOException($"The rejections in {dataSet.Name} cannot be opened. {exception.Message}", exception);
        }

        loop = Task.Run(WriteOnAsync, CancellationToken.None);
    }

    /// <inheritdoc/>
    public void Add(Rejection rejection) => buffer.Add(rejection);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Rejection>> ReadAsync(long before, int limit, string? code, CancellationToken cancellationToken)
    {
        if (loop is null) throw new InvalidOperationException("The rejections are not open: call OpenAsync first.");
        try
        {
            await WriteAsync(cancellationToken);
            return await dataSet.ReadAsync(connection => ReadAsync(connection, before, limit, code, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (DataSet.IsFailure(exception))
        {
            throw new IOException($"The rejections cannot be read. {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (stop.IsCancellationRequested) return;
        await stop.CancelAsync();
        if (loop is not null)
        {
            await loop;
            await WriteOrTellAsync();
        }

        timer.Dispose();
        await dataSet.DisposeAsync();
        stop.Dispose();
    }

    private static async Task<List<Rejection>> ReadAsync(NpgsqlConnection connection, long before, int limit, string? code, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT id, body::text FROM rejections WHERE id < $1 ORDER BY id DESC LIMIT $2", connection) { Parameters = { Of(before), Of(limit) } };
        if (code is not null)
        {
            command.CommandText = "SELECT id, body::text FROM rejections WHERE id < $1 AND code = $3 ORDER BY id DESC LIMIT $2";
            command.Parameters.Add(Of(code));
        }

        var rejections = new List<Rejection>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            rejections.Add(JsonSerializer.Deserialize(rows.GetString(1), RejectionJson.Default.Rejection)! with { Id = rows.GetInt64(0) });
        return rejections;
    }

    private async Task WriteOnAsync()
    {
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token)) await WriteOrTellAsync();
        }
        catch (OperationCanceledException)
        {
            // Disposing writes the rest.
        }
    }

    private async Task WriteOrTellAsync()
    {
        try
        {
            await WriteAsync(CancellationToken.None);
            buffer.Succeeded();
        }
        catch (Exception exception) when (DataSet.IsFailure(exception))
        {
            buffer.Failed(exception);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            for (var batch = buffer.Next(); batch.Length > 0; batch = buffer.Next())
            {
                await using var connection = await dataSet.ConnectAsync(cancellationToken);
                await using var write = new NpgsqlBatch(connection)
                {
                    BatchCommands =
                    {
                        new NpgsqlBatchCommand(
                            """
                            INSERT INTO rejections(code, body, writer, number)
                            SELECT code, body, $3, $4 + place FROM unnest($1, $2) WITH ORDINALITY AS new(code, body, place)
                            WHERE NOT EXISTS (SELECT FROM rejections AS stored WHERE stored.writer = $3 AND stored.number = $4 + place) ORDER BY place
                            """)
                        {
                            Parameters = { All(batch.Select(rejection => rejection.Code)), Json(batch), Of(writer), Of(written) },
                        },
                        new NpgsqlBatchCommand("DELETE FROM rejections WHERE id <= (SELECT max(id) FROM rejections) - $1") { Parameters = { Of((long)kept) } },
                    },
                };
                await write.ExecuteNonQueryAsync(CancellationToken.None);
                buffer.Written(batch);
                written += batch.Length;
            }
        }
        finally
        {
            turn.Release();
        }
    }

    private static NpgsqlParameter<string[]> Json(Rejection[] batch) => new()
    {
        TypedValue = [.. batch.Select(rejection => JsonSerializer.Serialize(rejection, RejectionJson.Default.Rejection))],
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Json,
    };
}

/// <summary>How a rejection is stored. JSON, because PostgreSQL's text has no NUL and a sample may.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Rejection))]
internal sealed partial class RejectionJson : JsonSerializerContext;
