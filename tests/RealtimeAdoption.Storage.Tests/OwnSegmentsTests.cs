using RealtimeAdoption.Engine.Journal;

namespace RealtimeAdoption.Storage.Tests;

/// <summary>What a process has appended itself and reads without the store.</summary>
public sealed class OwnSegmentsTests
{
    private readonly OwnSegments own = new(2, bytesMax: 100);

    [Fact]
    public void Gives_whole_segments_from_the_one_that_holds_the_next_position()
    {
        Add(0, first: 1, count: 3);
        Add(1, first: 1, count: 3);
        Add(0, first: 4, count: 3);

        Assert.Equal([(1, 3), (4, 6)], Behind(0, 0, 9));
        Assert.Equal([(1, 3), (4, 6)], Behind(0, 2, 9));
        Assert.Equal([(4, 6)], Behind(0, 3, 9));
        Assert.Equal([(1, 3)], Behind(0, 0, 3));
        Assert.Empty(Behind(0, 6, 9));
        Assert.Equal([(1, 3)], Behind(1, 0, 9));
    }

    [Fact]
    public void Ends_where_another_process_has_appended()
    {
        Add(0, first: 1, count: 2);
        Add(0, first: 5, count: 2);

        Assert.Equal([(1, 2)], Behind(0, 0, 9));
        Assert.Empty(Behind(0, 2, 9));
        Assert.Equal([(5, 6)], Behind(0, 4, 9));
    }

    [Fact]
    public void Beyond_its_bytes_the_oldest_go_whatever_partition_they_are_of()
    {
        Add(0, first: 1, count: 4);
        Add(1, first: 1, count: 4);
        Add(1, first: 5, count: 4);

        Assert.Empty(Behind(0, 0, 9));
        Assert.Equal([(1, 4), (5, 8)], Behind(1, 0, 9));
        Add(0, first: 5, count: 11);
        Assert.Empty(Behind(1, 0, 9));
        Assert.Empty(Behind(0, 4, 20));
    }

    [Fact]
    public void Keeps_copies_for_the_writer_goes_on_in_its_memory()
    {
        var memory = new byte[] { 1, 2, 3 };
        own.Add([new Segment(0, 1, 1, memory)]);
        memory[0] = 9;

        Assert.Equal([1, 2, 3], Assert.Single(own.Behind(0, 0, 1)).Records.ToArray());
    }

    // Ten bytes a record.
    private void Add(int partition, long first, int count) => own.Add([new Segment(partition, first, count, new byte[count * 10])]);

    private (long, long)[] Behind(int partition, long after, long through) => [.. own.Behind(partition, after, through).Select(segment => (segment.FirstPosition, segment.LastPosition))];
}
