using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// Hears from all who append to a data set's journal how far it reaches. Its session holds the journal's lock, shared, so that no host of its own takes the journal while it is there. Where nothing is heard for a while, or the
/// session was lost, it looks: a notice may be missed, never for long.
/// </summary>
internal sealed class JournalWatch : IAsyncDisposable
{
    private const int LookMs = 1_000;
    private const int PauseMs = 250;
    private const int LockPatienceMs = 3_000;

    // PostgreSQL takes less than 8,000.
    private const int NoticeLengthMax = 7_500;

    private readonly DataSet dataSet;
    private readonly JournalEnds ends;
    private readonly ILogger logger;
    private readonly CancellationTokenSource stopping = new();
    private Task hearing = Task.CompletedTask;

    public JournalWatch(DataSet dataSet, JournalEnds ends, ILogger logger) => (this.dataSet, this.ends, this.logger) = (dataSet, ends, logger);

    public static string ChannelOf(DataSet dataSet) => string.Create(CultureInfo.InvariantCulture, $"adoption_{StableHash.Of(dataSet.Schema):x16}");

    /// <summary>A notice of where heads have gone; an empty one says that they should be looked at.</summary>
    public static string Tell(IReadOnlyList<HeadMove> moves)
    {
        var notice = new StringBuilder();
        foreach (var move in moves) notice.Append(CultureInfo.InvariantCulture, $"{move.Partition}:{move.After} ");
        return notice.Length <= NoticeLengthMax ? notice.ToString() : "";
    }

    /// <summary>From here on it hears, until it is disposed.</summary>
    /// <exception cref="PostgresException">A host of its own holds the journal.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        hearing = HearAsync(connection);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await hearing;
        stopping.Dispose();
    }

    private async Task HearAsync(NpgsqlConnection? connection)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                connection ??= await ConnectAsync(stopping.Token);
                while (true)
                {
                    // At once after a connection: what was told before it is not told again.
                    await LookAsync(connection, stopping.Token);
                    while (await connection.WaitAsync(LookMs, stopping.Token))
                    {
                    }
                }
            }
            catch (Exception error) when (DataSet.IsFailure(error) || error is OperationCanceledException)
            {
                if (connection is not null) await connection.DisposeAsync();
                connection = null;
                if (stopping.IsCancellationRequested) return;
                logger.LogWarning("The journal of {DataSet} cannot be watched: {Reason}. It is tried again.", dataSet.Name, error.Message);
                await Task.Delay(PauseMs, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (connection is not null) await connection.DisposeAsync();
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = await dataSet.ConnectAloneAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(
                $"SET idle_session_timeout = 0; SET lock_timeout = {LockPatienceMs}; SELECT pg_advisory_lock_shared({JournalSession.LockOf(dataSet)}); LISTEN {ChannelOf(dataSet)}", connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            connection.Notification += (_, notice) => Hear(notice.Payload);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // Whatever is no notice of ours leaves the looking to find out.
    private void Hear(string notice)
    {
        foreach (var word in notice.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && int.TryParse(word.AsSpan(0, colon), CultureInfo.InvariantCulture, out var partition) && long.TryParse(word.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var position))
                ends.Reach(partition, position);
        }
    }

    private async Task LookAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT partition, position FROM heads", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) ends.Reach(rows.GetInt32(0), rows.GetInt64(1));
    }
}
