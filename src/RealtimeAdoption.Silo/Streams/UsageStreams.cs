using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Internal;
using Orleans.Runtime;
using Orleans.Runtime.Providers;
using Orleans.Streams;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Partitions;

namespace RealtimeAdoption.Silo.Streams;

/// <summary>
/// The stream provider <c>usage</c> over a journal: it brings what any silo has appended to the partitions' grains. Nothing is ever put into it: what is to be streamed is appended to the journal.
/// </summary>
public sealed class UsageStreams : IQueueAdapterFactory, IQueueAdapter, IQueueAdapterCache
{
    private readonly ConcurrentDictionary<QueueId, PartitionQueue> queues = new();
    private readonly ISharedJournal journal;
    private readonly StreamBounds bounds;
    private readonly PartitionStreams streams;

    /// <param name="journal">Open.</param>
    /// <param name="partitions">Of the store.</param>
    /// <param name="bounds">Of each partition.</param>
    public UsageStreams(ISharedJournal journal, int partitions, StreamBounds bounds)
    {
        this.journal = journal;
        this.bounds = bounds;
        streams = new PartitionStreams(partitions);
    }

    public string Name => PartitionStreams.Name;

    public bool IsRewindable => true;

    public StreamProviderDirection Direction => StreamProviderDirection.ReadOnly;

    [Obsolete("The provider calls the one with a token.")]
    public Task<IQueueAdapter> CreateAdapter() => CreateAdapter(CancellationToken.None);

    public Task<IQueueAdapter> CreateAdapter(CancellationToken cancellationToken) => Task.FromResult<IQueueAdapter>(this);

    public IQueueAdapterCache GetQueueAdapterCache() => this;

    public IStreamQueueMapper GetStreamQueueMapper() => streams;

    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) => Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler());

    // A new agent of a queue makes the cache first and the receiver then: they are one object, and another one than that of an agent before.
    public IQueueCache CreateQueueCache(QueueId queueId) => queues[queueId] = new PartitionQueue(PartitionStreams.PartitionOf(queueId), journal, bounds);

    public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => queues[queueId];

    public Task QueueMessageBatchAsync<T>(StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext) =>
        throw new NotSupportedException("What is to be streamed is appended to the journal.");
}

/// <summary>Puts the provider into a silo, and the rule by which partitions begin where their queues are.</summary>
public static class UsageStreamsExtensions
{
    // Orleans' defaults are 1 to 30 s. What fails here is a database or a grain that moves, and is seldom away for long.
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(200);

    /// <param name="silo">Gets the provider.</param>
    /// <param name="factory">Makes it; its journal must be open.</param>
    public static ISiloBuilder AddUsageStreams(this ISiloBuilder silo, Func<IServiceProvider, UsageStreams> factory)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.AddSingleton(services => new PartitionPlaces(services.GetRequiredService<SiloHouse>()));
        silo.Services.AddOwnFailures();
        return silo.AddPlacementDirector<PartitionPlacement, PartitionPlacementDirector>().AddPersistentStreams(PartitionStreams.Name, (services, _) => factory(services), streams =>
        {
            // Without this the provider asks a grain and a storage for explicit subscriptions.
            streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
            streams.ConfigurePullingAgent(agent => agent.Configure(options =>
            {
                // Reads wait by themselves; this is only how soon the next one follows an empty one.
                options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(20);
                // Its default of a minute skips what cannot be delivered for so long.
                options.MaxEventDeliveryTime = Timeout.InfiniteTimeSpan;
            }));
            streams.ConfigureBackoffProvider((_, _) => (IMessageDeliveryBackoffProvider)new SteadyBackoff(Backoff));
            streams.ConfigureBackoffProvider((_, _) => (IQueueReaderBackoffProvider)new SteadyBackoff(Backoff));
            streams.ConfigurePartitionBalancing((services, _) => ActivatorUtilities.CreateInstance<EvenQueueBalancer>(services));
        });
    }

    private sealed class SteadyBackoff(TimeSpan pause) : FixedBackoff(pause), IMessageDeliveryBackoffProvider, IQueueReaderBackoffProvider;
}
