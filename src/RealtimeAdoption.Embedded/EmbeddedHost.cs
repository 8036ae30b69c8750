using System.Globalization;
using System.Numerics;
using System.Text;
using Microsoft.Extensions.Logging;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Embedded;

/// <summary>
/// Runs all partitions in this process: lanes (threads) own them, one committer writes to the journal, background threads store checkpoints and rebuild
/// accounts. A batch is answered when everything in it is durable and applied. When the store fails it answers 'unavailable' and goes on by itself
/// when the store does; a broken invariant of a partition stops the host until the next start. Thread-safe. Owns neither the journal nor
/// the snapshots.
/// </summary>
public sealed partial class EmbeddedHost : IScoringHost, IAsyncDisposable
{
    private readonly EmbeddedOptions options;
    private readonly IJournal journal;
    private readonly ISnapshots snapshots;
    private readonly ILogger logger;
    private readonly string modelTextIfNew;
    private readonly Func<string, CompiledModel> readModel;
    private readonly Admission admission;
    private readonly UserDirectory directory = new();
    private readonly LaneParts parts;
    private StoreIdentity? identity;
    private LaneHouse? house;
    private Lane[] lanes = [];
    private string phase = "Not started.";
    private volatile bool isReady;
    private volatile bool isStopping;

    /// <param name="options">Checked here.</param>
    /// <param name="journal">Opened by the start.</param>
    /// <param name="snapshots">Opened by the start.</param>
    /// <param name="clock">Stamps receipts and opens days.</param>
    /// <param name="modelTextIfNew">The model file's text for a journal that has none yet.</param>
    /// <param name="readModel">From a model file's text to its compiled form. Throws where the text is not valid.</param>
    /// <param name="logger">Recovery, failures of the store, stopped accounts.</param>
    /// <exception cref="ArgumentException">Options out of their range, all listed.</exception>
    public EmbeddedHost(
        EmbeddedOptions options, IJournal journal, ISnapshots snapshots, TimeProvider clock, string modelTextIfNew, Func<string, CompiledModel> readModel, ILogger<EmbeddedHost> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = options.Errors();
        if (errors.Count > 0) throw new ArgumentException(string.Join(' ', errors), nameof(options));
        this.options = options;
        this.journal = journal;
        this.snapshots = snapshots;
        Clock = clock;
        this.modelTextIfNew = modelTextIfNew;
        this.readModel = readModel;
        this.logger = logger;
        parts = new LaneParts(() => Lanes);
        admission = new Admission(options.BytesInFlightMax, options.EventsInFlightMax, TimeSpan.FromSeconds(options.RetryAfterSeconds));
    }

    public TimeProvider Clock { get; }

    /// <exception cref="InvalidOperationException">Not started.</exception>
    public StoreIdentity Identity => identity ?? throw new InvalidOperationException("The host is not started.");

    /// <exception cref="InvalidOperationException">Not started.</exception>
    public CompiledModel Model => House.Model;

    public HostStatus Status
    {
        get
        {
            if (house is null || !isReady) return new HostStatus(false, phase, 0);
            var rebuilding = house.Publisher.Rebuilding;
            if (house.Failure is { } failure) return new HostStatus(false, failure, rebuilding);
            if (isStopping) return new HostStatus(false, "Stopping.", rebuilding);
            return new HostStatus(true, house.StoreFailure ?? house.Checkpoints.Detail ?? house.Ids.Refusal ?? house.Ids.Detail ?? ReadyDetail(house), rebuilding);
        }
    }

    // What a person should know of, the most urgent first.
    private static string ReadyDetail(LaneHouse house)
    {
        if (house.ActivationStatus is { } activation)
        {
            var soFar = $"Ready; model {activation.Model} is being activated: {activation.Progress.Partitions} of {activation.Progress.PartitionsInAll} partitions have it.";
            return activation.Stuck is { } stuck ? $"{soFar} It is stuck: {WhyUnread(stuck)} The other partitions go on." : soFar;
        }

        if (house.Unread(ofActivation: false) is { } trouble) return $"Ready; rebuilds are stuck: {WhyUnread(trouble)}";
        if (house.Faults is > 0 and var faults) return $"Ready; {faults} accounts are stopped or could not be rebuilt, see the log.";
        return house.Quarantined is > 0 and var records ? $"Ready; {records} records are in quarantine, see GET /v1/quarantine." : "Ready.";
    }

    private static string WhyUnread(HistoryTrouble trouble) => string.Create(
        CultureInfo.InvariantCulture,
        $"the history of partition {trouble.First}{(trouble.Partitions > 1 ? $" and {trouble.Partitions - 1} more" : "")} cannot be read since {trouble.Since:yyyy-MM-dd HH:mm:ss} UTC ({trouble.Reason}); it is tried again by itself.");

    /// <summary>Completes when the host takes nothing more until it is started again, however long it goes on answering.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public Task<HostFailure> Failed => House.Failed;

    private LaneHouse House => house ?? throw new InvalidOperationException("The host is not started.");

    public ValueTask<IntakeAnswer> AppendAsync(IntakeBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (!isReady || isStopping) return new(admission.Unavailable(isStopping ? "The server is stopping." : phase));
        if (house!.Failure is { } failure) return new(admission.Unavailable(failure));
        if (house.StoreFailure is { } refused) return new(admission.Unavailable(refused));
        if (house.Ids.Refusal is { } full) return new(admission.Unavailable(full));
        if (house.Checkpoints.Refusal is { } unstored) return new(admission.Unavailable(unstored));
        if (batch.Count == 0) return new(IntakeAnswer.Done);
        if (!admission.TryEnter(batch.Records.Length, batch.Count)) return new(admission.Overloaded());
        // Once more: a stop that began meanwhile waits for everything that is let in, or sees that this is not.
        if (isStopping)
        {
            admission.Leave(batch.Records.Length, batch.Count);
            return new(admission.Unavailable("The server is stopping."));
        }

        var concerned = 0UL;
        foreach (var (_, partition) in batch.Drafts) concerned |= 1UL << (partition % lanes.Length);
        var ticket = new IntakeTicket(batch, BitOperations.PopCount(concerned), admission);
        for (; concerned != 0; concerned &= concerned - 1) lanes[BitOperations.TrailingZeroCount(concerned)].Post(ticket);
        return new(ticket.Answer);
    }

    public bool TryFindAccount(ReadOnlySpan<byte> user, out string account)
    {
        var isFound = directory.TryFind(user, out var found);
        account = found ?? "";
        return isFound;
    }

    public async ValueTask<AccountView?> AccountAsync(string account, bool explain, CancellationToken cancellationToken) =>
        await Ask(PartitionOf(account), partition => partition.View(account, explain), cancellationToken);

    public async ValueTask<IReadOnlyList<UserView>?> UsersAsync(string account, CancellationToken cancellationToken) =>
        await Ask(PartitionOf(account), partition => partition.Users(account), cancellationToken);

    public ValueTask<AccountPage> AccountsAsync(AccountQuery query, CancellationToken cancellationToken) => Answers.AccountsAsync(query, cancellationToken);

    public ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken) => Answers.AlertsAsync(query, cancellationToken);

    public ValueTask<ScoreMovers> ScoreMoversAsync(CancellationToken cancellationToken) => Answers.ScoreMoversAsync(cancellationToken);

    public ValueTask<IReadOnlyList<StoredChange>?> HistoryAsync(string account, long before, int limit, CancellationToken cancellationToken) => Answers.HistoryAsync(account, before, limit, cancellationToken);

    public ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) => Answers.FeedAsync(partition, after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<QuarantinedRecord>> QuarantineAsync(CancellationToken cancellationToken) => Answers.QuarantineAsync(cancellationToken);

    public async ValueTask<bool> ReleaseAsync(int partition, long position, CancellationToken cancellationToken) =>
        partition >= 0 && partition < Identity.Partitions && await Ask(partition, machine => machine.Release(position, House.NowMs()), cancellationToken);

    public FleetState ReadFleet() => House.Publisher.Read();

    public Task FleetChangedAsync(long sinceVersion, CancellationToken cancellationToken) => House.Publisher.ChangedAsync(sinceVersion, cancellationToken);

    private FleetAnswers Answers => new(parts, snapshots, Identity.Partitions, () => Model);

    private Lane[] Lanes => isReady ? lanes : throw new InvalidOperationException(phase);

    private int PartitionOf(string account) => Partitioning.Of(HashOf(account), Identity.Partitions);

    private static ulong HashOf(string account) => StableHash.Of(Encoding.UTF8.GetBytes(account));

    private Task<T> Ask<T>(int partition, Func<Partition, T> ask, CancellationToken cancellationToken) => parts.Ask(partition, ask, cancellationToken);
}
