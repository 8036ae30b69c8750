using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit.Memory;
using RealtimeAdoption.TestKit.Reference;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.TestKit.Drivers;

/// <summary>
/// Runs one partition against an in-memory journal and snapshots, in the caller's thread and on the caller's instants: does at once what the partition
/// wants done, unless told to hold. Instants never go back. Single-threaded.
/// </summary>
public sealed class PartitionDriver : IDisposable
{
    public const ulong IdSeed = 0x5EED;

    private readonly Func<string, CompiledModel> readModel;
    private readonly PartitionOptions options;
    private readonly Queue<Segment> uncommitted = new();
    private readonly RecordBuffer draft = new();
    private readonly List<StoredChange> changes = [];
    private long epoch;

    private bool isOtherProgram;

    // Of the feed of the partition that lives now.
    private long read;
    private HistoryPass? pass;

    /// <param name="model">The model of its journal.</param>
    /// <param name="nowMs">When it opens.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="failFirstCommit">That of the model and the first tick.</param>
    /// <param name="others">By text: models that are activated later.</param>
    public PartitionDriver(
        CompiledModel model, long nowMs, PartitionOptions? options = null, bool failFirstCommit = false, IReadOnlyDictionary<string, CompiledModel>? others = null)
    {
        Compiled = model;
        readModel = text => others is not null && others.TryGetValue(text, out var other) ? other : Compiled;
        this.options = options ?? new PartitionOptions();
        Now(Journal.OpenAsync(1, default));
        NowMs = nowMs;
        if (failFirstCommit) Journal.Failures.Enqueue(false);
        Partition = Recover();
    }

    public MemoryJournal Journal { get; } = new();

    public MemorySnapshots Snapshots { get; } = new();

    /// <summary>The one that lives now; another one after <see cref="Crash"/>.</summary>
    public Partition Partition { get; private set; }

    /// <summary>The model of its journal as the program compiles it; another program after the next <see cref="Crash"/>, whose replay may tell otherwise.</summary>
    public CompiledModel Compiled
    {
        get;
        set
        {
            isOtherProgram |= field is not null && !ReferenceEquals(field, value);
            field = value;
        }
    }

    /// <summary>The last instant it was told.</summary>
    public long NowMs { get; private set; }

    /// <summary>Segments wait for <see cref="Commit"/> instead of being committed with each append.</summary>
    public bool HoldCommits { get; set; }

    /// <summary>A rebuild that was begun waits for <see cref="FinishRebuild"/>.</summary>
    public bool HoldRebuilds { get; set; }

    /// <summary>A tick waits for <see cref="ContinueTick"/> instead of being worked at once.</summary>
    public bool HoldTicks { get; set; }

    /// <summary>Every change in the order of its sequence, from the first on; a replay must report the same ones.</summary>
    public IReadOnlyList<StoredChange> Changes => changes;

    public Dictionary<string, string> Directory { get; } = [];

    public List<AccountFault> Faults { get; } = [];

    public IntakeOutcome Append(Send send) => Append([send], (send ?? throw new ArgumentNullException(nameof(send))).ReceivedAtMs)[0];

    /// <summary>One batch at one instant; the sends' own receipt is not looked at.</summary>
    public IReadOnlyList<IntakeOutcome> Append(IReadOnlyList<Send> sends, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(sends);
        NowMs = Math.Max(NowMs, nowMs);
        var outcomes = new IntakeOutcome[sends.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            draft.Clear();
            SendDraft.Write(draft, sends[i], IdSeed);
            var ahead = default(IdsAhead);
            Partition.Prefetch(new Record(draft.Written), ref ahead);
            ahead.Fetch();
            outcomes[i] = Partition.Append(draft.Written, NowMs);
        }

        Partition.Seal();
        Drain();
        return outcomes;
    }

    /// <summary>The wall clock has come to this instant: missed ticks happen.</summary>
    public void AdvanceTo(long nowMs)
    {
        NowMs = Math.Max(NowMs, nowMs);
        Partition.CatchUp(NowMs);
        Partition.Seal();
        Drain();
    }

    /// <summary>Commits what waits. False: the commit failed, and what waited is dropped or, where it had taken effect, applied.</summary>
    public bool Commit()
    {
        while (uncommitted.TryDequeue(out var segment))
        {
            try
            {
                Now(Journal.CommitAsync([segment], default));
            }
            catch (Engine.Journal.JournalException)
            {
                uncommitted.Clear();
                Partition.CommitFailed(Now(Journal.HeadsAsync(default))[0]);
                FinishTickUnlessHeld();
                Partition.Seal();
                Drain();
                return false;
            }

            Partition.Committed(segment.LastPosition);
            FinishTickUnlessHeld();
        }

        Drain();
        return true;
    }

    /// <summary>Works on a tick that is held. False: none is in work any more.</summary>
    public bool ContinueTick(int stepsMax)
    {
        var isTicking = Partition.ContinueTick(stepsMax);
        Drain();
        return isTicking;
    }

    /// <summary>Rebuilds what is marked, in as many passes as it takes. True: there was something.</summary>
    public bool Rebuild()
    {
        var any = false;
        while (Partition.BeginRebuild())
        {
            any = true;
            Drain();
            if (HoldRebuilds) return true;
            FinishRebuild();
        }

        return any;
    }

    /// <summary>Ends the pass that was held: the swap is appended.</summary>
    public void FinishRebuild()
    {
        var ready = pass ?? throw new InvalidOperationException("No rebuild is held.");
        pass = null;
        Partition.RebuildReady(ready, NowMs);
        Partition.Seal();
        Drain();
    }

    /// <summary>Begins the activation of a model and, unless passes are held, brings it to its end.</summary>
    public void Activate(string text, string by = "")
    {
        Partition.BeginActivation(new ModelWish(text, Partition.Generation + 1, by), NowMs);
        Partition.Seal();
        Drain();
        while (!HoldRebuilds && StepActivation() != ActivationStep.None)
        {
        }
    }

    /// <summary>One step of the activation under way; its pass ends at once unless it is held.</summary>
    public ActivationStep StepActivation()
    {
        var step = Partition.StepActivation(NowMs);
        Partition.Seal();
        Drain();
        if (step == ActivationStep.PassBegun && !HoldRebuilds) FinishRebuild();
        return step;
    }

    /// <summary>What the model would do, from copies of so many accounts at a time.</summary>
    public ModelPreview Preview(string text, int slice = 100)
    {
        var next = readModel(text);
        var tally = new PreviewTally(Partition.Model!, next, 1, int.MaxValue / 2);
        var first = 0;
        do
        {
            var copies = Partition.BeginCopies(first);
            while (!Partition.CopyOn(copies, slice))
            {
            }

            var preview = new PartitionPreview(copies, next, tally);
            while (preview.NextPass() is { } wanted)
            {
                foreach (var segment in Segments(wanted.After, wanted.Until)) wanted.Take(segment);
                wanted.Compute();
                preview.Compare(default);
            }

            tally.Reach(0, copies.Position);
            first += copies.Count;
        }
        while (first < Partition.Accounts);

        return tally.ToPreview();
    }

    /// <summary>False: nothing new, or the store refused it.</summary>
    public bool Checkpoint()
    {
        var before = Snapshots.Checkpoints;
        if (!Partition.BeginCheckpoint(epoch)) return false;
        Drain();
        return Snapshots.Checkpoints > before;
    }

    /// <summary>What is in memory is lost; a new partition recovers from the store and opens at the last instant.</summary>
    /// <param name="fromScratch">The checkpoint is left aside: the whole journal is replayed.</param>
    public void Crash(bool fromScratch = false)
    {
        uncommitted.Clear();
        pass = null;
        // A tick in work keeps its changes to itself until it is done, and a replay does it at once.
        var isTicking = Partition.IsTicking;
        Partition.Dispose();
        Partition = Recover(fromScratch, isTicking);
    }

    public AccountView? View(string account, bool explain = true) => Partition.View(account, explain);

    public FleetCounts Counts => Partition.Counts!;

    public void Dispose()
    {
        Partition.Dispose();
        draft.Dispose();
    }

    private void FinishTickUnlessHeld()
    {
        while (!HoldTicks && Partition.ContinueTick(int.MaxValue))
        {
        }
    }

    private Partition Recover(bool fromScratch = false, bool mayReportMore = false)
    {
        var partition = new Partition(0, options, readModel);
        epoch = Now(Snapshots.AcquireAsync(0, default));
        var loaded = fromScratch ? null : Now(Snapshots.LoadAsync(0, partition, default));
        if (loaded is not null) partition.Restore(loaded);
        Partition = partition;
        read = 0;
        var known = changes.Count;
        Drain();
        foreach (var segment in Segments(partition.Applied, long.MaxValue)) Replay(segment);
        if (changes.Count != known && !mayReportMore && !isOtherProgram) throw new InvalidOperationException("The replay reports changes that were not reported before.");
        partition.Open("model", NowMs);
        partition.Seal();
        Drain();
        return partition;
    }

    private void Replay(Segment segment)
    {
        var isDone = Partition.Replay(segment);
        Drain();
        while (!isDone)
        {
            isDone = Partition.ReplayOn(pass ?? throw new InvalidOperationException("The replay waits for no history."));
            pass = null;
            Drain();
        }
    }

    private void Drain()
    {
        // Before a checkpoint takes them out of its memory.
        foreach (var change in Partition.UnpersistedFeed(read, int.MaxValue)) Take(change);
        while (Partition.TryTake(out var output)) Do(output);
    }

    private void Do(Output output)
    {
        switch (output)
        {
            case CommitSegment commit:
                uncommitted.Enqueue(commit.Segment);
                if (!HoldCommits) Commit();
                break;
            case ReadHistory read:
                pass = read.Pass;
                foreach (var segment in Segments(pass.After, pass.Until)) pass.Take(segment);
                pass.Compute();
                break;
            case Persist persist:
                Persist(persist.Checkpoint);
                break;
            case NewsFound:
                break;
            case DirectoryLearned learned:
                Directory[learned.User] = learned.Account;
                break;
            case AccountFailed failed:
                Faults.Add(failed.Fault);
                break;
            case RecordQuarantined:
                break;
            default:
                throw new InvalidOperationException($"{output} is not known.");
        }
    }

    private void Persist(Checkpoint checkpoint)
    {
        try
        {
            Now(Snapshots.PersistAsync(checkpoint, default));
            Partition.Persisted(checkpoint.Position);
        }
        catch (IOException)
        {
            Partition.PersistFailed(checkpoint.Position);
        }
    }

    // A replay reports the changes of the tail again: they must be the same, to the last field.
    private void Take(StoredChange change)
    {
        read = change.Sequence;
        if (change.Sequence == changes.Count + 1)
        {
            changes.Add(change);
            return;
        }

        var known = changes[(int)change.Sequence - 1];
        if (!isOtherProgram && Text(known) != Text(change)) throw new InvalidOperationException($"Change {change.Sequence} was {Text(known)}; now it is {Text(change)}.");
    }

    /// <summary>Every field of a change, for comparison.</summary>
    public static string Text(StoredChange change) => System.Text.Json.JsonSerializer.Serialize(change.Change) + change.AccountHash;

    private Segment[] Segments(long after, long through)
    {
        var reader = Journal.ReadAsync(0, after, through, default);
        return [.. reader.ToBlockingEnumerable()];
    }

    private static void Now(ValueTask task) => task.AsTask().GetAwaiter().GetResult();

    private static T Now<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();
}
