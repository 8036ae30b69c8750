using RealtimeAdoption.Engine.Partitions;

namespace RealtimeAdoption.Engine.Journal;

/// <summary>How every host feeds a partition from its journal.</summary>
public static class JournalReading
{
    /// <summary>Applies one segment again, with the histories that it asks for.</summary>
    /// <param name="journal">Has the histories.</param>
    /// <param name="partition">Not open.</param>
    /// <param name="segment">Follows on.</param>
    /// <param name="drain">Takes what the partition puts out; gives the pass that it asks for.</param>
    /// <param name="cancellationToken">The partition is of no more use then.</param>
    public static async Task ReplayAsync(this IJournal journal, Partition partition, Segment segment, Func<HistoryPass?> drain, CancellationToken cancellationToken)
    {
        var isDone = partition.Replay(segment);
        while (!isDone)
        {
            var pass = drain() ?? throw new InvalidOperationException($"Partition {partition.Index} waits for no history.");
            await journal.ReadHistoryAsync(pass, cancellationToken);
            pass.Compute();
            isDone = partition.ReplayOn(pass);
        }

        drain();
    }

    /// <summary>Feeds a pass all the history it asks for.</summary>
    public static async Task ReadHistoryAsync(this IJournal journal, HistoryPass pass, CancellationToken cancellationToken)
    {
        await foreach (var segment in journal.ReadAsync(pass.Partition, pass.After, pass.Until, cancellationToken)) pass.Take(segment);
    }
}
