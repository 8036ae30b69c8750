using System.Diagnostics;
using Orleans.Providers.Streams.Common;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Silo.Streams;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Sqlite;

namespace RealtimeAdoption.Silo.Tests.Streams;

/// <summary>One partition's queue over a real journal, called as a pulling agent calls it.</summary>
public sealed class PartitionQueueTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("partition-queue-");
    private LocalSharedJournal journal = null!;

    public async ValueTask InitializeAsync()
    {
        journal = new LocalSharedJournal(new SqliteJournal(new StorageOptions { Path = folder.FullName }));
        await journal.OpenAsync(1, default);
    }

    public async ValueTask DisposeAsync()
    {
        await journal.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(9)]
    public async Task A_consumer_that_has_everything_up_to_anywhere_is_given_all_that_follows(long token)
    {
        for (var segment = 0; segment < 3; segment++) await AppendAsync(3);
        var queue = new PartitionQueue(0, journal, new StreamBounds());
        await FromTheBeginning(queue);
        queue.AddToCache(await queue.GetQueueMessagesAsync(64, default));

        // After a handshake the agent passes over what comes first.
        var cursor = Cursor(queue, token);
        Assert.True(cursor.MoveNext());
        var last = token;
        while (cursor.MoveNext())
        {
            var batch = Assert.IsType<JournalBatch>(cursor.GetCurrent(out _));
            Assert.InRange(batch.FirstPosition, 1, last + 1);
            last = batch.LastPosition;
        }

        Assert.Equal(9, last);
    }

    [Fact]
    public async Task What_was_appended_in_a_while_comes_as_one_batch_and_a_read_that_stopped_at_its_bound_is_not_waited_for()
    {
        const int Segments = 400;
        for (var segment = 0; segment < Segments; segment++) await AppendAsync(1);
        var queue = new PartitionQueue(0, journal, new StreamBounds { SegmentsAtOnce = 4, PaceMs = 1_000 });
        await FromTheBeginning(queue);

        var began = Stopwatch.GetTimestamp();
        long last = 0;
        var batches = 0;
        while (last < Segments)
        {
            var read = await queue.GetQueueMessagesAsync(64, default);
            queue.AddToCache(read);
            batches += read.Count;
            last = read.Cast<JournalBatch>().Last().LastPosition;
        }

        Assert.Equal(Segments / 4, batches);
        // At its pace it would take 100 s.
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 50);
    }

    [Fact]
    public async Task Whoever_goes_back_is_not_held_by_the_pace()
    {
        await AppendAsync(5);
        var queue = new PartitionQueue(0, journal, new StreamBounds { PaceMs = 600_000, WaitMs = 600_000 });
        var cursor = Cursor(queue, 0);
        cursor.MoveNext();
        queue.AddToCache(await queue.GetQueueMessagesAsync(64, default));
        await AppendAsync(5);
        var reading = queue.GetQueueMessagesAsync(64, default);

        // Dropped, so that going back to it is a new read.
        while (cursor.MoveNext())
        {
        }

        queue.TryPurgeFromCache(out _);
        Cursor(queue, 2).MoveNext();
        var batch = Assert.IsType<JournalBatch>(Assert.Single(await reading));
        Assert.Equal((1L, 10L), (batch.FirstPosition, batch.LastPosition));
    }

    // A consumer that has nothing: what stands for position 0 is passed over.
    private static async Task FromTheBeginning(PartitionQueue queue)
    {
        await queue.Initialize(TimeSpan.Zero);
        var cursor = Cursor(queue, 0);
        Assert.True(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
    }

    private static PartitionCursor Cursor(PartitionQueue queue, long token) => (PartitionCursor)queue.GetCacheCursor(PartitionStreams.StreamOf(0), new EventSequenceTokenV2(token));

    private async Task AppendAsync(int count) => await journal.AppendAsync([0], ends => [new Segment(0, ends[0].Position + 1, count, StreamCluster.Records(ends[0].Position + 1, count))], null, default);
}
