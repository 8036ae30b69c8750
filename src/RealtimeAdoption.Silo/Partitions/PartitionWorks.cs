using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Silo.Answers;

namespace RealtimeAdoption.Silo.Partitions;

/// <summary>Previews and verifications of one partition, beside its owner, whom they ask in its turns. Called in those turns alone.</summary>
/// <param name="house">Of the silo.</param>
/// <param name="index">Of the partition.</param>
/// <param name="owner">Started.</param>
/// <param name="turns">Of the owner.</param>
internal sealed class PartitionWorks(SiloHouse house, int index, PartitionOwner owner, TaskScheduler turns)
{
    private readonly Dictionary<Guid, Work> works = [];

    private sealed class Work : IProgress<ModelProgress>
    {
        private long records;

        public CancellationTokenSource Cancel { get; } = new();

        public Task<byte[]> Done { get; set; } = Task.FromResult<byte[]>([]);

        public long Records => Interlocked.Read(ref records);

        public void Report(ModelProgress value) => Interlocked.Exchange(ref records, value.Records);
    }

    public PartitionWork Preview(Guid run, string text, int movesMax) => StateOf(run, work => Preview(work, text, movesMax));

    public PartitionWork Verify(Guid run) => StateOf(run, Verify);

    public void End(Guid run)
    {
        if (works.Remove(run, out var work)) work.Cancel.Cancel();
    }

    public void EndAll()
    {
        foreach (var run in works.Keys.ToList()) End(run);
    }

    private PartitionWork StateOf(Guid run, Func<Work, byte[]> begin)
    {
        if (!works.TryGetValue(run, out var work))
        {
            works.Add(run, work = new Work());
            work.Done = Task.Factory.StartNew(() => RunBelow(begin, work), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        if (!work.Done.IsCompleted) return new PartitionWork(work.Records, null, null, false);
        if (work.Done.IsCompletedSuccessfully) return new PartitionWork(work.Records, work.Done.Result, null, false);
        var error = work.Done.Exception?.GetBaseException();
        return new PartitionWork(work.Records, null, error?.Message, work.Done.IsCanceled || error is OperationCanceledException);
    }

    private static byte[] RunBelow(Func<Work, byte[]> begin, Work work)
    {
        Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        return begin(work);
    }

    private byte[] Preview(Work work, string text, int movesMax)
    {
        var next = house.ReadModel(text);
        var heads = Heads(out var machine);
        var tally = new PreviewTally(machine, next, heads.Length, movesMax);
        new PreviewRun(house.Journal, next, tally, Ask, heads, work).Run(index, work.Cancel.Token);
        return PageForm.Write(tally.ToPreview());
    }

    private byte[] Verify(Work work)
    {
        var live = new VerifyRun.Live(Ask, FeedAsync);
        var run = new VerifyRun(house.Journal, house.Snapshots, house.Store, house.Partition, house.ModelOf, live, Heads(out _), work);
        return PageForm.Write(run.RunAsync(index, work.Cancel.Token).GetAwaiter().GetResult());
    }

    // The others have none.
    private long[] Heads(out Scoring.Models.CompiledModel model)
    {
        var heads = new long[house.Identity.Partitions];
        (heads[index], model) = AskAsync(machine => (machine.Applied, machine.Model ?? throw new InvalidOperationException($"Partition {index} has no model."))).GetAwaiter().GetResult();
        return heads;
    }

    private Task<bool> Ask(int partition, Action<Partition> question) => AskAsync(machine =>
    {
        question(machine);
        return true;
    });

    private async Task<IReadOnlyList<Engine.Snapshots.StoredChange>> FeedAsync(int partition, long after, int limit) =>
        await FleetAnswers.FeedAsync(await AskAsync(machine => machine.UnpersistedFeed(after, limit)), house.Snapshots, index, after, limit, CancellationToken.None);

    // From any thread.
    private Task<T> AskAsync<T>(Func<Partition, T> ask) =>
        Task.Factory.StartNew(() => owner.AskAsync(cluster => cluster.FlushAll(), ask), CancellationToken.None, TaskCreationOptions.None, turns).Unwrap();
}
