using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.TestingHost;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Doors;
using RealtimeAdoption.Silo.Fleet;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Streams;
using RealtimeAdoption.Silo.Tests.Streams;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Silo.Tests.Fleet;

/// <summary>Some silos with a door, a host and a relay each; membership, the board's term, journal and snapshots in a real PostgreSQL, so that any of them may be killed.</summary>
internal sealed class FleetCluster : IAsyncDisposable
{
    public const int Partitions = 8;

    /// <summary>2026-11-02 12:00 UTC.</summary>
    public static readonly long Start = new DateTimeOffset(2026, 11, 2, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static readonly ConcurrentDictionary<string, FleetCluster> All = new();

    private readonly string name = Guid.NewGuid().ToString("N");
    private readonly ConcurrentQueue<IAsyncDisposable> stores = new();
    private StorageOptions? storage;
    private TestCluster? cluster;

    public HandClock Clock { get; } = new(Start);

    public TestCluster Cluster => cluster ?? throw new InvalidOperationException("Not started.");

    public static TimeSpan Patience => TimeSpan.FromSeconds(60);

    /// <summary>One silo's, by its place among those that live.</summary>
    public SiloFleet Fleet(int silo) => Services(Cluster.Silos[silo]).GetRequiredService<SiloFleet>();

    /// <summary>Not started.</summary>
    public ClusterHost HostOf(SiloHandle silo) => (ClusterHost)Services(silo).GetRequiredService<IScoringHost>();

    public IEnumerable<SiloFleet> Fleets => Enumerable.Range(0, Cluster.Silos.Count).Select(Fleet);

    /// <summary>Asks by way of a silo that lives, as the doors do: the tests' own client may wait half a minute for an answer that went down with the silo that was to bring it.</summary>
    public IGrainFactory Grains => Services(Cluster.Silos[0]).GetRequiredService<IGrainFactory>();

    public IBoardGrain Board => Cluster.GrainFactory.GetGrain<IBoardGrain>(0);

    public async Task StartAsync(int silos)
    {
        var server = await PostgresServer.SharedAsync();
        storage ??= new StorageOptions { Kind = "postgres", ConnectionString = await server.NewDatabaseAsync(), Schema = "adoption" };
        await new OrleansTables(storage).CreateAsync(null, default);
        All[name] = this;
        var builder = new TestClusterBuilder((short)silos);
        builder.Options.UseTestClusterMembership = false;
        builder.Properties["fleet"] = name;
        builder.Properties["postgres"] = new OrleansTables(storage).ConnectionString(8);
        builder.AddSiloBuilderConfigurator<Silos>();
        builder.AddClientBuilderConfigurator<Client>();
        cluster = builder.Build();
        await cluster.DeployAsync();
    }

    public async Task SendAsync(int silo, IEnumerable<Send> sends)
    {
        var house = Services(Cluster.Silos[silo]).GetRequiredService<SiloHouse>();
        using var batch = BatchOf(sends, Partitions, house.Identity.IdSeed);
        Assert.Equal(IntakeStatus.Done, (await house.Door.AppendAsync(batch)).Status);
    }

    public static IntakeBatch BatchOf(IEnumerable<Send> sends, int partitions, ulong seed)
    {
        var batch = new IntakeBatch(partitions);
        foreach (var send in sends)
        {
            var offset = batch.Records.Length;
            SendDraft.Begin(batch.Records, send, seed);
            batch.End(offset);
        }

        return batch;
    }

    /// <summary>Waits for a state of a silo's fleet.</summary>
    public static async Task<FleetState> UntilAsync(ISiloFleet fleet, Func<FleetState, bool> isReached, string otherwise)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var state = fleet.Read();
            if (isReached(state)) return state;
            try
            {
                await fleet.ChangedAsync(state.Version, patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{otherwise} {state.Counts.Accounts} accounts, {state.Counts.Events} events; trouble: {fleet.Trouble}");
            }
        }
    }

    /// <summary>The silo in which the board is.</summary>
    public async Task<SiloHandle> SiloOfBoardAsync()
    {
        var address = await Cluster.GrainFactory.GetGrain<IManagementGrain>(0).GetActivationAddress(Board);
        return Cluster.Silos.Single(silo => silo.SiloAddress.Equals(address));
    }

    public int PartitionOf(string account) => Services(Cluster.Silos[0]).GetRequiredService<SiloHouse>().PartitionOf(account);

    /// <summary>All silos stop in order, and may be started again on what they have stored.</summary>
    public async Task StopAsync()
    {
        if (cluster is null) return;
        await cluster.StopAllSilosAsync();
        await cluster.DisposeAsync();
        cluster = null;
        foreach (var store in stores) await store.DisposeAsync();
        stores.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null) await cluster.DisposeAsync();
        foreach (var store in stores) await store.DisposeAsync();
        All.TryRemove(name, out _);
    }

    public static CompiledModel ReadModel(string text) => new(ModelFileReader.ReadOrThrow(text, "model.yaml"));

    private IServiceProvider Services(SiloHandle silo) => Cluster.GetSiloServiceProvider(silo.SiloAddress);

    private async Task<SiloHouse> NewHouseAsync()
    {
        var journal = new PostgresSharedJournal(storage!);
        var identity = await journal.OpenAsync(Partitions, default);
        var snapshots = new PostgresSnapshots(storage!);
        await snapshots.OpenAsync(default);
        stores.Enqueue(snapshots);
        stores.Enqueue(journal);
        return new SiloHouse(journal, snapshots, identity, SampleModel.Text, ReadModel, Clock, NullLogger<SiloHouse>.Instance)
        {
            Door = new ClusterDoor(journal, identity, new ModelWish(SampleModel.Text, 0, ""), Clock, 64 << 20) { IsMember = () => true },
            Owner = new OwnerOptions { CheckpointRecords = 500, CheckpointSeconds = 1, RebuildQuietMs = 50, PulseMs = 50 },
        };
    }

    private sealed class Silos : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            var owner = All[siloBuilder.Configuration["fleet"]!];
            var connection = siloBuilder.Configuration["postgres"]!;
            var house = Task.Run(owner.NewHouseAsync).GetAwaiter().GetResult();
            siloBuilder.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", connection));
            siloBuilder.UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = ("Npgsql", connection));
            siloBuilder.AddAdoNetGrainStorageAsDefault(grains => (grains.Invariant, grains.ConnectionString) = ("Npgsql", connection));
            siloBuilder.Services.AddSingleton(house);
            siloBuilder.Services.AddSingleton<IScoringHost>(services => new ClusterHost(house, services.GetRequiredService<IGrainFactory>(), services.GetRequiredService<ISiloFleet>(), new ClusterHostOptions(), services.GetRequiredService<ILocalSiloDetails>()));
            siloBuilder.Services.PostConfigure<GrainTypeOptions>(types => types.Classes.Remove(typeof(RecorderGrain)));
            siloBuilder.AddUsageStreams(_ => new UsageStreams(house.Journal, Partitions, new StreamBounds()));
            siloBuilder.AddSiloFleet();
        }
    }

    private sealed class Client : IClientBuilderConfigurator
    {
        public void Configure(IConfiguration configuration, IClientBuilder clientBuilder)
        {
            var connection = configuration["postgres"]!;
            clientBuilder.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", connection));
        }
    }
}
