using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.TestKit.Contracts;
using RealtimeAdoption.TestKit.Servers;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Storage.Tests;

public sealed class PostgresSharedJournalTests(PostgresDatabase database) : JournalContract, IClassFixture<PostgresDatabase>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string schema = PostgresDatabase.NewSchema();

    protected override bool Shared => true;

    protected override IJournal Make() => New();

    [Fact]
    public async Task Appends_of_several_processes_follow_on_each_other_in_every_partition()
    {
        const int Partitions = 4, Appends = 60;
        await using var first = await OpenAsync(Partitions);
        await using var second = await OpenAsync(Partitions);
        await using var third = await OpenAsync(Partitions);
        await Task.WhenAll(new[] { first, second, third }.Select((journal, index) => Task.Run(async () =>
        {
            var random = new Random(index);
            for (var i = 0; i < Appends; i++)
            {
                int[] some = [.. Enumerable.Range(0, Partitions).Where(_ => random.Next(3) > 0)];
                await journal.AppendAsync(some, ends => [.. ends.Select(end => new Segment(end.Partition, end.Position + 1, index + 1, Records(end.Position + 1, index + 1)))], null, default);
            }
        })));

        var heads = await first.HeadsAsync(default);
        Assert.All(heads, head => Assert.InRange(head, 1, 6 * Appends));
        for (var partition = 0; partition < Partitions; partition++) await AssertWhole(first, partition, 0, heads[partition]);
    }

    [Fact]
    public async Task Who_appends_is_told_the_receipt_of_what_stands_before()
    {
        await using var first = await OpenAsync(2);
        await using var second = await OpenAsync(2);
        var receipts = new List<long>();
        // The second one's clock is an hour behind.
        for (var i = 0; i < 10; i++)
        {
            var (journal, nowMs) = i % 2 == 0 ? (first, 1_700_000_000_000 + i) : (second, 1_699_996_400_000 + i);
            await journal.AppendAsync([1], ends => [Received(ends[0], Math.Max(nowMs, ends[0].ReceivedAtMs))], null, default);
        }

        await foreach (var segment in first.ReadAsync(1, 0, (await first.HeadsAsync(default))[1], default)) receipts.Add(new Record(segment.Records.Span).ReceivedAtMs);
        Assert.Equal([0L, 0, 2, 2, 4, 4, 6, 6, 8, 8], receipts.Select(receipt => receipt - 1_700_000_000_000));
    }

    [Fact]
    public async Task One_hears_of_what_another_appends()
    {
        await using var first = await OpenAsync(2);
        await using var second = await OpenAsync(2);
        for (var position = 1; position <= 20; position++)
        {
            var heard = second.BeyondAsync(1, position - 1, default);
            Assert.False(heard.IsCompleted);
            await Append(first, 1);
            await heard.WaitAsync(Patience);
            await AssertWhole(second, 1, 0, position);
        }
    }

    [Fact]
    public async Task One_whose_session_the_server_has_ended_hears_again()
    {
        await using var first = await OpenAsync(1);
        await using var second = await OpenAsync(1);
        for (var position = 1; position <= 3; position++)
        {
            var heard = second.BeyondAsync(0, position - 1, default);
            await database.SqlAsync(schema, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() AND query LIKE '%LISTEN%'");
            await Append(first, 0);
            await heard.WaitAsync(Patience);
        }
    }

    [Fact]
    public async Task An_owner_that_another_has_followed_appends_nothing_of_its_own()
    {
        await using var journal = await OpenAsync(2);
        await using var snapshots = new PostgresSnapshots(database.Options(schema));
        await snapshots.OpenAsync(default);
        var before = await snapshots.AcquireAsync(1, default);
        await Append(journal, 1, new AppendFence(1, before));
        var after = await snapshots.AcquireAsync(1, default);

        await Assert.ThrowsAsync<FencedException>(() => Append(journal, 1, new AppendFence(1, before)));
        await Append(journal, 1, new AppendFence(1, after));
        await Append(journal, 1);

        Assert.Equal(new long[] { 0, 3 }, await journal.HeadsAsync(default));
    }

    [Fact]
    public async Task Who_acquires_a_partition_waits_for_an_append_of_its_owner()
    {
        await using var journal = await OpenAsync(1);
        await using var snapshots = new PostgresSnapshots(database.Options(schema));
        await snapshots.OpenAsync(default);
        var epoch = await snapshots.AcquireAsync(0, default);
        await using var watch = await database.OpenSessionAsync();
        using var isIn = new SemaphoreSlim(0);
        using var mayGoOn = new SemaphoreSlim(0);
        var append = Task.Run(async () => await journal.AppendAsync(
            [0],
            ends =>
            {
                isIn.Release();
                mayGoOn.Wait(Patience);
                return [Next(ends[0])];
            },
            new AppendFence(0, epoch),
            default));
        await isIn.WaitAsync(Patience);

        var acquired = snapshots.AcquireAsync(0, default).AsTask();
        await PostgresDatabase.UntilSomeoneAsync(watch, "wait_event_type = 'Lock'");
        Assert.False(acquired.IsCompleted);
        mayGoOn.Release();

        await append;
        Assert.Equal(epoch + 1, await acquired.WaitAsync(Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_append_whose_answer_is_lost_is_there_once(bool serverHangsOn)
    {
        await using var proxy = new TcpProxy(database.Port);
        await using var journal = new PostgresSharedJournal(database.Options(schema, proxy.Port));
        await journal.OpenAsync(2, default);
        await Append(journal, 0);
        for (var i = 0; i < 4; i++)
        {
            var lost = proxy.LoseNextAnswer(serverHangsOn);
            await Append(journal, 0);
            await lost;
        }

        Assert.Equal(new long[] { 5, 0 }, await journal.HeadsAsync(default));
        Assert.Equal("5", await database.SqlAsync(schema, "SELECT count(*) FROM segments"));
        await AssertWhole(journal, 0, 0, 5);
    }

    [Fact]
    public async Task A_process_that_freezes_in_the_midst_of_an_append_holds_the_others_up_for_some_seconds_only()
    {
        await using var frozen = await OpenAsync(1);
        await using var other = await OpenAsync(1);
        using var isIn = new SemaphoreSlim(0);
        using var mayGoOn = new SemaphoreSlim(0);
        var calls = 0;
        var append = Task.Run(async () => await frozen.AppendAsync(
            [0],
            ends =>
            {
                if (calls++ == 0)
                {
                    isIn.Release();
                    mayGoOn.Wait(Patience);
                }

                return [Next(ends[0])];
            },
            null,
            default));
        await isIn.WaitAsync(Patience);

        await Append(other, 0);
        mayGoOn.Release();
        await append;

        Assert.Equal(2, calls);
        Assert.Equal(new long[] { 2 }, await other.HeadsAsync(default));
        await AssertWhole(other, 0, 0, 2);
    }

    [Fact]
    public async Task Those_who_share_a_journal_and_one_that_has_it_alone_keep_each_other_out()
    {
        await using (var shared = await OpenAsync(1))
        {
            await using var refused = new PostgresJournal(database.Options(schema));
            var exception = await Assert.ThrowsAsync<JournalException>(async () => await refused.OpenAsync(1, default));
            Assert.Contains("in use by a cluster", exception.Message, StringComparison.Ordinal);
            await Append(shared, 0);
        }

        await using var alone = new PostgresJournal(database.Options(schema));
        await alone.OpenAsync(1, default);
        await alone.CommitAsync([new Segment(0, 2, 1, Records(2, 1))], default);
        await using (var late = New()) await Assert.ThrowsAsync<JournalException>(async () => await late.OpenAsync(1, default));

        // Its session is gone, it does not know yet, and a cluster has begun.
        await database.SqlAsync(schema, "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() AND application_name LIKE 'realtime-adoption %'");
        await using var after = await OpenAsync(1);
        await Append(after, 0);
        await Assert.ThrowsAsync<JournalException>(async () => await alone.CommitAsync([new Segment(0, 3, 1, Records(3, 1))], default));
        Assert.Equal(new long[] { 3 }, await after.HeadsAsync(default));
        await AssertWhole(after, 0, 0, 3);
    }

    private PostgresSharedJournal New() => new(database.Options(schema));

    private async Task<PostgresSharedJournal> OpenAsync(int partitions)
    {
        var journal = New();
        await journal.OpenAsync(partitions, default);
        return journal;
    }

    private static Segment Next(JournalEnd end) => new(end.Partition, end.Position + 1, 1, Records(end.Position + 1, 1));

    [Fact]
    public async Task Who_goes_on_reads_what_this_process_and_others_have_appended_in_order()
    {
        const int Rounds = 30;
        await using var first = await OpenAsync(2);
        await using var second = await OpenAsync(2);
        for (var i = 0; i < Rounds; i++)
        {
            // Some of its own in a row, then one of another process.
            for (var own = 0; own < (i % 3); own++) await Append(first, 1);
            await Append(second, 1);
        }

        var head = (await first.HeadsAsync(default))[1];
        Assert.Equal(2 * Rounds, head);
        foreach (var after in new long[] { 0, 1, 17, head - 1, head })
        {
            var positions = new List<long>();
            await foreach (var segment in first.ReadOnAsync(1, after, default))
            {
                Assert.Equal(Records(segment.FirstPosition, segment.Count), segment.Records.ToArray());
                positions.Add(segment.FirstPosition);
            }

            Assert.Equal(Enumerable.Range(1, (int)head).Select(position => (long)position).Where(position => position > after), positions);
        }
    }

    [Fact]
    public async Task A_database_that_has_lost_commits_is_noticed()
    {
        await using var journal = await OpenAsync(2);
        for (var i = 0; i < 3; i++) await Append(journal, 1);
        await database.SqlAsync(schema, "UPDATE heads SET position = 1 WHERE partition = 1");

        var appending = await Assert.ThrowsAsync<JournalDamagedException>(() => Append(journal, 1));
        var looking = await Assert.ThrowsAsync<JournalDamagedException>(async () => await journal.HeadsAsync(default));
        Assert.All([appending, looking], error => Assert.Contains("ended at position 3, and now at 1", error.Message, StringComparison.Ordinal));
        await Append(journal, 0);
    }

    private static Segment Received(JournalEnd end, long receivedAtMs)
    {
        var record = Records(end.Position + 1, 1);
        Record.Stamp(record, receivedAtMs, receivedAtMs, RecordFlags.None);
        return new Segment(end.Partition, end.Position + 1, 1, record);
    }

    private static async Task Append(PostgresSharedJournal journal, int partition, AppendFence? fence = null) => await journal.AppendAsync([partition], ends => [Next(ends[0])], fence, default);
}
