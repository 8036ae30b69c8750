using Orleans;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;
using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Silo.Streams;

/// <summary>
/// What one read of a partition's journal gave, on its way through the stream: one event, whose token is the position of its last record. Without records it stands for a position. Never changed.
/// </summary>
[GenerateSerializer]
[Immutable]
[Alias("RealtimeAdoption.JournalBatch")]
public sealed class JournalBatch : IBatchContainer
{
    /// <param name="partition">Whose journal.</param>
    /// <param name="firstPosition">Of the first record.</param>
    /// <param name="count">Number of records.</param>
    /// <param name="records">The records, one behind the other.</param>
    public JournalBatch(int partition, long firstPosition, int count, byte[] records)
    {
        Partition = partition;
        FirstPosition = firstPosition;
        Count = count;
        Records = records;
    }

    [Id(0)]
    public int Partition { get; }

    [Id(1)]
    public long FirstPosition { get; }

    [Id(2)]
    public int Count { get; }

    [Id(3)]
    public byte[] Records { get; }

    public long LastPosition => FirstPosition + Count - 1;

    public Segment Segment => new(Partition, FirstPosition, Count, Records);

    public StreamId StreamId => PartitionStreams.StreamOf(Partition);

    public StreamSequenceToken SequenceToken => new EventSequenceTokenV2(LastPosition);

    /// <summary>Without records, for a position: what a cursor gives first where no batch ends at its token, so that there too something comes that can be passed over.</summary>
    public static JournalBatch At(int partition, long position) => new(partition, position + 1, 0, []);

    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => this is T batch ? [Tuple.Create(batch, SequenceToken)] : [];

    public bool ImportRequestContext() => false;
}
