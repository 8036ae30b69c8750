using System.Net;
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

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(5)]
    public void Silos_have_as_many_partitions_each_and_few_change_theirs_when_a_silo_comes_or_is_started_again(int partitions)
    {
        List<SiloAddress> silos = [];
        SiloAddress[] before = [];
        for (var silo = 0; silo < 9; silo++)
        {
            silos.Insert(silo / 2, At(silo, generation: 100 - silo));
            var now = PartitionSpread.Of(partitions, silos);
            var counts = silos.Select(one => now.Count(one.Equals)).ToList();
            Assert.InRange(counts.Max() - counts.Min(), 0, 1);
            // Those of the new one must; half as many others may, so that it comes out even.
            if (silo > 0) Assert.InRange(now.Zip(before).Count(pair => !pair.First.Equals(pair.Second)), partitions / (silo + 1), Math.Max(2, 2 * partitions / (silo + 1)));
            before = now;
        }

        var again = silos.Select((silo, place) => place == 4 ? SiloAddress.New(silo.Endpoint, 1_000) : silo).ToList();
        Assert.Equal(before.Select(silo => silo.Endpoint), PartitionSpread.Of(partitions, again).Select(silo => silo.Endpoint));
    }

    private static SiloAddress At(int silo, int generation) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_111 + silo), generation);
}
