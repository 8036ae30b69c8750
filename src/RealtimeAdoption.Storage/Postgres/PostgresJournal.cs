using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Storage.Postgres;

/// <summary>
/// The journal in a PostgreSQL schema: a row a segment, and a row a partition that says where its journal ends. One session writes and holds the data set's lock; a commit is one exchange
/// with the server and on its disk when it returns. A commit whose answer is lost is looked for on a new session, and committed again where it is not there, before anything is
/// answered. After so long without a session it fails; the next call tries again. Whoever lost the journal to another process gets <see cref="FencedException"/> for good.
/// </summary>
public sealed class PostgresJournal : IJournal
{
    internal const int MostPartitions = 16_384;
    private const int PooledReaders = 8;

    // The session of a process that was killed may still be ending.
    private const int LockPatienceMs = 3_000;
    // For the answer of a commit: a restart of the server or a broken connection passes unseen, an outage is told.
    private const int AnswerPatienceMs = 2_000;
    private const int FirstPauseMs = 20;
    private const int LastPauseMs = 250;

    private readonly DataSet dataSet;
    private readonly ILogger logger;
    private readonly SemaphoreSlim turn = new(1);
    private JournalSession? session;
    private StoreIdentity? identity;
    private FencedException? fenced;
    private long epoch;
    // Replaced as a whole, never changed.
    private volatile long[] heads = [];
    private volatile bool disposed;

    public PostgresJournal(StorageOptions options, ILogger<PostgresJournal>? logger = null)
    {
        dataSet = new DataSet(options, PooledReaders);
        this.logger = logger ?? NullLogger<PostgresJournal>.Instance;
    }

    /// <inheritdoc/>
    public async ValueTask<StoreIdentity> OpenAsync(int partitionsIfNew, CancellationToken cancellationToken)
    {
        if (partitionsIfNew is < 1 or > MostPartitions)
            throw new ArgumentOutOfRangeException(nameof(partitionsIfNew), partitionsIfNew, $"The number of partitions must be between 1 and {MostPartitions}.");
        await turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (identity is not null) return identity;
            await dataSet.MigrateAsync(cancellationToken);
            session = await JournalSession.OpenAsync(dataSet, LockPatienceMs, cancellationToken);
            if (!await session.IsDurableAsync(cancellationToken))
                logger.LogWarning("PostgreSQL runs with fsync or full_page_writes off: what is accepted can be lost when its machine fails.");
            var owner = $"process {Environment.ProcessId} on {Environment.MachineName}";
            var seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
            (var taken, epoch) = await session.TakeAsync(partitionsIfNew, seed, owner, cancellationToken);
            heads = await session.HeadsAsync(taken.Partitions, cancellationToken);
            if (await session.WrongHeadAsync(cancellationToken) is { } wrong)
                throw new JournalDamagedException($"The journal in {dataSet.Name} is damaged: {wrong}. Restore the database from a copy.");
            return identity = taken;
        }
        catch (Exception exception)
        {
            await DropAsync();
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
        await turn.WaitAsync(cancellationToken);
        try
        {
            await ReadyAsync(cancellationToken);
            return [.. heads];
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (segments.Count == 0) return;
        using var packed = PackedSegments.Of(segments);
        await turn.WaitAsync(cancellationToken);
        try
        {
            var ready = await ReadyAsync(cancellationToken);
            var next = Follow(packed, out var moves);
            try
            {
                // From here on nobody gives up half way.
                await ready.CommitAsync(packed, moves, epoch, CancellationToken.None);
            }
            catch (Exception exception) when (DataSet.IsFailure(exception) || ready.IsLost)
            {
                var isLost = ready.IsLost || exception is not PostgresException;
                await DropAsync();
                if (!isLost) throw Failed(packed.Count, exception);
                await SettleAsync(packed, moves, exception);
            }

            heads = next;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Segment> ReadAsync(int partition, long after, long through, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (identity is null) throw NotOpen();
        if ((uint)partition >= (uint)heads.Length)
            throw new ArgumentOutOfRangeException(nameof(partition), partition, $"The journal has partitions 0 to {heads.Length - 1}.");
        // As far as it reaches now: a query that is open sees nothing of what comes later.
        var end = Math.Min(through, heads[partition]);
        await using var cursor = new SegmentCursor(dataSet, partition, after);
        while (await cursor.MoveAsync(end, cancellationToken)) yield return cursor.Current;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (disposed) return;
        await turn.WaitAsync();
        disposed = true;
        await DropAsync();
        turn.Release();
        await dataSet.DisposeAsync();
    }

    /// <summary>
    /// The answer to a commit was lost with its session. A new session has the lock, so the one before has ended: now the journal holds all of the commit or nothing, and stays so.
    /// </summary>
    private async Task SettleAsync(PackedSegments packed, HeadMove[] moves, Exception lost)
    {
        var began = Stopwatch.GetTimestamp();
        for (var pauseMs = FirstPauseMs; ; pauseMs = Math.Min(pauseMs * 2, LastPauseMs))
        {
            try
            {
                var ready = await ReadyAsync(CancellationToken.None);
                var stored = heads;
                if (moves.All(move => stored[move.Partition] == move.After) && await ready.HoldsAsync(packed, CancellationToken.None)) return;
                if (!moves.All(move => stored[move.Partition] == move.Before)) throw new JournalException("The heads are neither as they were before the commit nor as they would be after it.");
                await ready.CommitAsync(packed, moves, epoch, CancellationToken.None);
                return;
            }
            catch (Exception exception) when (DataSet.IsFailure(exception) || exception is JournalException { InnerException: not null } || session is { IsLost: true })
            {
                await DropAsync();
                if (JournalSession.IsRefusal(exception) || Stopwatch.GetElapsedTime(began).TotalMilliseconds >= AnswerPatienceMs) throw Failed(packed.Count, lost);
                await Task.Delay(pauseMs);
            }
        }
    }

    /// <summary>The session; a new one where the last one was lost. Under the turn.</summary>
    private async Task<JournalSession> ReadyAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (fenced is not null) throw new FencedException(fenced.Message);
        if (identity is null) throw NotOpen();
        if (session is not null) return session;
        try
        {
            session = await JournalSession.OpenAsync(dataSet, LockPatienceMs, cancellationToken);
            var (current, owner) = await session.OwnerAsync(cancellationToken);
            if (current != epoch)
            {
                fenced = new FencedException($"The journal in {dataSet.Name} was taken over by {owner}: it is at epoch {current}, this process had epoch {epoch}. Start this process again once the other one has ended.");
                throw fenced;
            }

            var stored = await session.HeadsAsync(identity.Partitions, cancellationToken);
            for (var partition = 0; partition < stored.Length; partition++) dataSet.ThrowIfLost(partition, heads[partition], stored[partition]);
            heads = stored;
            return session;
        }
        catch (Exception exception)
        {
            await DropAsync();
            if (!DataSet.IsFailure(exception)) throw;
            throw new JournalException($"There is no connection to {dataSet.Name}. {exception.Message}", exception);
        }
    }

    /// <summary>Checks that each segment follows on the one before it; returns the heads as they will be.</summary>
    private long[] Follow(in PackedSegments packed, out HeadMove[] moves)
    {
        long[] next = [.. heads];
        for (var i = 0; i < packed.Count; i++)
        {
            var head = packed.Head(i);
            if ((uint)head.Partition >= (uint)next.Length)
                throw new JournalException($"A segment is for partition {head.Partition}; the journal has partitions 0 to {next.Length - 1}.");
            var expected = next[head.Partition] + 1;
            if (head.FirstPosition != expected)
            {
                throw new JournalException($"A segment of partition {head.Partition} begins at position {head.FirstPosition}; the next one there is {expected}. " +
                    "Another owner may have written: read the heads again.");
            }

            next[head.Partition] += head.Count;
        }

        var before = heads;
        moves = [.. Enumerable.Range(0, next.Length).Where(partition => next[partition] != before[partition]).Select(partition => new HeadMove(partition, before[partition], next[partition]))];
        return next;
    }

    private async Task DropAsync()
    {
        var dropped = session;
        session = null;
        if (dropped is not null) await dropped.DisposeAsync();
    }

    private static JournalException Failed(int segments, Exception exception) =>
        new($"{segments} segments could not be made durable; the store may or may not hold them. {exception.Message}", exception);

    private static InvalidOperationException NotOpen() => new("The journal is not open: call OpenAsync first.");
}
