using System.Text;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Ids;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>
/// The state machine of one partition, free of any host: it appends, de-duplicates, applies, ticks, rebuilds and checkpoints the accounts of its share, and
/// holds their summary rows. It has no threads, no clock and does no I/O: inputs are its methods, things to do come out as <see cref="Output"/> values.
/// Not thread-safe: one owner calls it. Same inputs, same state, bit for bit.
/// <para>Life: made; <see cref="ISnapshotVisitor"/> calls and <see cref="Restore"/> if there is a checkpoint; <see cref="Replay"/> for each later segment;
/// <see cref="Open(in ModelWish, long)"/>; then <see cref="Append"/>, <see cref="Seal"/>, <see cref="Committed"/>, ... in any interleaving.</para>
/// <para>An exception that comes out of it is a broken invariant of the whole partition: it must not be used any more.</para>
/// </summary>
public sealed partial class Partition : ISnapshotVisitor, IDisposable
{
    private const int SectionsTriedAgain = 4;

    private readonly PartitionOptions options;
    private readonly Func<string, CompiledModel> readModel;
    private readonly Queue<Output> outputs = new();
    private readonly AccountTable accounts = new();
    private readonly IdIndex ids;
    private readonly bool areIdsKept;
    private CompiledModel? model;
    private string modelText = "";
    private FleetPart? fleet;

    /// <param name="index">0 and up.</param>
    /// <param name="options">Its bounds.</param>
    /// <param name="readModel">From a model file's text, known to be valid, to its compiled form.</param>
    /// <param name="idRoom">Where its ids may lie; disposed with the partition. Null: 512 MiB, and beyond it plain memory again.</param>
    public Partition(int index, PartitionOptions options, Func<string, CompiledModel> readModel, IdRoom? idRoom = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Index = index;
        this.options = options;
        this.readModel = readModel;
        areIdsKept = !ReferenceEquals(idRoom, IdRoom.Nowhere);
        ids = new IdIndex(idRoom ?? new IdRoom(IdRoom.DefaultBytes, new MemoryScratch()));
    }

    public int Index { get; }

    /// <summary>Tells the store whose journal this is a partition of; a checkpoint of another one is refused.</summary>
    public ulong Store { get; init; }

    /// <summary>The one that its accounts live by: while another is being activated, the one before. Null until the journal's first record, or the checkpoint, has given it.</summary>
    public CompiledModel? Model => model;

    /// <summary>The partition's day T: of the last applied tick; <see cref="int.MinValue"/> before the first.</summary>
    public int Day { get; private set; } = int.MinValue;

    /// <summary>Position of the last record appended, committed or not. An acknowledgement waits until <see cref="Applied"/> is here.</summary>
    public long Appended { get; private set; }

    /// <summary>Position of the last record applied: everything up to here is durable.</summary>
    public long Applied { get; private set; }

    /// <summary>The text of <see cref="Model"/>; empty before it is known.</summary>
    public string ModelText => modelText;

    /// <summary>Of <see cref="ModelText"/>; 0 before it is known.</summary>
    public ulong ModelHash { get; private set; }

    /// <summary>Historic records applied by this object: whether more keep coming.</summary>
    public long Historic { get; private set; }

    /// <summary>Receipt of the last applied record that was not a tick; null: none yet.</summary>
    public long? LastInputAtMs { get; private set; }

    /// <summary>Receipt of the last applied record.</summary>
    private long lastReceivedAtMs = long.MinValue;

    /// <summary>Bytes of memory that remembered ids take, and of scratch.</summary>
    public (long Memory, long Scratch) IdBytes => (ids.Bytes, ids.ScratchBytes);

    /// <summary>Why ids that should be in scratch are still in memory; null: nothing is wrong.</summary>
    public string? IdTrouble => ids.Trouble;

    /// <summary>Scratch fails, and ids have filled memory a quarter beyond their bound: nothing more should be appended until <see cref="RetryIds"/> has helped.</summary>
    public bool IsFullOfIds => ids.IsOverfull;

    /// <summary>In trouble, some times a second: tries again to bring some ids to scratch.</summary>
    public void RetryIds() => ids.TryAgain(SectionsTriedAgain);

    /// <summary>Takes the next thing to do, in order.</summary>
    public bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Output? output) => outputs.TryDequeue(out output);

    // Reading: as of Applied.

    /// <summary>Null: no such account. Reading changes nothing.</summary>
    public AccountView? View(string account, bool explain)
    {
        if (model is null || Find(account) is not { } number) return null;
        var copy = CopyOfDay(number);
        return AccountActor.View(model, ref copy, Day, explain) with { Partition = Index };
    }

    /// <summary>Null: no such account.</summary>
    public IReadOnlyList<UserView>? Users(string account)
    {
        if (model is null || Find(account) is not { } number) return null;
        var copy = CopyOfDay(number);
        return AccountActor.Users(model, ref copy, Day);
    }

    /// <summary>Null: no such account.</summary>
    public AccountSummary? Row(ulong accountHash) => accounts.Find(accountHash) is var number and >= 0 && accounts[number].Card is not null ? accounts.RowOf(number) : null;

    public bool Knows(string account) => Find(account) is not null;

    /// <summary>Accounts, churned and stopped ones too.</summary>
    public int Accounts => accounts.Count;

    /// <summary>Bytes that the blocks of all accounts take, and those of the memory they lie in, with what is free for blocks to come; blocks of more than 16 KiB excluded.</summary>
    public (long InUse, long Reserved) BlockBytes => (accounts.Memory.InUse, accounts.Memory.Size);

    /// <summary>The stored form of an account's state as of now, for checks; empty: no such account. Valid until the next input.</summary>
    public ReadOnlySpan<byte> State(string account) => Find(account) is { } number ? accounts[number].State.Bytes : [];

    /// <summary>The stored form of an account's state on <see cref="Day"/>, for whoever makes a view of it elsewhere; null: no such account.</summary>
    public byte[]? Reading(string account) => model is not null && Find(account) is { } number ? CopyOfDay(number).Bytes.ToArray() : null;

    /// <summary>The first rows of the query in this partition, at most its limit, in order. Merge those of all partitions with <see cref="AccountOrder"/>.</summary>
    public IReadOnlyList<FleetRow> Rows(AccountQuery query) => fleet?.Rows(accounts, query, Day) ?? [];

    /// <summary>The scores that moved most in this partition. Its churned accounts and those that wait for a rebuild are left out.</summary>
    public ScoreMovers Movers() => fleet?.Movers(accounts, Day) ?? new ScoreMovers();

    /// <summary>The first alerts of the query in this partition, at most its limit, in order. Merge those of all partitions with <see cref="AlertOrder"/>.</summary>
    public IReadOnlyList<FleetAlert> Alerts(AlertQuery query) => [.. FindAlerts(query).Select(found => found.View(ModelOrThrow))];

    /// <summary>The same, for whoever makes their views elsewhere.</summary>
    public IReadOnlyList<FoundAlert> FindAlerts(AlertQuery query)
    {
        var only = OnlyOf(query);
        // As far as a tick in work has come, like the row.
        return model is null
            ? []
            : [.. AlertPart.Find(accounts, model, Day, query, only).Select(found => new FoundAlert(accounts.RowOf(found.Number), accounts[found.Number].State.Copy(), Day, found.Place.Type, found.Place.Subject))];
    }

    /// <summary>What this partition has of the query's storms; its cursor and limit do not count.</summary>
    public AlertStorms AlertStorms(AlertQuery query) => AlertPart.Storms(accounts, ModelOrThrow, Day, query, OnlyOf(query));

    /// <summary>Kept up to date; null before the model is known.</summary>
    public FleetCounts? Counts => fleet?.Counts;

    /// <summary>Gives its pooled memory back. Nothing may be in flight.</summary>
    public void Dispose()
    {
        EndPass();
        activation?.Dispose();
        writing?.Changes.Clear();
        unpersistedChanges.Clear();
        open.Dispose();
        ownInFlight?.Dispose();
        judgedRecord.Dispose();
        ids.Dispose();
        foreach (var (_, records) in flights) records.Dispose();
        foreach (var records in spare) records.Dispose();
        flights.Clear();
        spare.Clear();
    }

    private int? OnlyOf(AlertQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.Account is null ? null : Find(query.Account) ?? -1;
    }

    private int? Find(string account)
    {
        var number = accounts.Find(StableHash.Of(Encoding.UTF8.GetBytes(account)));
        return number < 0 ? null : number;
    }

    private CompiledModel ModelOrThrow => model ?? throw NoModel();

    private InvalidOperationException NoModel() => new($"Partition {Index} has no model yet.");

    private void TakeModel(CompiledModel taken, string text, int generation)
    {
        model = taken;
        modelText = text;
        ModelHash = StableHash.Of(text);
        Generation = generation;
        fleet = new FleetPart(model);
    }
}
