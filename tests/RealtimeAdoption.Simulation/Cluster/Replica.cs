using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using Record = RealtimeAdoption.Scoring.Records.Record;
using Segment = RealtimeAdoption.Engine.Journal.Segment;

namespace RealtimeAdoption.Simulation.Cluster;

/// <summary>What a replay of a partition's journal gives, with every account at hand and record by record: what any owner must have at the same position.</summary>
internal sealed class Replica(SharedJournal journal, int index, PartitionOptions options, Func<string, CompiledModel> readModel) : IDisposable
{
    private readonly Dictionary<long, string> news = [];

    public Partition Partition { get; } = new(index, options, readModel) { Store = ClusterWorld.Store };

    /// <summary>Records that were judged to have no effect.</summary>
    public HashSet<long> Voids { get; } = [];

    public string? News(long sequence) => news.GetValueOrDefault(sequence);

    public void AdvanceTo(long position)
    {
        while (Partition.Applied < position)
        {
            var (historic, next) = (Partition.Historic, Partition.Applied + 1);
            var segment = journal.Cut(index, next, 1);
            var isDone = Partition.Replay(segment);
            while (!isDone) isDone = Partition.ReplayOn(Computed());
            Drain();
            if (new Record(segment.Records.Span) is var record && record.IdHash != 0 && Partition.LeavesOut(next) && Partition.Historic == historic) Voids.Add(next);
        }
    }

    public void Dispose() => Partition.Dispose();

    private HistoryPass Computed()
    {
        var pass = Drain() ?? throw new InvalidOperationException("The replay waits, and reads nothing.");
        foreach (var segment in journal.Read(index, pass.After, pass.Until)) pass.Take(segment);
        pass.Compute();
        return pass;
    }

    private HistoryPass? Drain()
    {
        HistoryPass? pass = null;
        while (Partition.TryTake(out var output))
        {
            if (output is ReadHistory read) pass = read.Pass;
            if (output is NewsFound found) news[found.Change.Sequence] = ClusterWorld.Text(found.Change);
        }

        return pass;
    }
}
