using System.Text;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit;
using Record = RealtimeAdoption.Scoring.Records.Record;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Web.Tests.Running;

/// <summary>
/// A host of the real partitions and the real core whose journal is a list in memory, under one lock and without threads of its own: what doors and answers see is exact and
/// immediate, and a test decides when a day opens, when it is ready and when it fails.
/// </summary>
public sealed class PartitionsInMemory : IScoringHost, IDisposable
{
    private readonly Lock gate = new();
    private readonly Partition[] partitions;
    private readonly List<Segment>[] journal;
    private readonly Dictionary<string, string> directory = [];
    private readonly NewsRing news = new();
    private readonly SettableClock clock;
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long version;
    private long events;
    private long? lastReceivedAtMs;

    public PartitionsInMemory(SettableClock clock, int count = 8)
    {
        this.clock = clock;
        Identity = new StoreIdentity(count, 0x5EED);
        Model = new CompiledModel(SampleModel.Definition);
        partitions = [.. Enumerable.Range(0, count).Select(i => new Partition(i, new PartitionOptions(), _ => Model))];
        journal = [.. partitions.Select(_ => new List<Segment>())];
        foreach (var partition in partitions)
        {
            partition.Open(SampleModel.Text, clock.Now.ToUnixTimeMilliseconds());
            Settle(partition);
        }
    }

    public StoreIdentity Identity { get; }

    public CompiledModel Model { get; }

    public string ModelText => SampleModel.Text;

    public ActivationStatus? Activation => null;

    public PreviewStart PreviewModel(string text, IProgress<ModelProgress>? progress, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ActivationStart> ActivateModelAsync(string text, string by, CancellationToken cancellationToken) => throw new NotSupportedException();

    public VerifyStart Verify(IProgress<ModelProgress>? progress, CancellationToken cancellationToken) => throw new NotSupportedException();

    public TimeProvider Clock => clock;

    public HostStatus Status { get; set; } = new(true, "Ready.", 0);

    /// <summary>What every read throws, to see how failures are told.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Accounts that are marked for rebuild stay marked until the first append after this is false.</summary>
    public bool HoldRebuilds { get; set; }

    /// <summary>How many were asked to wait for the fleet to change since it last did.</summary>
    public int Waiting { get; private set; }

    public ValueTask<IntakeAnswer> AppendAsync(IntakeBatch batch, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var now = clock.Now.ToUnixTimeMilliseconds();
            for (var i = 0; i < batch.Count; i++)
            {
                var (offset, partition) = batch.Drafts[i];
                var draft = new Record(batch.Records.Written[offset..]);
                batch.Outcomes[i] = partitions[partition].Append(draft.Bytes, now);
                if (batch.Outcomes[i] == IntakeOutcome.Accepted && draft.Kind == RecordKind.Usage) events++;
            }

            foreach (var partition in partitions) Settle(partition);
            lastReceivedAtMs = now;
            Announce();
        }

        return ValueTask.FromResult(IntakeAnswer.Done);
    }

    /// <summary>Sets the clock and opens the days up to it.</summary>
    public void AdvanceTo(DateTimeOffset now)
    {
        lock (gate)
        {
            clock.Now = now;
            foreach (var partition in partitions)
            {
                partition.CatchUp(now.ToUnixTimeMilliseconds());
                Settle(partition);
            }

            Announce();
        }
    }

    public bool TryFindAccount(ReadOnlySpan<byte> user, out string account)
    {
        lock (gate)
        {
            var found = directory.TryGetValue(Encoding.UTF8.GetString(user), out var known);
            account = known ?? "";
            return found;
        }
    }

    public ValueTask<AccountView?> AccountAsync(string account, bool explain, CancellationToken cancellationToken) =>
        Read(account, partition => partition.View(account, explain));

    public ValueTask<IReadOnlyList<UserView>?> UsersAsync(string account, CancellationToken cancellationToken) =>
        Read(account, partition => partition.Users(account));

    public ValueTask<AccountPage> AccountsAsync(AccountQuery query, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (Failure is not null) throw Failure;
            var order = new AccountOrder(query.Sort);
            var rows = partitions.SelectMany(partition => partition.Rows(query)).Order(order).Take(query.Limit).ToList();
            var next = rows.Count == query.Limit ? order.CursorOf(rows[^1]) : null;
            return ValueTask.FromResult(new AccountPage(rows, next));
        }
    }

    public ValueTask<ScoreMovers> ScoreMoversAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (Failure is not null) throw Failure;
            var movers = new ScoreMovers();
            foreach (var partition in partitions) movers.Add(partition.Movers());
            return ValueTask.FromResult(movers);
        }
    }

    public ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (Failure is not null) throw Failure;
            var counted = new AlertStorms();
            foreach (var partition in partitions) counted.Add(partition.AlertStorms(query));
            IReadOnlyList<AlertStorm> storms = query.GroupStorms ? counted.Over(Model.Definition.Alerts?.StormFrom ?? int.MaxValue) : [];
            var shown = query with { Except = storms.Select(storm => storm.Key).ToHashSet() };
            var rows = partitions.SelectMany(partition => partition.Alerts(shown)).Order(new AlertOrder(query.Sort)).Take(query.Limit).ToList();
            var next = rows.Count == query.Limit ? AlertOrder.CursorOf(rows[^1]) : null;
            return ValueTask.FromResult(new AlertPage(rows, next, storms));
        }
    }

    public ValueTask<IReadOnlyList<StoredChange>?> HistoryAsync(string account, long before, int limit, CancellationToken cancellationToken) =>
        Read(account, partition => partition.Knows(account) ? partition.UnpersistedHistory(account, before, limit) : null);

    public ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken)
    {
        lock (gate) return ValueTask.FromResult(partitions[partition].UnpersistedFeed(after, limit));
    }

    public ValueTask<IReadOnlyList<QuarantinedRecord>> QuarantineAsync(CancellationToken cancellationToken)
    {
        lock (gate) return ValueTask.FromResult<IReadOnlyList<QuarantinedRecord>>([.. partitions.SelectMany(partition => partition.Quarantined)]);
    }

    public ValueTask<bool> ReleaseAsync(int partition, long position, CancellationToken cancellationToken)
    {
        lock (gate) return ValueTask.FromResult(partitions[partition].Release(position, Clock.GetUtcNow().ToUnixTimeMilliseconds()));
    }

    public FleetState ReadFleet()
    {
        lock (gate)
        {
            var counts = new FleetCounts(Model);
            foreach (var partition in partitions) counts.Add(partition.Counts!);
            counts.Events = events;
            return new FleetState(version, counts, [.. partitions.Select(partition => partition.Sequence)], lastReceivedAtMs, Days.ToDate(partitions.Max(partition => partition.Day))) { News = news.Read() };
        }
    }

    public Task FleetChangedAsync(long sinceVersion, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (version != sinceVersion) return Task.CompletedTask;
            Waiting++;
            return changed.Task.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        foreach (var partition in partitions) partition.Dispose();
    }

    private ValueTask<T?> Read<T>(string account, Func<Partition, T?> read)
        where T : class
    {
        lock (gate)
        {
            if (Failure is not null) throw Failure;
            return ValueTask.FromResult(read(partitions[Partitioning.Of(StableHash.Of(account), partitions.Length)]));
        }
    }

    private void Announce()
    {
        version++;
        Waiting = 0;
        changed.TrySetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Does what the partition wants done until it wants nothing more.</summary>
    private void Settle(Partition partition)
    {
        do
        {
            partition.Seal();
            while (partition.TryTake(out var output)) Do(partition, output);
        }
        while (!HoldRebuilds && partition.PendingRebuilds > 0 && partition.BeginRebuild());
    }

    private void Do(Partition partition, Output output)
    {
        switch (output)
        {
            case CommitSegment commit:
                journal[partition.Index].Add(commit.Segment with { Records = commit.Segment.Records.ToArray() });
                partition.Committed(commit.Segment.LastPosition);
                partition.ContinueTick(int.MaxValue);
                break;
            case ReadHistory history:
                foreach (var segment in journal[partition.Index]) history.Pass.Take(segment);
                history.Pass.Compute();
                partition.RebuildReady(history.Pass, clock.Now.ToUnixTimeMilliseconds());
                partition.Seal();
                break;
            case NewsFound found:
                news.Found(found.Change);
                break;
            case DirectoryLearned learned:
                directory[learned.User] = learned.Account;
                break;
            default:
                throw new InvalidOperationException($"Unexpected: {output}");
        }
    }
}
