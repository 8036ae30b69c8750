using Orleans.Runtime;
using RealtimeAdoption.Silo.Streams;

namespace RealtimeAdoption.Silo.Tests.Streams;

public sealed class PartitionStreamsTests
{
    [Fact]
    public void Each_partition_has_a_stream_and_a_queue_of_its_own()
    {
        var streams = new PartitionStreams(16);
        for (var partition = 0; partition < 16; partition++)
        {
            var stream = PartitionStreams.StreamOf(partition);
            Assert.Equal(partition, PartitionStreams.PartitionOf(stream));
            Assert.Equal(partition, PartitionStreams.PartitionOf(streams.GetQueueForStream(stream)));
        }

        Assert.Equal(16, streams.GetAllQueues().Distinct().Count());
        Assert.Equal(16, streams.GetAllQueues().Select(queue => queue.GetUniformHashCode()).Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("7x")]
    public void A_stream_of_something_else_is_refused(string key)
    {
        Assert.Throws<ArgumentException>(() => PartitionStreams.PartitionOf(StreamId.Create(PartitionStreams.Name, key)));
    }
}
