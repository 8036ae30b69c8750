using System.Collections.Concurrent;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;
using RealtimeAdoption.Silo.Streams;

namespace RealtimeAdoption.Silo.Tests.Streams;

public interface IRecorderGrain : IGrainWithIntegerKey
{
    /// <summary>Forgets what came after a position, as an owner whose process was lost, and begins there again.</summary>
    Task BeginAgain(long after);
}

/// <summary>What the recorders of one test have had; in one process, as all silos of a test cluster are.</summary>
public sealed class Recording
{
    public static ConcurrentDictionary<string, Recording> All { get; } = new();

    /// <summary>By partition, each position that was taken, with when.</summary>
    public ConcurrentDictionary<int, List<(long Position, DateTime At)>> Taken { get; } = new();

    public ConcurrentDictionary<int, long> Through { get; } = new();

    public int Gaps;

    public int DelayMs { get; set; }
}

/// <summary>A partition's owner as the stream sees it: takes what follows on, passes over what it has, and on a gap asks for what is missing.</summary>
[ImplicitStreamSubscription(PartitionStreams.Name)]
public sealed class RecorderGrain(RecordingName name) : Grain, IRecorderGrain, IAsyncObserver<JournalBatch>
{
    private readonly Recording recording = Recording.All[name.Name];
    private StreamSubscriptionHandle<JournalBatch>? subscription;

    private int Partition => (int)this.GetPrimaryKeyLong();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var stream = this.GetStreamProvider(PartitionStreams.Name).GetStream<JournalBatch>(PartitionStreams.StreamOf(Partition));
        subscription = (await stream.GetAllSubscriptionHandles()).Single();
        subscription = await subscription.ResumeAsync(this, Token);
    }

    public Task BeginAgain(long after)
    {
        recording.Through[Partition] = after;
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task OnNextAsync(JournalBatch item, StreamSequenceToken? token = null)
    {
        if (recording.DelayMs > 0) await Task.Delay(recording.DelayMs);
        var through = recording.Through.GetValueOrDefault(Partition);
        if (item.LastPosition <= through) return;
        if (item.FirstPosition > through + 1)
        {
            Interlocked.Increment(ref recording.Gaps);
            subscription = await subscription!.ResumeAsync(this, Token);
            throw new InvalidOperationException($"Partition {Partition} has {through}, and {item.FirstPosition} came.");
        }

        var taken = recording.Taken.GetOrAdd(Partition, _ => []);
        lock (taken)
        {
            for (var position = through + 1; position <= item.LastPosition; position++) taken.Add((position, DateTime.UtcNow));
        }

        recording.Through[Partition] = item.LastPosition;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    private EventSequenceTokenV2 Token => new(recording.Through.GetValueOrDefault(Partition));
}

public sealed record RecordingName(string Name);
