using System.Buffers;
using System.Globalization;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Verification;

/// <summary>
/// A verification: partition after partition a second object is made from the journal alone, brought to the very position at which accounts of the first one were copied, and the two compared, with
/// the changes that both have told; then every row of the partition's checkpoint is read. Memory by one partition. Runs on any thread, and waits for the owners in it. Once.
/// </summary>
/// <param name="journal">Read from.</param>
/// <param name="snapshots">Whose rows are read.</param>
/// <param name="store">Tells the store whose journal it is.</param>
/// <param name="options">Of each partition.</param>
/// <param name="readModel">From a model file's text to its compiled form.</param>
/// <param name="live">What is verified.</param>
/// <param name="heads">How many records each partition has.</param>
/// <param name="progress">Null: nobody looks.</param>
public sealed class VerifyRun(
    IJournal journal, ISnapshots snapshots, ulong store, PartitionOptions options, Func<string, CompiledModel> readModel, VerifyRun.Live live, long[] heads, IProgress<ModelProgress>? progress)
{
    // About a millisecond of a lane.
    private const int SliceAccounts = 500;
    private const int ReportMs = 100;
    private const int TickPauseMs = 5;

    // So often what the replica would store is compared and dropped.
    private const int RecordsBetweenCompares = 50_000;
    private const int ChangesAtOnce = 1_000;

    private readonly VerifyTally tally = new(heads.Length);
    private readonly long[] sequences = new long[heads.Length];
    private readonly ArrayBufferWriter<byte> bytes = new();
    private long reportedMs;
    private int partition;
    private bool isFeedDamaged;

    /// <summary>What is verified: asks a partition, in its owner's thread where it has one, and reads its feed, from memory and store.</summary>
    public sealed record Live(PreviewRun.Ask Ask, Func<int, long, int, Task<IReadOnlyList<StoredChange>>> Feed);

    /// <summary>All partitions.</summary>
    public async Task<VerifyReport> RunAsync(CancellationToken cancellationToken)
    {
        for (var index = 0; index < heads.Length; index++) await RunAsync(index, cancellationToken);
        return tally.ToReport();
    }

    /// <summary>One partition. What was found so far.</summary>
    public async Task<VerifyReport> RunAsync(int index, CancellationToken cancellationToken)
    {
        partition = index;
        isFeedDamaged = false;
        await CompareAsync(cancellationToken);
        await ReadCheckpointAsync(cancellationToken);
        Report(0);
        return tally.ToReport();
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var replica = new Partition(partition, options, readModel, Room(cancellationToken)) { Store = store };
            await CompareAsync(replica, cancellationToken);
        }
        catch (JournalDamagedException damaged)
        {
            tally.AddDamage(partition, damaged.Message);
        }
        catch (InvalidDataException broken)
        {
            // Whole by its sums, and yet no journal that a partition can have written.
            tally.AddDamage(partition, $"The journal of partition {partition} cannot be applied: {broken.Message}");
        }
    }

    private async Task CompareAsync(Partition replica, CancellationToken cancellationToken)
    {
        await ReplayAsync(replica, heads[partition], cancellationToken);
        if (replica.Model is null) return;
        var first = 0;
        AccountCopies copies;
        do
        {
            copies = Copy(first, cancellationToken);
            await ReplayAsync(replica, copies.Position, cancellationToken);
            var verification = new PartitionVerification(copies, replica, tally);
            verification.Compare(cancellationToken);
            while (verification.NextPass() is { } pass)
            {
                await journal.ReadHistoryAsync(pass, cancellationToken);
                pass.Compute();
                verification.CompareRebuilt(cancellationToken);
            }

            first += copies.Count;
        }
        while (copies.Count > 0 && first < replica.Accounts);
        CompareFigures(replica, copies.Position, first);
    }

    // What doors of a cluster have appended is judged in each replay. To be asked, a stopped partition is recovered, which finds a journal's damage too.
    private IdRoom Room(CancellationToken cancellationToken)
    {
        var isNeeded = false;
        live.Ask(partition, machine => isNeeded = machine.HasDoorRecords).Wait(cancellationToken);
        return isNeeded ? new IdRoom(IdRoom.DefaultBytes, new MemoryScratch()) : IdRoom.Nowhere;
    }

    private async Task ReplayAsync(Partition replica, long through, CancellationToken cancellationToken)
    {
        await foreach (var segment in journal.ReadAsync(partition, replica.Applied, through, cancellationToken))
        {
            await journal.ReplayAsync(replica, segment, () => Drain(replica), cancellationToken);
            tally.Segments++;
            tally.Records += segment.Count;
            if (replica.Unpersisted >= RecordsBetweenCompares) await CompareChangesAsync(replica, cancellationToken);
            Report(ReportMs);
        }

        if (replica.Applied != through) throw new InvalidDataException($"it ends at {replica.Applied}, not at {through}.");
        await CompareChangesAsync(replica, cancellationToken);
    }

    private static HistoryPass? Drain(Partition replica)
    {
        HistoryPass? pass = null;
        while (replica.TryTake(out var output))
        {
            // What is only told was told when it happened.
            if (output is ReadHistory read) pass = read.Pass;
            else if (output is CommitSegment or Persist) throw new InvalidOperationException($"A replay gives {output.GetType().Name}.");
        }

        return pass;
    }

    // All of one position, and no tick half worked.
    private AccountCopies Copy(int first, CancellationToken cancellationToken)
    {
        AccountCopies? copies = null;
        var (isDone, isTicking) = (false, false);
        while (!isDone)
        {
            cancellationToken.ThrowIfCancellationRequested();
            live.Ask(partition, machine =>
            {
                isTicking = machine.IsTicking;
                if (isTicking) return;
                copies ??= machine.BeginCopies(first);
                isDone = machine.CopyOn(copies, SliceAccounts);
                sequences[partition] = machine.Sequence;
            }).Wait(cancellationToken);
            if (isTicking) Thread.Sleep(TickPauseMs);
        }

        return copies!;
    }

    // What the replica would store is compared and forgotten: the whole history's changes would not fit.
    private async Task CompareChangesAsync(Partition replica, CancellationToken cancellationToken)
    {
        if (!replica.BeginCheckpoint(0)) return;
        Persist? persist = null;
        while (replica.TryTake(out var output)) persist = output as Persist ?? persist;
        var expected = persist!.Checkpoint.Changes;
        for (var at = 0; at < expected.Count && !isFeedDamaged;) at += await CompareChangesAsync(replica.Applied, expected, at, cancellationToken);
        replica.Persisted(replica.Applied);
    }

    private async Task<int> CompareChangesAsync(long position, IReadOnlyList<WrittenChange> expected, int at, CancellationToken cancellationToken)
    {
        var count = Math.Min(ChangesAtOnce, expected.Count - at);
        IReadOnlyList<StoredChange> told;
        try
        {
            told = await FeedAsync(expected[at].Sequence, count, cancellationToken);
        }
        catch (SnapshotDamagedException damaged)
        {
            isFeedDamaged = true;
            tally.AddDamage(partition, damaged.Message);
            return count;
        }

        for (var i = 0; i < told.Count; i++)
        {
            if (told[i].Sequence == expected[at + i].Sequence && told[i].AccountHash == expected[at + i].AccountHash && IsSame(told[i].Change, expected[at + i])) continue;
            AddChange(position, expected[at + i], told[i].Sequence == expected[at + i].Sequence ? Text(told[i].Change) : "absent");
            // What follows stands one place on.
            if (told[i].Sequence != expected[at + i].Sequence) return i + 1;
        }

        if (told.Count == 0) AddChange(position, expected[at], "absent");
        tally.Changes += told.Count;
        return Math.Max(1, told.Count);
    }

    // Those of a tick in work have no numbers yet.
    private async Task<IReadOnlyList<StoredChange>> FeedAsync(long from, int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            var told = await live.Feed(partition, from - 1, count);
            var isTicking = false;
            if (told.Count == 0) live.Ask(partition, machine => isTicking = machine.IsTicking).Wait(cancellationToken);
            if (!isTicking) return told;
            Thread.Sleep(TickPauseMs);
        }
    }

    private bool IsSame(Change told, in WrittenChange expected)
    {
        bytes.ResetWrittenCount();
        ChangeBytes.Write(bytes, told);
        return bytes.WrittenSpan.SequenceEqual(expected.Bytes.Span);
    }

    private void AddChange(long position, in WrittenChange expected, string told)
    {
        var change = expected.Read().Change;
        tally.Add(new AccountDifference(
            partition, change.Account, position, string.Create(CultureInfo.InvariantCulture, $"changes[{expected.Sequence}]"), told, Text(change), VerifiedBy.Replay));
    }

    private static string Text(Change change) => string.Create(CultureInfo.InvariantCulture, $"{change.Type} of {change.Account} on {change.Day:yyyy-MM-dd} at {change.Position}: {change.Product ?? change.Field} {change.From} > {change.To}");

    private void CompareFigures(Partition replica, long position, int accounts)
    {
        if (replica.Accounts != accounts) Add("accounts", accounts, replica.Accounts);
        if (replica.Sequence != sequences[partition]) Add("changes", sequences[partition], replica.Sequence);

        void Add(string field, long one, long other) => tally.Add(new AccountDifference(
            partition, "", position, field, one.ToString(CultureInfo.InvariantCulture), other.ToString(CultureInfo.InvariantCulture), VerifiedBy.Replay));
    }

    private async Task ReadCheckpointAsync(CancellationToken cancellationToken)
    {
        try
        {
            await snapshots.LoadAsync(partition, Unkept.Instance, cancellationToken);
        }
        catch (SnapshotDamagedException damaged)
        {
            tally.AddDamage(partition, damaged.Message);
        }
    }

    private void Report(int notBeforeMs)
    {
        var now = Environment.TickCount64;
        if (progress is null || now - reportedMs < notBeforeMs) return;
        reportedMs = now;
        progress.Report(new ModelProgress(Math.Min(partition + (notBeforeMs == 0 ? 1 : 0), heads.Length), heads.Length, tally.Records, Math.Max(tally.Records, heads.Sum())));
    }
}
