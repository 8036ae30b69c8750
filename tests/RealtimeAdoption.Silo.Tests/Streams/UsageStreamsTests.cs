namespace RealtimeAdoption.Silo.Tests.Streams;

public sealed class UsageStreamsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task What_any_process_appends_comes_to_its_partition_once_in_order_and_without_a_gap()
    {
        await using var cluster = new StreamCluster();
        await cluster.StartAsync(silos: 3);
        var journals = new[] { await cluster.OpenJournalAsync(), await cluster.OpenJournalAsync(), await cluster.OpenJournalAsync() };
        await Task.WhenAll(journals.Select((journal, index) => Task.Run(async () =>
        {
            var random = new Random(index);
            for (var i = 0; i < 100; i++) await StreamCluster.Append(journal, random.Next(StreamCluster.Partitions), random.Next(1, 20));
        })));

        await cluster.UntilAllIsTaken(journals[0]);

        Assert.Equal(0, cluster.Recording.Gaps);
        foreach (var (_, taken) in cluster.Recording.Taken) Assert.Equal(Enumerable.Range(1, taken.Count).Select(position => (long)position), taken.Select(one => one.Position));
    }

    [Fact]
    public async Task An_append_wakes_its_partition_at_once()
    {
        await using var cluster = new StreamCluster();
        await cluster.StartAsync(silos: 3);
        var journal = await cluster.OpenJournalAsync();
        for (var partition = 0; partition < StreamCluster.Partitions; partition++) await StreamCluster.Append(journal, partition, 1);
        await cluster.UntilAllIsTaken(journal);
        var waits = new List<double>();
        for (var i = 0; i < 40; i++)
        {
            var partition = i % StreamCluster.Partitions;
            await StreamCluster.Append(journal, partition, 1);
            var at = DateTime.UtcNow;
            await cluster.UntilAllIsTaken(journal);
            waits.Add((cluster.Recording.Taken[partition][^1].At - at).TotalMilliseconds);
        }

        waits.Sort();
        output.WriteLine($"From the append's end to the grain: {waits[20]:F1} ms in the middle, {waits[^1]:F1} ms at most.");
        // Far below a second, the time after which a watch looks that heard nothing.
        Assert.InRange(waits[20], double.MinValue, 300);
    }

    [Fact]
    public async Task A_partition_that_begins_again_further_back_is_given_everything_from_there()
    {
        await using var cluster = new StreamCluster();
        await cluster.StartAsync(silos: 2);
        var journal = await cluster.OpenJournalAsync();
        for (var i = 0; i < 50; i++) await StreamCluster.Append(journal, 3, 10);
        await cluster.UntilAllIsTaken(journal);
        foreach (var after in new long[] { 120, 0, 490, 500 })
        {
            cluster.Recording.Taken[3].Clear();
            await cluster.Recorder(3).BeginAgain(after);
            await StreamCluster.Append(journal, 3, 10);
            await cluster.UntilAllIsTaken(journal);
            var end = (await journal.HeadsAsync(default))[3];
            Assert.Equal(Enumerable.Range((int)after + 1, (int)(end - after)).Select(position => (long)position), cluster.Recording.Taken[3].Select(one => one.Position));
        }

        Assert.Equal(0, cluster.Recording.Gaps);
    }

    [Fact]
    public async Task A_slow_partition_misses_nothing_however_little_is_kept_for_it()
    {
        await using var cluster = new StreamCluster();
        (cluster.Bounds.KeptBytesMax, cluster.Bounds.BytesAtOnce, cluster.Bounds.SegmentsAtOnce, cluster.Recording.DelayMs) = (2_000, 2_000, 4, 5);
        await cluster.StartAsync(silos: 1);
        var journal = await cluster.OpenJournalAsync();
        for (var i = 0; i < 100; i++) await StreamCluster.Append(journal, 5, 10);

        await cluster.UntilAllIsTaken(journal);

        Assert.Equal(0, cluster.Recording.Gaps);
        Assert.Equal(Enumerable.Range(1, 1_000).Select(position => (long)position), cluster.Recording.Taken[5].Select(one => one.Position));
    }

    [Fact]
    public async Task Silos_that_come_and_go_under_load_lose_nothing()
    {
        await using var cluster = new StreamCluster();
        await cluster.StartAsync(silos: 3);
        var journal = await cluster.OpenJournalAsync();
        using var stop = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await StreamCluster.Append(journal, i % StreamCluster.Partitions, 3);
                await Task.Delay(2);
            }
        });
        await cluster.Cluster.StopSiloAsync(cluster.Cluster.SecondarySilos[0]);
        await cluster.Cluster.StartAdditionalSiloAsync();
        await cluster.Cluster.KillSiloAsync(cluster.Cluster.SecondarySilos[0]);
        await cluster.Cluster.StartAdditionalSiloAsync();
        await stop.CancelAsync();
        await load;

        await cluster.UntilAllIsTaken(journal);

        foreach (var (_, taken) in cluster.Recording.Taken) Assert.Equal(Enumerable.Range(1, taken.Count).Select(position => (long)position), taken.Select(one => one.Position));
    }
}
