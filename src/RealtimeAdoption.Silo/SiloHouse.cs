using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Cluster;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Silo.Accounts;
using RealtimeAdoption.Silo.Users;
using RealtimeAdoption.Silo.Doors;
using RealtimeAdoption.Silo.Fleet;
using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Silos;
using StableHash = RealtimeAdoption.Scoring.Records.StableHash;

namespace RealtimeAdoption.Silo;

/// <summary>What all grains of a silo work with: the store, the clock, the models that it has compiled. Thread-safe; owns what it makes itself.</summary>
/// <param name="journal">Open.</param>
/// <param name="snapshots">Open.</param>
/// <param name="identity">Of the store.</param>
/// <param name="modelTextIfNew">The model file's text for a journal that has none yet.</param>
/// <param name="readModel">From a model file's text to its compiled form. Throws where the text is not valid.</param>
/// <param name="clock">Stamps receipts and opens days.</param>
/// <param name="logger">Recovery, failures of the store, stopped accounts.</param>
public sealed class SiloHouse(
    ISharedJournal journal, ISnapshots snapshots, StoreIdentity identity, string modelTextIfNew, Func<string, CompiledModel> readModel, TimeProvider clock, ILogger<SiloHouse> logger) : IDisposable
{
    private const int RebuildsAtOnce = 2;
    internal const int CheckpointsAtOnce = 1;
    internal const int LastCheckpointsAtOnce = 2;

    private readonly ConcurrentDictionary<ulong, CompiledModel> models = new();
    private ModelsInForce? inForce;
    private CallAllowance? allowance;
    private CompiledModel? modelIfNew;
    private UnpersistedWatch? unpersisted;
    private volatile string? refusalElsewhere;

    public ISharedJournal Journal => journal;

    /// <summary>Of the journal, shared by all who ask.</summary>
    public JournalHeads Heads { get; } = new(journal);

    public ISnapshots Snapshots => snapshots;

    public StoreIdentity Identity => identity;

    /// <summary>The one clock of the process.</summary>
    public TimeProvider Clock => clock;

    public ModelWish ModelIfNew => new(modelTextIfNew, 0, "");

    /// <summary>Of this silo.</summary>
    public SiloDirectory Directory { get; } = new();

    /// <summary>What this silo knows of the model in force.</summary>
    public ModelsInForce InForce => LazyInitializer.EnsureInitialized(ref inForce, () => new ModelsInForce(ModelOf, modelTextIfNew));

    /// <summary>Of this silo.</summary>
    public required ClusterDoor Door { get; init; }

    /// <summary>Of the partitions that have their owners here.</summary>
    public OwnedShares Shares { get; } = new();

    public ILogger Logger => logger;

    /// <summary>Of all accounts' grains.</summary>
    public AccountAddresses Accounts { get; } = new();

    /// <summary>Of this silo's partitions.</summary>
    public CallMeter Calls { get; } = new();

    /// <summary>Of this silo's partitions.</summary>
    public CallAllowance Allowance => LazyInitializer.EnsureInitialized(ref allowance, () => new CallAllowance(Owner.CallsPerSecondMax, TimeProvider.System));

    /// <summary>So many partitions of this silo compute accounts anew at the same time: each may take as much memory as a pass may have.</summary>
    public SemaphoreSlim Rebuilds { get; } = new(RebuildsAtOnce);

    /// <summary>One partition of this silo after the other stores a checkpoint: it writes all that it has as fast as the store takes it, and who waits for an acknowledgement waits behind that.</summary>
    public SemaphoreSlim Checkpoints { get; } = new(CheckpointsAtOnce);

    /// <summary>So many of those that stop here or are handed over, and that nobody is answered by until they have stored, do not wait behind the others.</summary>
    public SemaphoreSlim LastCheckpoints { get; } = new(LastCheckpointsAtOnce);

    /// <summary>Of this silo's partitions.</summary>
    public UnpersistedWatch Unpersisted => LazyInitializer.EnsureInitialized(ref unpersisted, () => new UnpersistedWatch(UnpersistedBytesMax, logger));

    /// <summary>Of this silo's partitions.</summary>
    public IdWatch Ids { get; } = new(logger);

    /// <summary>Partitions that cannot begin here, and why.</summary>
    public DamagedPartitions Damaged { get; } = new(logger);

    /// <summary>Why nothing more is taken by any door of the cluster; null: it is taken.</summary>
    public string? Refusal => Ids.Refusal ?? Unpersisted.Refusal ?? refusalElsewhere;

    public ClusterOptions Cluster { get; init; } = new();

    public PartitionOptions Partition { get; init; } = new();

    public OwnerOptions Owner { get; init; } = new();

    /// <summary>Memory of this silo that may wait for checkpoints.</summary>
    public long UnpersistedBytesMax { get; init; } = UnpersistedWatch.DefaultBytes;

    /// <summary>Of the cluster.</summary>
    public DeadSilos Dead { get; init; } = new(new SiloOptions().SureOfMembership);

    /// <summary>Where a partition's ids may lie.</summary>
    public Func<int, IdRoom> IdRoomOf { get; init; } = _ => new IdRoom(IdRoom.DefaultBytes, new MemoryScratch());

    /// <summary>Why this silo should not be sent anything, in a sentence; null: it may be.</summary>
    public Func<string?> Trouble { get; init; } = () => null;

    /// <summary>What lies damaged in the store, in a sentence; null: nothing does.</summary>
    public Func<string?> Damage { get; init; } = () => null;

    /// <summary>How far the cluster's partitions are behind the journal, in a sentence; null: not far.</summary>
    public Func<string?> Behind { get; init; } = () => null;

    /// <summary>Tells the store whose journal a partition is of.</summary>
    public ulong Store => StableHash.Combine(identity.IdSeed, (ulong)identity.Partitions);

    public void Dispose()
    {
        Calls.Dispose();
        Rebuilds.Dispose();
        Checkpoints.Dispose();
        LastCheckpoints.Dispose();
    }

    /// <summary>What the owners of partitions in other silos have said last.</summary>
    public void HearRefusal(string? reason) => refusalElsewhere = reason;

    public long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    public int PartitionOf(string account) => Engine.Intake.Partitioning.Of(StableHash.Of(System.Text.Encoding.UTF8.GetBytes(account)), identity.Partitions);

    /// <summary>The model of a file's text, compiled once.</summary>
    public CompiledModel ModelOf(string text)
    {
        // Asked for some hundred times a second: the very text needs no hash.
        if (!ReferenceEquals(text, modelTextIfNew)) return models.GetOrAdd(StableHash.Of(text), _ => readModel(text));
        return modelIfNew ??= models.GetOrAdd(StableHash.Of(text), _ => readModel(text));
    }

    /// <summary>The model of a file's text that is only looked at, and not kept.</summary>
    /// <exception cref="ModelFile.ModelFileException">It is none.</exception>
    public CompiledModel ReadModel(string text) => readModel(text);

    /// <summary>By the hash of its text; null: this silo has not met it.</summary>
    public CompiledModel? ModelOf(ulong hash) => models.GetValueOrDefault(hash);
}
