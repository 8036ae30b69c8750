using System.Security.Cryptography;
using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Storage.Sqlite;

/// <summary>
/// The journal in one SQLite file, <c>journal.db</c>: a row a segment in commit order, and an index of places that is written many segments at a time.
/// A commit is one transaction, on the disk when it returns (WAL, synchronous=FULL). Calls do their work on the caller's thread and complete synchronously.
/// </summary>
public sealed class SqliteJournal : IJournal
{
    /// <summary>How many segments wait to be indexed, and so how many rows an opening after a crash looks at.</summary>
    private const int RecentMost = 4_096;

    private const int PageSize = 8_192;
    private const int MostPartitions = 16_384;
    private const int PooledReaders = 8;

    private readonly Lock gate = new();
    private readonly ConnectionPool<JournalReader> readers;
    private readonly string path;
    private readonly long checkpointBytes;
    private StoreLock? storeLock;
    private JournalWriter? writer;
    private WalCheckpoints? checkpoints;
    private StoreIdentity? identity;
    private RecentSegments recent = new(0);
    private long[] heads = [];
    private long[] headsNext = [];
    private bool disposed;

    public SqliteJournal(StorageOptions options)
    {
        path = System.IO.Path.Combine(options.Path, "journal.db");
        readers = new ConnectionPool<JournalReader>(() => new JournalReader(path), PooledReaders);
        checkpointBytes = (long)options.CheckpointMiB << 20;
    }

    /// <inheritdoc/>
    public ValueTask<StoreIdentity> OpenAsync(int partitionsIfNew, CancellationToken cancellationToken)
    {
        if (partitionsIfNew is < 1 or > MostPartitions)
            throw new ArgumentOutOfRangeException(nameof(partitionsIfNew), partitionsIfNew, $"The number of partitions must be between 1 and {MostPartitions}.");
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (identity is not null) return ValueTask.FromResult(identity);
            try
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
                storeLock = StoreLock.Take(path);
                OpenWriter();
                var seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
                identity = writer!.Identity(partitionsIfNew, seed);
                LoadHeads();
                checkpoints = new WalCheckpoints(path, gate, checkpointBytes);
                return ValueTask.FromResult(identity);
            }
            catch (Exception exception)
            {
                identity = null;
                Close();
                if (exception is not (DatabaseException or IOException or UnauthorizedAccessException)) throw;
                throw new JournalException($"The journal cannot be opened. {exception.Message}", exception);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<long[]> HeadsAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            Ready();
            return ValueTask.FromResult((long[])heads.Clone());
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (segments.Count == 0) return ValueTask.CompletedTask;
        using var packed = PackedSegments.Of(segments);
        lock (gate)
        {
            Ready();
            Follow(packed);
            try
            {
                checkpoints!.Grown(Write(packed));
            }
            catch (DatabaseException exception)
            {
                // Whether a failed COMMIT took effect is not known, and after a failed fsync nothing that this connection holds is to be trusted.
                writer!.Dispose();
                writer = null;
                throw new JournalException($"{segments.Count} segments could not be made durable; the store may or may not hold them. {exception.Message}", exception);
            }

            (heads, headsNext) = (headsNext, heads);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Segment> ReadAsync(int partition, long after, long through, CancellationToken cancellationToken) =>
        Read(partition, after, through, cancellationToken).ToAsyncEnumerable();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        WalCheckpoints? stopping;
        lock (gate)
        {
            disposed = true;
            stopping = checkpoints;
            checkpoints = null;
        }

        // Outside of the gate, which its thread may be waiting for.
        stopping?.Dispose();
        readers.Dispose();
        lock (gate) Close();
        return ValueTask.CompletedTask;
    }

    private IEnumerable<Segment> Read(int partition, long after, long through, CancellationToken cancellationToken)
    {
        var reader = Rent(partition);
        try
        {
            var rows = new long[64];
            var next = after + 1;
            while (next <= through)
            {
                // The rows of a batch are looked up, then read one by one: no read stays open while the caller works, for it would keep the WAL from starting over.
                var count = FindRows(reader, partition, next, through, rows);
                if (count == 0) yield break;
                for (var i = 0; i < count; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var segment = reader.Read(partition, next, rows[i]);
                    next = segment.LastPosition + 1;
                    yield return segment;
                }
            }
        }
        finally
        {
            readers.Return(reader);
        }
    }

    private int FindRows(JournalReader reader, int partition, long next, long through, long[] rows)
    {
        lock (gate)
        {
            Ready();
            if (next > heads[partition]) return 0;
            var found = recent.Find(partition, next, through, rows);
            if (found > 0) return found;
        }

        return reader.Find(partition, next, through, rows);
    }

    private JournalReader Rent(int partition)
    {
        lock (gate)
        {
            Ready();
            if ((uint)partition >= (uint)heads.Length)
                throw new ArgumentOutOfRangeException(nameof(partition), partition, $"The journal has partitions 0 to {heads.Length - 1}.");
        }

        try
        {
            return readers.Rent();
        }
        catch (DatabaseException exception)
        {
            throw new JournalException($"The journal cannot be read. {exception.Message}", exception);
        }
    }

    /// <summary>Checks that each segment follows on the one before it, and puts the heads as they will be into <see cref="headsNext"/>.</summary>
    private void Follow(in PackedSegments packed)
    {
        heads.CopyTo(headsNext, 0);
        for (var i = 0; i < packed.Count; i++)
        {
            var head = packed.Head(i);
            if ((uint)head.Partition >= (uint)heads.Length)
                throw new JournalException($"A segment is for partition {head.Partition}; the journal has partitions 0 to {heads.Length - 1}.");
            var expected = headsNext[head.Partition] + 1;
            if (head.FirstPosition != expected)
            {
                throw new JournalException($"A segment of partition {head.Partition} begins at position {head.FirstPosition}; the next one there is {expected}. " +
                    "Another owner may have written: read the heads again.");
            }

            headsNext[head.Partition] += head.Count;
        }
    }

    /// <summary>One transaction; returns about how many bytes the WAL has grown.</summary>
    private long Write(in PackedSegments packed)
    {
        var grown = (long)PageSize;
        writer!.Begin();
        for (var i = 0; i < packed.Count; i++)
        {
            var body = packed.Body(i).Span;
            writer.Insert(packed.Head(i), packed.Checksum(i), body);
            grown += body.Length + 128;
        }

        var index = recent.Count + packed.Count > RecentMost;
        if (index) grown += writer.Index(recent);
        writer.Commit();

        if (index) recent.Clear();
        for (var i = 0; i < packed.Count; i++)
        {
            var head = packed.Head(i);
            recent.Add(head.Partition, head.FirstPosition, writer.NextRow - packed.Count + i);
        }

        return grown;
    }

    private void Ready()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (identity is null) throw new InvalidOperationException("The journal is not open: call OpenAsync first.");
        if (writer is not null) return;
        try
        {
            OpenWriter();
            LoadHeads();
        }
        catch (DatabaseException exception)
        {
            writer?.Dispose();
            writer = null;
            throw new JournalException($"The journal is closed since a write failed, and cannot be opened again. {exception.Message}", exception);
        }
    }

    private void OpenWriter() => writer = new JournalWriter(path, PageSize);

    private void LoadHeads()
    {
        var partitions = identity!.Partitions;
        recent = new RecentSegments(partitions);
        heads = new long[partitions];
        headsNext = new long[partitions];
        writer!.Load(heads, recent);
    }

    private void Close()
    {
        checkpoints?.Dispose();
        checkpoints = null;
        // Last: closing a file's last connection copies the WAL into it and removes the WAL.
        writer?.Dispose();
        writer = null;
        storeLock?.Dispose();
        storeLock = null;
    }
}
