using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using static RealtimeAdoption.Storage.Postgres.Parameters;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// The journal in a PostgreSQL schema, for many processes at once: the same tables as <see cref="PostgresJournal"/>, but each append takes the heads of its partitions, is told where they end, and moves them. So positions are
/// contiguous, whoever appends, and what is appended can be stamped by what stands before it. Everyone hears of each append. A process that has the journal alone and those that share it keep each other out.
/// An append whose answer is lost is looked for before anything is answered.
/// </summary>
public sealed class PostgresSharedJournal : ISharedJournal
{
    private const int PooledReaders = 8;
    private const int AnswerPatienceMs = 2_000;
    private const int FirstPauseMs = 20;
    private const int LastPauseMs = 250;

    private readonly DataSet dataSet;
    private readonly ILogger logger;
    private readonly string channel;
    private readonly SemaphoreSlim turn = new(1);
    private SharedSession? session;
    private StoreIdentity? identity;
    private JournalEnds? ends;
    private OwnSegments? own;
    private JournalWatch? watch;
    private volatile bool disposed;

    /// <param name="options">Of the data set.</param>
    /// <param name="logger">Losses of the connection.</param>
    /// <param name="readersMax">Connections that read at one time; two more append and watch.</param>
    public PostgresSharedJournal(StorageOptions options, ILogger<PostgresSharedJournal>? logger = null, int readersMax = PooledReaders)
    {
        dataSet = new DataSet(options, readersMax);
        channel = JournalWatch.ChannelOf(dataSet);
        this.logger = logger ?? NullLogger<PostgresSharedJournal>.Instance;
    }

    private JournalEnds Ends => ends ?? throw new InvalidOperationException("The journal is not open: call OpenAsync first.");

    /// <inheritdoc/>
    public async ValueTask<StoreIdentity> OpenAsync(int partitionsIfNew, CancellationToken cancellationToken)
    {
        if (partitionsIfNew is < 1 or > PostgresJournal.MostPartitions)
            throw new ArgumentOutOfRangeException(nameof(partitionsIfNew), partitionsIfNew, $"The number of partitions must be between 1 and {PostgresJournal.MostPartitions}.");
        await turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (identity is not null) return identity;
            await dataSet.MigrateAsync(cancellationToken);
            await using var connection = await dataSet.ConnectAloneAsync(cancellationToken);
            var taken = await TakeAsync(connection, partitionsIfNew, cancellationToken);
            var known = new JournalEnds(taken.Partitions);
            var watching = new JournalWatch(dataSet, known, logger);
            await watching.StartAsync(cancellationToken);
            (watch, own, ends) = (watching, new OwnSegments(taken.Partitions, OwnSegments.DefaultBytes), known);
            if (await SegmentRows.WrongHeadAsync(connection, cancellationToken) is { } wrong)
                throw new JournalDamagedException($"The journal in {dataSet.Name} is damaged: {wrong}. Restore the database from a copy.");
            await LookAsync(connection, known, cancellationToken);
            return identity = taken;
        }
        catch (Exception exception)
        {
            if (watch is not null) await watch.DisposeAsync();
            watch = null;
            if (exception is not SchemaException && !DataSet.IsFailure(exception)) throw;
            throw new JournalException($"The journal in {dataSet.Name} cannot be opened. {exception.Message}", exception);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long[]> HeadsAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var known = Ends;
        try
        {
            return await dataSet.ReadAsync(
                async connection =>
                {
                    await LookAsync(connection, known, cancellationToken);
                    return known.ToArray();
                },
                cancellationToken);
        }
        catch (Exception exception) when (DataSet.IsFailure(exception))
        {
            throw new JournalException($"The heads of {dataSet.Name} cannot be read. {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Some milliseconds after an append of another process; after a second where its notice was lost.</remarks>
    public Task BeyondAsync(int partition, long position, CancellationToken cancellationToken) => Ends.BeyondAsync(partition, position).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public long KnownEnd(int partition) => Ends[partition];

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        if (segments.Count == 0) return;
        await AppendAsync([.. segments.Select(segment => segment.Partition).Distinct()], _ => segments, fence: null, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask AppendAsync(
        IReadOnlyList<int> partitions, Func<IReadOnlyList<JournalEnd>, IReadOnlyList<Segment>> write, AppendFence? fence, CancellationToken cancellationToken)
    {
        var known = Ends;
        await turn.WaitAsync(cancellationToken);
        var tried = default(PackedSegments?);
        var transaction = "";
        try
        {
            var failedAt = default(long?);
            for (var pauseMs = FirstPauseMs; ; pauseMs = Math.Min(pauseMs * 2, LastPauseMs))
            {
                ObjectDisposedException.ThrowIf(disposed, this);
                try
                {
                    session ??= await SharedSession.OpenAsync(dataSet, CancellationToken.None);
                    // From here on nobody gives up half way.
                    var (stored, epoch, number) = await session.BeginAsync(partitions, fence, CancellationToken.None);
                    foreach (var end in stored) dataSet.ThrowIfLost(end.Partition, known[end.Partition], end.Position);
                    if (tried is { } before && await session.IsCommittedAsync(transaction, CancellationToken.None))
                    {
                        await session.RollbackAsync(CancellationToken.None);
                        Reach(known, before);
                        return;
                    }

                    if (fence is { } asked && epoch != asked.Epoch)
                        throw new FencedException($"Partition {asked.Partition} is at epoch {epoch}, this append comes from epoch {asked.Epoch}: it has another owner.");
                    tried?.Dispose();
                    tried = null;
                    var segments = write(stored);
                    var packed = PackedSegments.Of(segments);
                    (tried, transaction) = (packed, number);
                    if (packed.Count == 0)
                    {
                        await session.RollbackAsync(CancellationToken.None);
                        return;
                    }

                    await session.CommitAsync(packed, Follow(packed, stored), channel, CancellationToken.None);
                    own!.Add(segments);
                    Reach(known, packed);
                    return;
                }
                catch (Exception exception) when (DataSet.IsFailure(exception))
                {
                    await DropAsync();
                    failedAt ??= Stopwatch.GetTimestamp();
                    if (Stopwatch.GetElapsedTime(failedAt.Value).TotalMilliseconds >= AnswerPatienceMs)
                        throw new JournalException($"An append to {partitions.Count} partitions of {dataSet.Name} could not be made durable; the store may or may not hold it. {exception.Message}", exception);
                    await Task.Delay(pauseMs, CancellationToken.None);
                }
            }
        }
        catch
        {
            // It may be in the midst of a transaction.
            await DropAsync();
            throw;
        }
        finally
        {
            tried?.Dispose();
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Segment> ReadAsync(int partition, long after, long through, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var known = Ends;
        if ((uint)partition >= (uint)known.Partitions)
            throw new ArgumentOutOfRangeException(nameof(partition), partition, $"The journal has partitions 0 to {known.Partitions - 1}.");
        // As far as it reaches now: a query that is open sees nothing of what comes later.
        var end = Math.Min(through, known[partition]);
        await using var cursor = new SegmentCursor(dataSet, partition, after);
        while (await cursor.MoveAsync(end, cancellationToken)) yield return cursor.Current;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Segment> ReadOnAsync(int partition, long after, CancellationToken cancellationToken) => own!.ReadOnAsync(this, partition, after, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (disposed) return;
        await turn.WaitAsync();
        disposed = true;
        await DropAsync();
        turn.Release();
        if (watch is not null) await watch.DisposeAsync();
        await dataSet.DisposeAsync();
    }

    // Whoever had the journal alone before, and is not known to have ended, is fenced off; so no two of those that share it are.
    private async Task<StoreIdentity> TakeAsync(NpgsqlConnection connection, int partitionsIfNew, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        var seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        var owner = $"a cluster, last by process {Environment.ProcessId} on {Environment.MachineName},";
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL lock_timeout = 3000"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT pg_advisory_xact_lock_shared({JournalSession.LockOf(dataSet)})"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            """
            INSERT INTO store VALUES (1, $1, $2, 1, $3, now())
            ON CONFLICT (id) DO UPDATE SET epoch = store.epoch + 1, owner = $3, owned_since = now()
            """) { Parameters = { Of(partitionsIfNew), Of(seed), Of(owner) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO heads SELECT partition, 0, 0 FROM store, generate_series(0, store.partitions - 1) AS partition ORDER BY partition ON CONFLICT DO NOTHING"));
        // In the order in which appends take them.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT count(*) FROM (SELECT 1 FROM heads ORDER BY partition FOR UPDATE) AS held"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("UPDATE heads SET epoch = store.epoch FROM store"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT partitions, id_seed FROM store", connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new StoreIdentity(row.GetInt32(0), (ulong)row.GetInt64(1));
    }

    private async Task LookAsync(NpgsqlConnection connection, JournalEnds known, CancellationToken cancellationToken)
    {
        var before = known.ToArray();
        await using var command = new NpgsqlCommand("SELECT partition, position FROM heads", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var (partition, position) = (rows.GetInt32(0), rows.GetInt64(1));
            dataSet.ThrowIfLost(partition, before[partition], position);
            known.Reach(partition, position);
        }
    }

    private static void Reach(JournalEnds known, in PackedSegments packed)
    {
        for (var i = 0; i < packed.Count; i++) known.Reach(packed.Head(i).Partition, packed.Head(i).FirstPosition + packed.Head(i).Count - 1);
    }

    private static HeadMove[] Follow(in PackedSegments packed, JournalEnd[] stored)
    {
        var next = stored.ToDictionary(end => end.Partition, end => end.Position);
        for (var i = 0; i < packed.Count; i++)
        {
            var head = packed.Head(i);
            if (!next.TryGetValue(head.Partition, out var end)) throw new JournalException($"A segment is for partition {head.Partition}, which the journal does not have, or which was not asked for.");
            if (head.FirstPosition != end + 1)
            {
                throw new JournalException($"A segment of partition {head.Partition} begins at position {head.FirstPosition}; the next one there is {end + 1}. " +
                    "Another process may have written: read the heads again.");
            }

            next[head.Partition] += head.Count;
        }

        return [.. stored.Where(end => next[end.Partition] != end.Position).Select(end => new HeadMove(end.Partition, end.Position, next[end.Partition]))];
    }

    private async Task DropAsync()
    {
        var dropped = session;
        session = null;
        if (dropped is not null) await dropped.DisposeAsync();
    }
}
