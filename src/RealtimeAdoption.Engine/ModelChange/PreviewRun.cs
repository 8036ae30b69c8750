using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.ModelChange;

/// <summary>
/// A preview, on a thread of its own: partition after partition it has accounts copied, some hundred in a turn of their owner, reads the history for them and compares. Memory by what one pass over
/// the history holds, and the moves that are found. Once.
/// </summary>
/// <param name="journal">Read from.</param>
/// <param name="next">The other model.</param>
/// <param name="tally">Takes what is found.</param>
/// <param name="ask">Asks a partition in its owner's thread.</param>
/// <param name="heads">How many records each partition has.</param>
/// <param name="progress">Null: nobody looks.</param>
public sealed class PreviewRun(
    IJournal journal, CompiledModel next, PreviewTally tally, PreviewRun.Ask ask, long[] heads, IProgress<ModelProgress>? progress)
{
    // About a millisecond.
    private const int SliceAccounts = 500;
    private const int ReportMs = 100;

    private long read;
    private long inAll = heads.Sum();
    private long reportedMs;
    private int partition;

    /// <summary>Answered in the thread of the partition's owner.</summary>
    public delegate Task Ask(int partition, Action<Partition> question);

    /// <summary>All partitions.</summary>
    public ModelPreview Run(CancellationToken cancellationToken)
    {
        for (var index = 0; index < heads.Length; index++) Run(index, cancellationToken);
        return tally.ToPreview();
    }

    /// <summary>One partition, into the tally.</summary>
    /// <exception cref="OperationCanceledException">It changes its model, or is to end.</exception>
    public void Run(int index, CancellationToken cancellationToken)
    {
        partition = index;
        var passes = 0;
        for (var first = 0; Copy(first, cancellationToken) is { } copies; first += copies.Count)
        {
            tally.Reach(partition, copies.Position);
            if (copies.Count == 0) break;
            var preview = new PartitionPreview(copies, next, tally);
            while (preview.NextPass() is { } pass)
            {
                if (passes++ > 0) inAll += pass.Until - pass.After;
                ReadAsync(pass, cancellationToken).GetAwaiter().GetResult();
                pass.Compute();
                preview.Compare(cancellationToken);
            }
        }

        Report(0);
    }

    // Null: there are no more. One that came into being during the preview may be left out: its records are all later ones.
    private AccountCopies? Copy(int first, CancellationToken cancellationToken)
    {
        AccountCopies? copies = null;
        var isDone = false;
        while (!isDone)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ask(partition, machine =>
            {
                if (copies is null && first > 0 && first >= machine.Accounts)
                {
                    isDone = true;
                    return;
                }

                copies ??= machine.BeginCopies(first);
                isDone = machine.CopyOn(copies, SliceAccounts);
            }).Wait(cancellationToken);
        }

        return copies;
    }

    private async Task ReadAsync(HistoryPass pass, CancellationToken cancellationToken)
    {
        var before = read;
        await foreach (var segment in journal.ReadAsync(pass.Partition, pass.After, pass.Until, cancellationToken))
        {
            pass.Take(segment);
            read = before + (pass.Taken - pass.After);
            Report(ReportMs);
        }
    }

    private void Report(int notBeforeMs)
    {
        var now = Environment.TickCount64;
        if (progress is null || now - reportedMs < notBeforeMs) return;
        reportedMs = now;
        progress.Report(new ModelProgress(Math.Min(partition + (notBeforeMs == 0 ? 1 : 0), heads.Length), heads.Length, read, Math.Max(read, inAll)));
    }
}
