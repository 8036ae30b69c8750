using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.TestingHost;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Answers;
using RealtimeAdoption.Silo.Doors;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Streams;
using RealtimeAdoption.Silo.Tests.Hosts;
using RealtimeAdoption.Silo.Tests.Streams;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Reference;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Silo.Tests.Grains;

/// <summary>Some silos with partitions and accounts, each with a store and a door of its own, on a schema in a real PostgreSQL.</summary>
internal sealed class GrainCluster : IAsyncDisposable
{
    public const int Partitions = 8;

    private static readonly ConcurrentDictionary<string, GrainCluster> All = new();

    private readonly string name = Guid.NewGuid().ToString("N");
    private readonly ConcurrentQueue<SiloHouse> houses = new();
    private readonly ConcurrentQueue<IAsyncDisposable> stores = new();
    private StorageOptions? storage;
    private TestCluster? cluster;

    public HandClock Clock { get; } = new(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    public OwnerOptions Owner { get; } = new() { CheckpointRecords = 200, CheckpointSeconds = 1, RebuildQuietMs = 50, PulseMs = 50, CallsPerSecondMax = 100_000_000, MoveAfterSeconds = 1 };

    public TestCluster Cluster => cluster ?? throw new InvalidOperationException("Not started.");

    public IReadOnlyList<SiloHouse> Houses => [.. houses];

    /// <summary>Of all silos.</summary>
    public HouseLog Log { get; } = new();

    /// <summary>Where ids lie; null: in memory.</summary>
    public Func<int, IdRoom>? IdRoomOf { get; set; }

    public long UnpersistedBytesMax { get; set; } = UnpersistedWatch.DefaultBytes;

    public async Task StartAsync(int silos)
    {
        var server = await PostgresServer.SharedAsync();
        storage ??= new StorageOptions { Kind = "postgres", ConnectionString = await server.NewDatabaseAsync(), Schema = "adoption" };
        All[name] = this;
        var builder = new TestClusterBuilder((short)silos);
        builder.Properties["grains"] = name;
        builder.AddSiloBuilderConfigurator<Configurator>();
        cluster = builder.Build();
        await cluster.DeployAsync();
    }

    /// <summary>Behind the back of all silos.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(storage!.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public IPartitionGrain Partition(int index) => Cluster.GrainFactory.GetGrain<IPartitionGrain>(index);

    public async Task SendAsync(int silo, IEnumerable<Send> sends)
    {
        using var batch = new IntakeBatch(Partitions);
        var house = Houses[silo];
        foreach (var send in sends)
        {
            var offset = batch.Records.Length;
            SendDraft.Begin(batch.Records, send, house.Identity.IdSeed);
            batch.End(offset);
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (IntakeAnswer answer; (answer = await house.Door.AppendAsync(batch)).Status != IntakeStatus.Done;)
        {
            Assert.False(patience.IsCancellationRequested, answer.Reason);
            await Task.Delay(answer.RetryAfter);
        }

        for (var i = 0; i < batch.Count; i++) Assert.Equal(IntakeOutcome.Accepted, batch.Outcomes[i]);
    }

    /// <summary>Holds every account that the grains answer with against a replay of the journal by a partition that has them in its own memory.</summary>
    public async Task AssertIsReplayAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var index = 0; index < Partitions; index++)
        {
            // The partition may append the end of a rebuild meanwhile, and is then asked once more.
            while (!await IsReplayAsync(Houses[0], index)) Assert.False(patience.IsCancellationRequested, $"Partition {index} finds no rest.");
        }
    }

    private async Task<bool> IsReplayAsync(SiloHouse house, int index)
    {
        var place = await Partition(index).CatchUp();
        using var replay = await ReplayAsync(house, index, place.Applied);
        var readings = new Dictionary<string, byte[]>();
        foreach (var account in Workload.Accounts.Where(account => house.PartitionOf(account) == index && replay.Knows(account)))
            readings.Add(account, (await Partition(index).Account(account))!.State);
        if ((await Partition(index).CatchUp()).Applied != place.Applied) return false;
        Assert.Equal((replay.Accounts, replay.Day, replay.Sequence), (place.Accounts, place.Day, place.Sequence));
        foreach (var (account, state) in readings) Assert.True(replay.State(account).SequenceEqual(state), $"Account {account} of partition {index} differs from its replay.");
        return true;
    }

    /// <summary>What a silo is made of.</summary>
    public static IServiceProvider ServicesOf(SiloHandle silo) => ((InProcessSiloHandle)silo).SiloHost.Services;

    /// <summary>Of a silo of this cluster; not started.</summary>
    public ClusterHost NewHost(SiloHandle silo)
    {
        var services = ServicesOf(silo);
        var house = services.GetRequiredService<SiloHouse>();
        return new ClusterHost(house, services.GetRequiredService<IGrainFactory>(), new NoFleet(house), new ClusterHostOptions(), services.GetRequiredService<ILocalSiloDetails>());
    }

    /// <summary>All silos stop, and may be started again on what they have stored.</summary>
    public async Task StopAsync()
    {
        if (cluster is not null) await cluster.DisposeAsync();
        cluster = null;
        foreach (var house in houses) house.Door.Dispose();
        foreach (var store in stores) await store.DisposeAsync();
        houses.Clear();
        stores.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        All.TryRemove(name, out _);
    }

    private static async Task<Partition> ReplayAsync(SiloHouse house, int index, long head)
    {
        var replay = new Partition(index, house.Partition, house.ModelOf, new IdRoom(IdRoom.DefaultBytes, new MemoryScratch())) { Store = house.Store };
        await foreach (var segment in house.Journal.ReadAsync(index, 0, head, default))
        {
            var isDone = replay.Replay(segment);
            while (!isDone)
            {
                HistoryPass? pass = null;
                while (replay.TryTake(out var output)) pass = (output as ReadHistory)?.Pass ?? pass;
                await house.Journal.ReadHistoryAsync(pass!, CancellationToken.None);
                pass!.Compute();
                isDone = replay.ReplayOn(pass);
            }

            while (replay.TryTake(out _))
            {
            }
        }

        return replay;
    }

    private static CompiledModel ReadModel(string text) => new(ModelFileReader.ReadOrThrow(text, "model.yaml"));

    private async Task<SiloHouse> NewHouseAsync()
    {
        var journal = new PostgresSharedJournal(storage!);
        var identity = await journal.OpenAsync(Partitions, default);
        var snapshots = new PostgresSnapshots(storage!);
        await snapshots.OpenAsync(default);
        stores.Enqueue(snapshots);
        stores.Enqueue(journal);
        var house = new SiloHouse(journal, snapshots, identity, SampleModel.Text, ReadModel, Clock, Log)
        {
            Door = new ClusterDoor(journal, identity, new ModelWish(SampleModel.Text, 0, ""), Clock, 64 << 20) { IsMember = () => true },
            Owner = Owner,
            UnpersistedBytesMax = UnpersistedBytesMax,
            IdRoomOf = IdRoomOf ?? (_ => new IdRoom(IdRoom.DefaultBytes, new MemoryScratch())),
            // Here all accounts are grains.
            Cluster = new Engine.Cluster.ClusterOptions { CallsMax = 100_000 },
        };
        houses.Enqueue(house);
        return house;
    }

    private sealed class Configurator : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            var owner = All[siloBuilder.Configuration["grains"]!];
            var house = Task.Run(owner.NewHouseAsync).GetAwaiter().GetResult();
            siloBuilder.Services.AddSingleton(house);
            siloBuilder.Services.PostConfigure<GrainTypeOptions>(types => types.Classes.Remove(typeof(RecorderGrain)));
            siloBuilder.UseInMemoryReminderService();
            siloBuilder.AddUsageStreams(_ => new UsageStreams(house.Journal, Partitions, new StreamBounds()));
            siloBuilder.AddPartitionMoves();
        }
    }
}
