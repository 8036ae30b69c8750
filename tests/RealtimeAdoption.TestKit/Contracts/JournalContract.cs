using System.Text;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Scoring.Records;
using Xunit;

namespace RealtimeAdoption.TestKit.Contracts;

/// <summary>What every <see cref="IJournal"/> does. An implementation's tests inherit it and say how to make one.</summary>
public abstract class JournalContract
{
    /// <summary>False for a journal that lives in memory: what it held is gone with it.</summary>
    protected virtual bool Durable => true;

    /// <summary>True for a journal that several processes have open at once.</summary>
    protected virtual bool Shared => false;

    /// <summary>A journal, not yet opened, over the same store at each call within a test. The test disposes it.</summary>
    protected abstract IJournal Make();

    [Fact]
    public async Task A_new_store_is_empty_and_knows_its_partitions()
    {
        await using var journal = Make();
        var identity = await journal.OpenAsync(4, default);

        Assert.Equal(4, identity.Partitions);
        Assert.Equal(new long[4], await journal.HeadsAsync(default));
        for (var partition = 0; partition < 4; partition++) Assert.Empty(await Positions(journal, partition, 0, long.MaxValue));
    }

    [Fact]
    public async Task Two_stores_have_different_id_seeds_and_one_store_keeps_its_own()
    {
        await using var journal = Make();
        var identity = await journal.OpenAsync(4, default);

        Assert.NotEqual(0UL, identity.IdSeed);
        Assert.Equal(identity, await journal.OpenAsync(4, default));
    }

    [Fact]
    public async Task What_is_committed_is_read_back_byte_for_byte()
    {
        await using var journal = Make();
        await journal.OpenAsync(2, default);
        var small = Records(1, 3);
        var large = Records(4, 5_000);
        await journal.CommitAsync([new Segment(1, 1, 3, small)], default);
        await journal.CommitAsync([new Segment(1, 4, 5_000, large)], default);

        var read = await Read(journal, 1, 0, long.MaxValue);

        Assert.Equal([(1L, 3), (4L, 5_000)], read.Select(segment => (segment.FirstPosition, segment.Count)));
        Assert.Equal(small, read[0].Records.ToArray());
        Assert.Equal(large, read[1].Records.ToArray());
        await AssertHeads(journal, 0, 5_003);
    }

    [Fact]
    public async Task Bytes_that_do_not_compress_are_read_back_too()
    {
        await using var journal = Make();
        await journal.OpenAsync(1, default);
        var noise = new byte[3_000_000];
        new Random(7).NextBytes(noise);
        var records = Record(1, noise);
        await journal.CommitAsync([new Segment(0, 1, 1, records)], default);

        Assert.Equal(records, (await Read(journal, 0, 0, 1)).Single().Records.ToArray());
    }

    [Theory]
    [InlineData(0, 100, new long[] { 1, 11, 21 })]
    [InlineData(0, 10, new long[] { 1 })]
    [InlineData(9, 10, new long[] { 1 })]
    [InlineData(10, 11, new long[] { 11 })]
    [InlineData(4, 15, new long[] { 1, 11 })]
    [InlineData(14, 14, new long[0])]
    [InlineData(30, 100, new long[0])]
    [InlineData(29, 30, new long[] { 21 })]
    public async Task A_read_gives_the_segments_that_hold_its_positions(long after, long through, long[] firsts)
    {
        await using var journal = Make();
        await journal.OpenAsync(2, default);
        foreach (var first in new long[] { 1, 11, 21 })
            await journal.CommitAsync([new Segment(0, first, 10, Records(first, 10)), new Segment(1, first, 10, Records(first, 10))], default);

        Assert.Equal(firsts, await Positions(journal, 1, after, through));
    }

    [Fact]
    public async Task One_commit_may_hold_several_segments_of_a_partition()
    {
        await using var journal = Make();
        await journal.OpenAsync(2, default);
        await journal.CommitAsync([new Segment(0, 1, 2, Records(1, 2)), new Segment(1, 1, 1, Records(1, 1)), new Segment(0, 3, 4, Records(3, 4))], default);

        await AssertHeads(journal, 6, 1);
        Assert.Equal(new long[] { 1, 3 }, await Positions(journal, 0, 0, 6));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(0)]
    public async Task A_segment_that_does_not_follow_on_is_refused_and_with_it_the_whole_commit(long first)
    {
        await using var journal = Make();
        await journal.OpenAsync(2, default);
        await journal.CommitAsync([new Segment(0, 1, 3, Records(1, 3))], default);

        await Assert.ThrowsAsync<JournalException>(async () =>
            await journal.CommitAsync([new Segment(1, 1, 2, Records(1, 2)), new Segment(0, first, 2, Records(first, 2))], default));

        await AssertHeads(journal, 3, 0);
        Assert.Empty(await Positions(journal, 1, 0, long.MaxValue));
        await journal.CommitAsync([new Segment(1, 1, 2, Records(1, 2)), new Segment(0, 4, 2, Records(4, 2))], default);
        await AssertHeads(journal, 5, 2);
    }

    [Fact]
    public async Task A_partition_that_the_store_does_not_have_is_refused()
    {
        await using var journal = Make();
        await journal.OpenAsync(2, default);

        await Assert.ThrowsAsync<JournalException>(async () => await journal.CommitAsync([new Segment(2, 1, 1, Records(1, 1))], default));
    }

    [Fact]
    public async Task A_commit_of_nothing_does_nothing()
    {
        await using var journal = Make();
        await journal.OpenAsync(2, default);
        await journal.CommitAsync([], default);

        Assert.Equal(new long[2], await journal.HeadsAsync(default));
    }

    [Fact]
    public async Task A_journal_opened_again_holds_everything_and_goes_on()
    {
        if (!Durable) return;
        const int Partitions = 8;
        StoreIdentity identity;
        long[] heads;
        await using (var journal = Make())
        {
            identity = await journal.OpenAsync(Partitions, default);
            heads = await Fill(journal, Partitions, commits: 200, seed: 11);
        }

        await using var again = Make();
        // The number of partitions is fixed for good: another wish is not an error, the answer tells.
        Assert.Equal(identity, await again.OpenAsync(Partitions * 2, default));
        Assert.Equal(heads, await again.HeadsAsync(default));
        for (var partition = 0; partition < Partitions; partition++) await AssertWhole(again, partition, 0, heads[partition]);
        await again.CommitAsync([new Segment(0, heads[0] + 1, 1, Records(heads[0] + 1, 1))], default);
        Assert.Equal(heads[0] + 1, (await again.HeadsAsync(default))[0]);
    }

    [Fact]
    public async Task Reads_from_any_position_are_whole_over_many_commits()
    {
        const int Partitions = 8;
        await using var journal = Make();
        await journal.OpenAsync(Partitions, default);
        var heads = await Fill(journal, Partitions, commits: 250, seed: 12);
        var random = new Random(13);
        for (var i = 0; i < 60; i++)
        {
            var partition = random.Next(Partitions);
            var after = random.NextInt64(heads[partition]);
            await AssertWhole(journal, partition, after, random.NextInt64(after + 1, heads[partition] + 1));
        }
    }

    [Fact]
    public async Task Readers_and_a_writer_do_not_disturb_each_other()
    {
        const int Partitions = 4;
        await using var journal = Make();
        await journal.OpenAsync(Partitions, default);
        await Fill(journal, Partitions, commits: 50, seed: 14);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, Partitions).Select(partition => Task.Run(async () =>
        {
            var rounds = 0;
            while (!done.IsCancellationRequested || rounds == 0)
            {
                var heads = await journal.HeadsAsync(default);
                await AssertWhole(journal, partition, heads[partition] / 2, heads[partition]);
                rounds++;
            }
        })).ToArray();
        await Fill(journal, Partitions, commits: 150, seed: 15);
        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Commits_from_many_threads_wait_for_each_other()
    {
        const int Partitions = 8;
        await using var journal = Make();
        await journal.OpenAsync(Partitions, default);
        await Task.WhenAll(Enumerable.Range(0, Partitions).Select(partition => Task.Run(async () =>
        {
            for (var position = 1; position <= 25; position++) await journal.CommitAsync([new Segment(partition, position, 1, Records(position, 1))], default);
        })));

        Assert.All(await journal.HeadsAsync(default), head => Assert.Equal(25, head));
    }

    [Fact]
    public async Task Of_two_openers_of_one_store_one_is_refused_and_the_other_writes_on()
    {
        if (!Durable || Shared) return;
        await using var first = Make();
        await first.OpenAsync(2, default);
        await first.CommitAsync([new Segment(0, 1, 1, Records(1, 1))], default);
        await using (var second = Make())
        {
            var exception = await Assert.ThrowsAsync<JournalException>(async () => await second.OpenAsync(2, default));
            Assert.Contains($"in use by process {Environment.ProcessId}", exception.Message, StringComparison.Ordinal);
        }

        await first.CommitAsync([new Segment(0, 2, 1, Records(2, 1))], default);
        await AssertWhole(first, 0, 0, 2);
    }

    [Fact]
    public async Task A_read_given_up_half_way_leaves_the_journal_usable()
    {
        await using var journal = Make();
        await journal.OpenAsync(1, default);
        await Fill(journal, 1, commits: 20, seed: 16);
        for (var i = 0; i < 20; i++)
        {
            await foreach (var segment in journal.ReadAsync(0, 0, long.MaxValue, default)) break;
        }

        var head = (await journal.HeadsAsync(default))[0];
        await AssertWhole(journal, 0, 0, head);
    }

    [Fact]
    public async Task A_cancelled_read_stops()
    {
        await using var journal = Make();
        await journal.OpenAsync(1, default);
        await Fill(journal, 1, commits: 5, seed: 17);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var segment in journal.ReadAsync(0, 0, long.MaxValue, cancelled.Token)) Assert.Fail("A segment came.");
        });
    }

    /// <summary>Records of a partition as the doors write them, stamped; each names its position, so that a reader can check what it got.</summary>
    protected static byte[] Records(long firstPosition, int count)
    {
        using var buffer = new RecordBuffer();
        for (var i = 0; i < count; i++) Write(buffer, firstPosition + i, "some text that compresses, some text that compresses"u8);
        return buffer.Written.ToArray();
    }

    protected static async Task<List<Segment>> Read(IJournal journal, int partition, long after, long through)
    {
        var segments = new List<Segment>();
        await foreach (var segment in journal.ReadAsync(partition, after, through, default))
            segments.Add(segment with { Records = segment.Records.ToArray() });
        return segments;
    }

    /// <summary>Random commits over all partitions; returns the heads.</summary>
    protected static async Task<long[]> Fill(IJournal journal, int partitions, int commits, int seed)
    {
        var random = new Random(seed);
        var heads = await journal.HeadsAsync(default);
        for (var i = 0; i < commits; i++)
        {
            var segments = new List<Segment>();
            for (var partition = 0; partition < partitions; partition++)
            {
                if (random.Next(3) == 0) continue;
                var count = random.Next(1, 5);
                segments.Add(new Segment(partition, heads[partition] + 1, count, Records(heads[partition] + 1, count)));
                heads[partition] += count;
            }

            await journal.CommitAsync(segments, default);
        }

        return heads;
    }

    /// <summary>Of partition 1, in four segments of ten, the third was damaged.</summary>
    protected async Task AssertThirdOfFourIsNamed(string what)
    {
        await using var journal = Make();
        await journal.OpenAsync(2, default);
        await AssertWhole(journal, 1, 0, 20);
        var exception = await Assert.ThrowsAsync<JournalDamagedException>(async () => await Read(journal, 1, 0, 40));
        Assert.Contains("position 21 of partition 1", exception.Message, StringComparison.Ordinal);
        Assert.Contains(what, exception.Message, StringComparison.Ordinal);
        await AssertWhole(journal, 1, 30, 40);
    }

    protected static async Task AssertWhole(IJournal journal, int partition, long after, long through)
    {
        var next = long.MinValue;
        await foreach (var segment in journal.ReadAsync(partition, after, through, default))
        {
            if (next == long.MinValue)
                Assert.InRange(after + 1, segment.FirstPosition, segment.LastPosition);
            else
                Assert.Equal(next, segment.FirstPosition);
            Assert.Equal(partition, segment.Partition);
            Assert.Equal(Records(segment.FirstPosition, segment.Count), segment.Records.ToArray());
            next = segment.LastPosition + 1;
        }

        if (through > after) Assert.True(next > through, $"Partition {partition}: read up to {next - 1}, wanted ({after}, {through}].");
    }

    private static async Task AssertHeads(IJournal journal, params long[] heads) => Assert.Equal(heads, await journal.HeadsAsync(default));

    private static async Task<long[]> Positions(IJournal journal, int partition, long after, long through) =>
        (await Read(journal, partition, after, through)).Select(segment => segment.FirstPosition).ToArray();

    private static byte[] Record(long position, ReadOnlySpan<byte> text)
    {
        using var buffer = new RecordBuffer();
        Write(buffer, position, text);
        return buffer.Written.ToArray();
    }

    private static void Write(RecordBuffer buffer, long position, ReadOnlySpan<byte> text)
    {
        var id = Encoding.UTF8.GetBytes($"m{position}");
        buffer.Begin(new RecordDraft { Kind = RecordKind.Usage, Account = "acme"u8, Name = "contact_created"u8, MessageId = id, TimeMs = 1_700_000_000_000 + position });
        buffer.Add(PropertyKind.Text, "note"u8, text);
        buffer.End();
    }
}
