using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.TestKit.Contracts;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Storage.Tests;

public sealed class LocalSharedJournalTests : JournalContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    protected override IJournal Make() => New();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Many_that_append_at_once_follow_on_each_other()
    {
        const int Appends = 40, Common = 2;
        await using var journal = New();
        await journal.OpenAsync(4, default);
        var heard = journal.BeyondAsync(Common, 0, default);
        await Task.WhenAll(new[] { 0, 1, 3 }.Select(own => Task.Run(async () =>
        {
            for (var i = 0; i < Appends; i++) await journal.AppendAsync([Common, own], ends => [.. ends.Select(end => Next(end, 0))], null, default);
        })));

        await heard;
        Assert.Equal(new long[] { Appends, Appends, 3 * Appends, Appends }, await journal.HeadsAsync(default));
        Assert.Equal(3 * Appends, journal.KnownEnd(Common));
        await AssertWhole(journal, Common, 0, 3 * Appends);
    }

    [Fact]
    public async Task Who_appends_is_told_the_receipt_of_what_stands_before_also_after_a_start()
    {
        for (var start = 0; start < 3; start++)
        {
            await using var journal = New();
            await journal.OpenAsync(2, default);
            for (var i = 0; i < 3; i++)
            {
                var before = (start * 3) + i;
                await journal.AppendAsync(
                    [1],
                    ends =>
                    {
                        Assert.Equal(new JournalEnd(1, before, before * 1_000L), Assert.Single(ends));
                        return [Next(ends[0], (before + 1) * 1_000L)];
                    },
                    null,
                    default);
            }
        }
    }

    [Fact]
    public async Task An_owner_that_another_has_followed_appends_nothing_of_its_own()
    {
        await using var journal = New();
        await journal.OpenAsync(2, default);
        await using var snapshots = new LocalSnapshots(new SqliteSnapshots(folder.Options), journal);
        await snapshots.OpenAsync(default);
        var before = await snapshots.AcquireAsync(1, default);
        await Append(journal, new AppendFence(1, before));
        var after = await snapshots.AcquireAsync(1, default);

        await Assert.ThrowsAsync<FencedException>(() => Append(journal, new AppendFence(1, before)));
        await Append(journal, new AppendFence(1, after));
        await Append(journal, null);

        Assert.Equal(new long[] { 0, 3 }, await journal.HeadsAsync(default));
    }

    [Fact]
    public async Task A_head_that_is_told_while_a_commit_ends_can_be_read_up_to()
    {
        var slow = new SlowJournal(new SqliteJournal(folder.Options));
        await using var journal = new LocalSharedJournal(slow);
        await journal.OpenAsync(2, default);
        slow.Hold();
        var asked = journal.HeadsAsync(default).AsTask();
        var append = journal.AppendAsync([1], ends => [Next(ends[0], 0)], null, default).AsTask();
        await slow.Committed;
        slow.LetHeadsGo();
        // What is asked for before the commit may be answered while it lasts; what is asked for now waits for it.
        await AssertWhole(journal, 1, 0, (await asked)[1]);
        var later = journal.HeadsAsync(default).AsTask();
        slow.LetCommitGo();
        await append;
        Assert.Equal(1, (await later)[1]);
        await AssertWhole(journal, 1, 0, 1);
    }

    private static async Task Append(LocalSharedJournal journal, AppendFence? fence) => await journal.AppendAsync([1], ends => [Next(ends[0], 1)], fence, default);

    private static Segment Next(JournalEnd end, long receivedAtMs)
    {
        var record = Records(end.Position + 1, 1);
        if (receivedAtMs > 0) Record.Stamp(record, receivedAtMs, receivedAtMs, RecordFlags.None);
        return new(end.Partition, end.Position + 1, 1, record);
    }

    private LocalSharedJournal New() => new(new SqliteJournal(folder.Options));

    /// <summary>Answers where its partitions end, and that a commit is durable, only when it is let.</summary>
    private sealed class SlowJournal(IJournal inner) : IJournal
    {
        private readonly TaskCompletionSource committed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource heads = Gone();
        private TaskCompletionSource commit = Gone();

        /// <summary>The commit is durable, and has not been answered.</summary>
        public Task Committed => committed.Task;

        public void Hold() => (heads, commit) = (new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously));

        public void LetHeadsGo() => heads.SetResult();

        public void LetCommitGo() => commit.SetResult();

        public ValueTask<StoreIdentity> OpenAsync(int partitionsIfNew, CancellationToken cancellationToken) => inner.OpenAsync(partitionsIfNew, cancellationToken);

        public async ValueTask<long[]> HeadsAsync(CancellationToken cancellationToken)
        {
            await heads.Task;
            return await inner.HeadsAsync(cancellationToken);
        }

        public async ValueTask CommitAsync(IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
        {
            await inner.CommitAsync(segments, cancellationToken);
            committed.TrySetResult();
            await commit.Task;
        }

        public IAsyncEnumerable<Segment> ReadAsync(int partition, long after, long through, CancellationToken cancellationToken) => inner.ReadAsync(partition, after, through, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private static TaskCompletionSource Gone()
        {
            var gone = new TaskCompletionSource();
            gone.SetResult();
            return gone;
        }
    }
}
