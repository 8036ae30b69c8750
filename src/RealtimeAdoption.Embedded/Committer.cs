using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;

namespace RealtimeAdoption.Embedded;

/// <summary>
/// One thread between the lanes and the journal: merges every waiting group into one commit, so that one fsync serves all that came while the last one
/// ran. After a failed commit nothing is known: it reads the journal's heads again, for as long as it takes, and tells the lanes.
/// </summary>
internal sealed class Committer : IDisposable
{
    private const int RetryMsMax = 2_000;

    private readonly IJournal journal;
    private readonly ILogger logger;
    private readonly Action<string?> tellAvailability;
    private readonly Action<string> fail;
    private readonly Lock gate = new();
    private readonly AutoResetEvent arrived = new(false);
    private readonly Thread thread;
    private readonly CancellationTokenSource stop = new();
    private List<CommitGroup> waiting = [];
    private int[] generations = [];
    private IReadOnlyList<Lane> lanes = [];

    // Of commits, one after the other.
    private int failures;

    /// <param name="journal">Commits go here.</param>
    /// <param name="logger">Failures of the store.</param>
    /// <param name="tellAvailability">Called with the reason while the store is not to be trusted, with null when it is again.</param>
    /// <param name="fail">Called with the reason when another process has the journal: this one writes nothing more.</param>
    public Committer(IJournal journal, ILogger logger, Action<string?> tellAvailability, Action<string> fail)
    {
        this.journal = journal;
        this.logger = logger;
        this.tellAvailability = tellAvailability;
        this.fail = fail;
        thread = new Thread(Run) { Name = "committer", IsBackground = true };
    }

    public void Start(IReadOnlyList<Lane> allLanes)
    {
        lanes = allLanes;
        generations = new int[allLanes.Count];
        thread.Start();
    }

    public void Post(CommitGroup group)
    {
        lock (gate) waiting.Add(group);
        arrived.Set();
    }

    public void Dispose()
    {
        stop.Cancel();
        arrived.Set();
        if (thread.IsAlive) thread.Join();
        stop.Dispose();
        arrived.Dispose();
    }

    private void Run()
    {
        var taken = new List<CommitGroup>();
        var segments = new List<Segment>();
        while (!stop.IsCancellationRequested)
        {
            lock (gate) (waiting, taken) = (taken, waiting);
            if (taken.Count == 0)
            {
                arrived.WaitOne();
                continue;
            }

            taken.RemoveAll(group => group.Generation != generations[group.Lane.Index]);
            foreach (var group in taken) segments.AddRange(group.Segments);
            if (TryCommit(segments))
            {
                foreach (var group in taken) group.Lane.Post(new GroupCommitted(group));
            }

            taken.Clear();
            segments.Clear();
        }
    }

    private bool TryCommit(List<Segment> segments)
    {
        if (segments.Count == 0) return true;
        try
        {
            journal.CommitAsync(segments, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            failures = 0;
            return true;
        }
        catch (Exception error)
        {
            Recover(error);
            return false;
        }
    }

    private void Recover(Exception error)
    {
        logger.LogError(error, "A commit failed. Nothing is accepted until the journal can be read again.");
        var reason = $"The journal could not be written: {error.Message}";
        tellAvailability(reason);
        foreach (var lane in lanes) lane.Post(new JournalUnknown(reason));
        // What is queued, or still comes from before the lanes have heard of it, does not follow on any more.
        for (var lane = 0; lane < generations.Length; lane++) generations[lane]++;
        // A full disk can be read: without a pause every batch would be let in, fail and write to the log.
        if (failures++ > 0) stop.Token.WaitHandle.WaitOne(Math.Min(25 << Math.Min(failures, 8), RetryMsMax));
        for (var waitMs = 50; !stop.IsCancellationRequested; waitMs = Math.Min(waitMs * 2, RetryMsMax))
        {
            try
            {
                var heads = journal.HeadsAsync(stop.Token).AsTask().GetAwaiter().GetResult();
                foreach (var lane in lanes) lane.Post(new JournalKnown(heads));
                tellAvailability(null);
                logger.LogInformation("The journal can be read again.");
                return;
            }
            catch (FencedException taken)
            {
                logger.LogCritical(taken, "Another process has taken the journal over.");
                fail(taken.Message);
                return;
            }
            catch (Exception again)
            {
                logger.LogWarning(again, "The journal's heads cannot be read; next attempt in {WaitMs} ms.", waitMs);
                stop.Token.WaitHandle.WaitOne(waitMs);
            }
        }
    }
}
