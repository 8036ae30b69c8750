using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Doors;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Storage.Postgres;
using StableHash = RealtimeAdoption.Scoring.Records.StableHash;

namespace RealtimeAdoption.Silo;

/// <summary>What all grains of a silo work with: the store, the clock, the models that it has compiled. Thread-safe; owns nothing.</summary>
/// <param name="journal">Open.</param>
/// <param name="snapshots">Open.</param>
/// <param name="identity">Of the store.</param>
/// <param name="modelTextIfNew">The model file's text for a journal that has none yet.</param>
/// <param name="readModel">From a model file's text to its compiled form. Throws where the text is not valid.</param>
/// <param name="clock">Stamps receipts and opens days.</param>
/// <param name="logger">Recovery, failures of the store, stopped accounts.</param>
public sealed class SiloHouse(
    PostgresSharedJournal journal, ISnapshots snapshots, StoreIdentity identity, string modelTextIfNew, Func<string, CompiledModel> readModel, TimeProvider clock, ILogger<SiloHouse> logger)
{
    private readonly ConcurrentDictionary<ulong, CompiledModel> models = new();

    public PostgresSharedJournal Journal => journal;

    public ISnapshots Snapshots => snapshots;

    public StoreIdentity Identity => identity;

    public ModelWish ModelIfNew => new(modelTextIfNew, 0, "");

    /// <summary>Of this silo.</summary>
    public required ClusterDoor Door { get; init; }

    public ILogger Logger => logger;

    public ClusterOptions Cluster { get; init; } = new();

    public PartitionOptions Partition { get; init; } = new();

    public OwnerOptions Owner { get; init; } = new();

    /// <summary>Where a partition's ids may lie.</summary>
    public Func<int, IdRoom> IdRoomOf { get; init; } = _ => new IdRoom(IdRoom.DefaultBytes, new MemoryScratch());

    /// <summary>Tells the store whose journal a partition is of.</summary>
    public ulong Store => StableHash.Combine(identity.IdSeed, (ulong)identity.Partitions);

    public long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    public int PartitionOf(string account) => Engine.Intake.Partitioning.Of(StableHash.Of(System.Text.Encoding.UTF8.GetBytes(account)), identity.Partitions);

    /// <summary>The model of a file's text, compiled once.</summary>
    public CompiledModel ModelOf(string text) => models.GetOrAdd(StableHash.Of(text), _ => readModel(text));

    /// <summary>By the hash of its text; null: this silo has not met it.</summary>
    public CompiledModel? ModelOf(ulong hash) => models.GetValueOrDefault(hash);
}
