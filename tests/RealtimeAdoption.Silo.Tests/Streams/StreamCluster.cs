using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.TestingHost;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Streams;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Silo.Tests.Streams;

/// <summary>Some silos with the stream provider and recorders, on a schema of their own in a real PostgreSQL; each silo has a journal object of its own, as a process would.</summary>
internal sealed class StreamCluster : IAsyncDisposable
{
    public const int Partitions = 8;

    private static readonly ConcurrentDictionary<string, StreamCluster> All = new();

    private readonly string name = Guid.NewGuid().ToString("N");
    private readonly ConcurrentBag<PostgresSharedJournal> journals = [];
    private StorageOptions? storage;
    private TestCluster? cluster;

    public Recording Recording { get; } = new();

    public StreamBounds Bounds { get; } = new();

    public TestCluster Cluster => cluster ?? throw new InvalidOperationException("Not started.");

    public async Task StartAsync(int silos)
    {
        var server = await PostgresServer.SharedAsync();
        storage = new StorageOptions { Kind = "postgres", ConnectionString = await server.NewDatabaseAsync(), Schema = "adoption" };
        Recording.All[name] = Recording;
        All[name] = this;
        var builder = new TestClusterBuilder((short)silos);
        builder.Properties["recording"] = name;
        builder.AddSiloBuilderConfigurator<Configurator>();
        cluster = builder.Build();
        await cluster.DeployAsync();
    }

    /// <summary>The journal as one more process has it.</summary>
    public async Task<PostgresSharedJournal> OpenJournalAsync()
    {
        var journal = new PostgresSharedJournal(storage!);
        await journal.OpenAsync(Partitions, default);
        journals.Add(journal);
        return journal;
    }

    public IRecorderGrain Recorder(int partition) => Cluster.GrainFactory.GetGrain<IRecorderGrain>(partition);

    public static async Task Append(PostgresSharedJournal journal, int partition, int count) =>
        await journal.AppendAsync([partition], ends => [new Segment(partition, ends[0].Position + 1, count, Records(ends[0].Position + 1, count))], null, default);

    /// <summary>Waits until every partition's recorder has everything.</summary>
    public async Task UntilAllIsTaken(PostgresSharedJournal journal)
    {
        var heads = await journal.HeadsAsync(default);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        for (var partition = 0; partition < heads.Length; partition++)
        {
            while (Recording.Through.GetValueOrDefault(partition) < heads[partition])
            {
                if (patience.IsCancellationRequested) Assert.Fail($"Partition {partition} is at {Recording.Through.GetValueOrDefault(partition)} of {heads[partition]}.");
                await Task.Delay(10);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null) await cluster.DisposeAsync();
        foreach (var journal in journals) await journal.DisposeAsync();
        All.TryRemove(name, out _);
        Recording.All.TryRemove(name, out _);
    }

    internal static byte[] Records(long first, int count)
    {
        using var buffer = new RecordBuffer();
        for (var i = 0; i < count; i++)
        {
            buffer.Begin(new RecordDraft { Kind = RecordKind.Usage, Account = "acme"u8, Name = "contact_created"u8, TimeMs = 1_700_000_000_000 + first + i });
            buffer.End();
        }

        return buffer.Written.ToArray();
    }

    private sealed class Configurator : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            var cluster = All[siloBuilder.Configuration["recording"]!];
            siloBuilder.Services.AddSingleton(new RecordingName(cluster.name));
            siloBuilder.Services.PostConfigure<GrainTypeOptions>(types => types.Classes.Remove(typeof(PartitionGrain)));
            var journal = Task.Run(cluster.OpenJournalAsync).GetAwaiter().GetResult();
            siloBuilder.AddUsageStreams(_ => new UsageStreams(journal, Partitions, cluster.Bounds));
        }
    }
}
