using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Silo.Doors;

/// <summary>
/// Appends what comes to this silo to the journal: what waits while one commit is under way is the next one. A door knows no ids, so what is repeated is answered 'accepted', and has no effect where it is applied. Thread-safe.
/// </summary>
/// <param name="journal">Open.</param>
/// <param name="identity">Of the store.</param>
/// <param name="modelIfNew">What an empty partition begins with.</param>
/// <param name="clock">Stamps receipts.</param>
/// <param name="bytesWaitingMax">Bytes of drafts that wait, beyond which nothing more is taken.</param>
public sealed class ClusterDoor(ISharedJournal journal, StoreIdentity identity, ModelWish modelIfNew, TimeProvider clock, long bytesWaitingMax) : IDisposable
{
    /// <summary>Why nothing is done that needs a user's account to be looked up.</summary>
    internal const string NotAMember = "Whether this silo is still part of the cluster is not known, and so not whose account a user is of.";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly DoorWriter?[] writers = new DoorWriter?[identity.Partitions];
    private List<Waiting> waiting = [];
    private long bytesWaiting;
    private bool isRunning;

    private sealed record Waiting(IntakeBatch? Batch, int Partition)
    {
        public TaskCompletionSource<IntakeAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Bytes => Batch?.Records.Length ?? 0;

        /// <summary>By the last <see cref="Write"/>.</summary>
        public bool IsLeftOut { get; set; }

        /// <summary>Accounts were taken from users, or users were found to be of none. (Of users that the request itself has grouped, too: that is seldom, and sending it again costs little.)</summary>
        public bool HasLookedUp()
        {
            if (Batch is null) return false;
            var bytes = Batch.Records.Written;
            foreach (var (offset, _) in Batch.Drafts)
            {
                var record = new Record(bytes[offset..]);
                if (record.Has(RecordFlags.LookedUp) || (record.Account.IsEmpty && !record.User.IsEmpty)) return true;
            }

            return false;
        }
    }

    /// <summary>
    /// What this silo knows of users is what the cluster knows; false: it may have been given up by the others, and not have heard of it. Asked before they are looked up, and once more while the journals' ends are held for what was.
    /// </summary>
    public required Func<bool> IsMember { get; init; }

    /// <summary>Makes a batch durable; its outcomes are set when the answer is <see cref="IntakeStatus.Done"/>. The batch must stay untouched until then.</summary>
    public ValueTask<IntakeAnswer> AppendAsync(IntakeBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Count == 0) return new(IntakeAnswer.Done);
        return new(Post(new Waiting(batch, -1)));
    }

    /// <summary>Appends the ticks that a partition has missed, and its model where it is empty.</summary>
    public Task OpenDayAsync(int partition) => Post(new Waiting(null, partition));

    public void Dispose()
    {
        foreach (var writer in writers) writer?.Dispose();
    }

    private Task<IntakeAnswer> Post(Waiting one)
    {
        lock (gate)
        {
            // One that is alone is always taken, however large: the doors bound a request.
            if (bytesWaiting > 0 && bytesWaiting + one.Bytes > bytesWaitingMax) return Task.FromResult(new IntakeAnswer(IntakeStatus.Overloaded, RetryAfter, "Too much is in flight."));
            bytesWaiting += one.Bytes;
            waiting.Add(one);
            if (isRunning) return one.Answer.Task;
            isRunning = true;
        }

        _ = Task.Run(RunAsync);
        return one.Answer.Task;
    }

    private async Task RunAsync()
    {
        while (true)
        {
            List<Waiting> group;
            lock (gate)
            {
                if (waiting.Count == 0)
                {
                    isRunning = false;
                    return;
                }

                (group, waiting) = (waiting, []);
            }

            try
            {
                var answer = await CommitAsync(group);
                foreach (var one in group) one.Answer.SetResult(one.IsLeftOut ? new IntakeAnswer(IntakeStatus.Unavailable, RetryAfter, NotAMember) : answer);
            }
            catch (Exception error)
            {
                // A mistake of the program, or a damaged journal: told to whom it concerns, and the door goes on.
                foreach (var one in group) one.Answer.TrySetException(error);
            }

            lock (gate) bytesWaiting -= group.Sum(one => one.Bytes);
        }
    }

    private async Task<IntakeAnswer> CommitAsync(List<Waiting> group)
    {
        var partitions = new SortedSet<int>();
        foreach (var one in group)
        {
            if (one.Batch is null) partitions.Add(one.Partition);
            else foreach (var (_, partition) in one.Batch.Drafts) partitions.Add(partition);
        }

        try
        {
            await journal.AppendAsync([.. partitions], ends => Write(group, ends), fence: null, CancellationToken.None);
            return IntakeAnswer.Done;
        }
        catch (JournalException error)
        {
            return new IntakeAnswer(IntakeStatus.Unavailable, RetryAfter, error.Message);
        }
    }

    // May be done again, with other ends.
    private List<Segment> Write(List<Waiting> group, IReadOnlyList<JournalEnd> ends)
    {
        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var end in ends) WriterOf(end.Partition).Begin(new DoorHead(end.Position, end.ReceivedAtMs), nowMs);
        var isMember = IsMember();
        foreach (var one in group)
        {
            one.IsLeftOut = !isMember && one.HasLookedUp();
            if (one.IsLeftOut || one.Batch is not { } batch) continue;
            var bytes = batch.Records.Written;
            var drafts = batch.Drafts;
            var outcomes = batch.Outcomes;
            for (var i = 0; i < drafts.Length; i++) outcomes[i] = WriterOf(drafts[i].Partition).Append(new Record(bytes[drafts[i].Offset..]).Bytes);
        }

        return [.. ends.Select(end => WriterOf(end.Partition).Segment).Where(segment => segment.Count > 0)];
    }

    private DoorWriter WriterOf(int partition) => writers[partition] ??= new DoorWriter(partition, modelIfNew);
}
