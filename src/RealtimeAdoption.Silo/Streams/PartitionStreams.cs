using System.Buffers.Text;
using System.Runtime.InteropServices;
using Orleans.Runtime;
using Orleans.Streams;
using StableHash = RealtimeAdoption.Scoring.Records.StableHash;

namespace RealtimeAdoption.Silo.Streams;

/// <summary>
/// One stream and one queue a partition: the stream's key and the queue's number are the partition's. Thread-safe.
/// </summary>
/// <param name="partitions">Of the store.</param>
public sealed class PartitionStreams(int partitions) : IStreamQueueMapper
{
    /// <summary>Of the stream provider, of the streams' namespace and of the queues.</summary>
    public const string Name = "usage";

    private readonly QueueId[] queues = [.. Enumerable.Range(0, partitions).Select(QueueOf)];

    public static StreamId StreamOf(int partition) => StreamId.Create(Name, partition);

    /// <exception cref="ArgumentException">Not a stream of this provider.</exception>
    public static int PartitionOf(StreamId stream)
    {
        var key = stream.Key.Span;
        return Utf8Parser.TryParse(key, out int partition, out var length) && length == key.Length && partition >= 0
            ? partition
            : throw new ArgumentException($"{stream} is not the stream of a partition.", nameof(stream));
    }

    public static int PartitionOf(QueueId queue) => (int)queue.GetNumericId();

    public IEnumerable<QueueId> GetAllQueues() => queues;

    public QueueId GetQueueForStream(StreamId streamId) => queues[PartitionOf(streamId)];

    // The hash is the queue's place on a ring of silos, where it is put by one: spread, and the same in every silo.
    private static QueueId QueueOf(int partition) =>
        QueueId.GetQueueId(Name, (uint)partition, (uint)StableHash.Of(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref partition, 1))));
}
