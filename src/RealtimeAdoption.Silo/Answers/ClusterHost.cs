using Orleans.Runtime;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Silo.Doors;
using RealtimeAdoption.Silo.Fleet;
using RealtimeAdoption.Silo.Models;
using RealtimeAdoption.Silo.Partitions;
using RealtimeAdoption.Silo.Users;

namespace RealtimeAdoption.Silo.Answers;

/// <summary>
/// One silo as a host: appends through its own door, and asks the partitions wherever they are, each of which first catches up with the journal's end. So whatever any silo has acknowledged is in the answers of
/// every other. Thread-safe.
/// </summary>
public sealed class ClusterHost : IScoringHost, IAsyncDisposable
{
    private const string Stopping = "The silo is stopping.";
    private const int ByLengthMax = 256;
    private const int ModelLookMs = 1_000;

    private readonly SiloHouse house;
    private readonly IGrainFactory grains;
    private readonly ISiloFleet fleet;
    private readonly Admission admission;
    private readonly ClusterHostOptions options;
    private readonly SiloModels models;
    private readonly FleetAnswers answers;
    private readonly ClusterWorks works;
    private readonly FoundPartitions found;
    private readonly CancellationTokenSource stop = new();
    private Task following = Task.CompletedTask;
    private volatile string phase = "Not started.";
    private volatile bool isReady;
    private volatile bool isStopping;

    /// <param name="house">Of the silo.</param>
    /// <param name="grains">Of the silo.</param>
    /// <param name="fleet">Of the silo.</param>
    /// <param name="options">Checked here.</param>
    /// <param name="silo">This one.</param>
    /// <exception cref="ArgumentException">Options out of their range, all listed.</exception>
    public ClusterHost(SiloHouse house, IGrainFactory grains, ISiloFleet fleet, ClusterHostOptions options, ILocalSiloDetails silo)
    {
        ArgumentNullException.ThrowIfNull(house);
        ArgumentNullException.ThrowIfNull(silo);
        ArgumentNullException.ThrowIfNull(options);
        var errors = options.Errors();
        if (errors.Count > 0) throw new ArgumentException(string.Join(' ', errors), nameof(options));
        (this.house, this.grains, this.fleet, this.options) = (house, grains, fleet, options);
        found = new FoundPartitions(house, grains, silo.SiloAddress.ToParsableString());
        admission = new Admission(options.BytesInFlightMax, options.EventsInFlightMax, TimeSpan.FromSeconds(options.RetryAfterSeconds));
        models = new SiloModels(house, grains);
        works = new ClusterWorks(house, grains, options.PreviewMovesMax, stop.Token);
        answers = new FleetAnswers(new GrainParts(grains, models, house.Identity.Partitions), house.Snapshots, house.Identity.Partitions, () => Model);
    }

    public StoreIdentity Identity => house.Identity;

    public CompiledModel Model => house.InForce.Model;

    public string ModelText => house.InForce.Text;

    public ActivationStatus? Activation => house.InForce.Activation;

    public TimeProvider Clock => house.Clock;

    public HostStatus Status => (isStopping ? Stopping : isReady ? house.Trouble() : phase) is { } unready
        ? new HostStatus(false, unready, 0)
        : new HostStatus(true, house.Refusal ?? ReadyDetail, fleet.Read().Counts.Rebuilding);

    /// <summary>Ready when every partition that is not damaged has been found, has a model and is on the clock's day, and its users are known here. The silo must be a member of its cluster.</summary>
    /// <exception cref="JournalDamagedException">All partitions are damaged.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        phase = "Looking for the partitions.";
        try
        {
            await found.FindAsync(cancellationToken);
        }
        catch (JournalDamagedException error)
        {
            phase = error.Message;
            throw;
        }

        phase = "Learning the users.";
        await found.LearnUsersAsync(cancellationToken);
        phase = "Looking for the model in force.";
        await Patience.AskAsync(LookForModelAsync, cancellationToken);
        following = Task.WhenAll(FollowModelAsync(), found.FollowAsync(stop.Token));
        isReady = true;
        phase = "Ready.";
    }

    /// <summary>Takes nothing more, and waits for what is in flight.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isStopping) return;
        isStopping = true;
        await stop.CancelAsync();
        await admission.EmptyAsync();
        await following;
        await works.EndAsync();
        stop.Dispose();
    }

    public async ValueTask<IntakeAnswer> AppendAsync(IntakeBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if ((WhyUnavailable() ?? house.Refusal) is { } reason) return admission.Unavailable(reason);
        if (batch.Count == 0) return IntakeAnswer.Done;
        var (bytes, events) = (batch.Records.Length, batch.Count);
        if (!admission.TryEnter(bytes, events)) return admission.Overloaded();
        try
        {
            // Once more: a stop that began meanwhile waits for everything that is let in, or sees that this is not.
            if (isStopping) return admission.Unavailable(Stopping);
            var answer = await house.Door.AppendAsync(batch);
            return answer.Status == IntakeStatus.Done && GroupedIn(batch) is { Count: > 0 } grouped ? await TellUsersAsync(grouped) : answer;
        }
        finally
        {
            admission.Leave(bytes, events);
        }
    }

    /// <exception cref="HostUnavailableException">This silo may know less than the cluster.</exception>
    public bool TryFindAccount(ReadOnlySpan<byte> user, out string account)
    {
        if (!house.Door.IsMember()) throw new HostUnavailableException($"{ClusterDoor.NotAMember} Ask again later.");
        // First: what is learned between the two is found then.
        var isKnownToAll = found.KnowsAllBeside(user);
        if (house.Directory.TryFind(user, out account)) return true;
        return isKnownToAll ? false : throw new HostUnavailableException("Whose account a user is of is not known: their partition is damaged. Name the account, or ask again when it has been mended.");
    }

    public async ValueTask<AccountView?> AccountAsync(string account, bool explain, CancellationToken cancellationToken)
    {
        if (await ReadAsync(account, cancellationToken) is not { } read) return null;
        var state = AccountState.Of(read.Reading.State);
        return AccountActor.View(read.Model, ref state, read.Reading.Day, explain) with { Partition = read.Reading.Partition };
    }

    public async ValueTask<IReadOnlyList<UserView>?> UsersAsync(string account, CancellationToken cancellationToken)
    {
        if (await ReadAsync(account, cancellationToken) is not { } read) return null;
        var state = AccountState.Of(read.Reading.State);
        return AccountActor.Users(read.Model, ref state, read.Reading.Day);
    }

    public ValueTask<AccountPage> AccountsAsync(AccountQuery query, CancellationToken cancellationToken) => answers.AccountsAsync(query, cancellationToken);

    public ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken) => answers.AlertsAsync(query, cancellationToken);

    public ValueTask<ScoreMovers> ScoreMoversAsync(CancellationToken cancellationToken) => answers.ScoreMoversAsync(cancellationToken);

    public ValueTask<IReadOnlyList<StoredChange>?> HistoryAsync(string account, long before, int limit, CancellationToken cancellationToken) => answers.HistoryAsync(account, before, limit, cancellationToken);

    public ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) => answers.FeedAsync(partition, after, limit, cancellationToken);

    public ValueTask<IReadOnlyList<QuarantinedRecord>> QuarantineAsync(CancellationToken cancellationToken) => answers.QuarantineAsync(cancellationToken);

    // Asked once more, where an answer was lost, it is in quarantine no more.
    public async ValueTask<bool> ReleaseAsync(int partition, long position, CancellationToken cancellationToken)
    {
        if (partition < 0 || partition >= Identity.Partitions || PageForm.Read<QuarantinedRecord[]>((await Patience.AskAsync(() => Partition(partition).Quarantine(), cancellationToken)).Form).All(record => record.Position != position)) return false;
        await Patience.AskAsync(() => Partition(partition).Release(position), cancellationToken);
        return true;
    }

    public PreviewStart PreviewModel(string text, IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (WhyUnavailable() is { } reason) return new PreviewStart(ModelChangeOutcome.Unavailable, reason);
        if (Compile(text, out var errors) is not { } next) return new PreviewStart(ModelChangeOutcome.Invalid, $"The model has {errors.Count} errors.") { Errors = errors };
        if (!works.TryPreview(text, next, progress, cancellationToken, out var preview, out var refusal)) return new PreviewStart(ModelChangeOutcome.Busy, refusal);
        return new PreviewStart(ModelChangeOutcome.Begun, $"The preview of model {next.Definition.Version} is running.") { Model = next.Definition.Version, Preview = preview };
    }

    public async ValueTask<ActivationStart> ActivateModelAsync(string text, string by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(by);
        if (by.Length > ByLengthMax) throw new ArgumentException($"It has {by.Length} characters; there may be {ByLengthMax}.", nameof(by));
        if (WhyUnavailable() is { } reason) return new ActivationStart(ModelChangeOutcome.Unavailable, reason);
        if (Compile(text, out var errors) is not { } model) return new ActivationStart(ModelChangeOutcome.Invalid, $"The model has {errors.Count} errors.") { Errors = errors };
        ActivationAnswer answer;
        try
        {
            answer = await grains.GetGrain<IModelGrain>(0).Activate(text, by).WaitAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return new ActivationStart(ModelChangeOutcome.Unavailable, $"Whether the activation has begun shows in a moment. {error.Message}");
        }

        if (answer.Outcome != ModelChangeOutcome.Begun) return new ActivationStart(answer.Outcome, answer.Detail);
        return new ActivationStart(answer.Outcome, answer.Detail) { Model = model.Definition.Version, Completion = CompleteAsync(answer.Generation) };
    }

    public VerifyStart Verify(IProgress<ModelProgress>? progress, CancellationToken cancellationToken)
    {
        if (WhyUnavailable() is { } reason) return new VerifyStart(ModelChangeOutcome.Unavailable, reason);
        if (!works.TryVerify(progress, cancellationToken, out var verification, out var refusal)) return new VerifyStart(ModelChangeOutcome.Busy, refusal);
        return new VerifyStart(ModelChangeOutcome.Begun, "The verification is running.") { Verification = verification };
    }

    public FleetState ReadFleet() => fleet.Read();

    public Task FleetChangedAsync(long sinceVersion, CancellationToken cancellationToken) => fleet.ChangedAsync(sinceVersion, cancellationToken);

    private string ReadyDetail
    {
        get
        {
            var troubles = new[] { fleet.Trouble, house.Behind() }.OfType<string>().ToList();
            var rest = house.Ids.Detail ?? (troubles.Count > 0 ? $"Ready; {string.Join(' ', troubles)}" : null);
            // No silo would be better to ask than this one, so damage makes none unready; nor does it hide what else there is.
            if ((found.Damage ?? house.Damage()) is { } damage) return $"Ready, but not for all accounts. {damage}{(rest is null ? "" : " " + rest)}";
            return rest ?? "Ready.";
        }
    }

    private string? WhyUnavailable() => isStopping ? Stopping : isReady ? null : phase;

    private IPartitionGrain Partition(int index) => grains.GetGrain<IPartitionGrain>(index);

    private CompiledModel? Compile(string text, out IReadOnlyList<ModelFileError> errors)
    {
        errors = [];
        try
        {
            // Most models that are looked at are never activated, and need not be kept.
            return house.ReadModel(text);
        }
        catch (ModelFileException error)
        {
            errors = error.Errors;
            return null;
        }
    }

    private async Task LookForModelAsync()
    {
        var (epoch, number) = house.InForce.Version;
        if (await grains.GetGrain<IModelGrain>(0).News(epoch, number) is { } news) house.InForce.Take(news);
    }

    // And every other silo knows it.
    private async Task CompleteAsync(int generation)
    {
        await house.InForce.ReachedAsync(generation, stop.Token);
        await Patience.AskAsync(() => grains.GetGrain<IModelGrain>(0).Told(), stop.Token);
    }

    // What begins and ends is told at once; how far it is, and what was told while this silo was not called, is looked for.
    private async Task FollowModelAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(ModelLookMs, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
            // One that comes to nothing is followed by the next.
            await LookForModelAsync().WaitAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // The partitions of the users that a batch has grouped.
    private static HashSet<int> GroupedIn(IntakeBatch batch)
    {
        var grouped = new HashSet<int>();
        var bytes = batch.Records.Written;
        foreach (var (offset, partition) in batch.Drafts)
        {
            if (new Record(bytes[offset..]).Kind == RecordKind.Directory) grouped.Add(partition);
        }

        return grouped;
    }

    // Whoever is told that a user is grouped may send the user's events to any silo.
    private async Task<IntakeAnswer> TellUsersAsync(HashSet<int> grouped)
    {
        var most = TimeSpan.FromSeconds(options.DirectorySecondsMax);
        try
        {
            await Task.WhenAll(grouped.Select(partition => Patience.AskAsync(() => Partition(partition).UsersTold(house.Journal.KnownEnd(partition)), most, CancellationToken.None)));
            return IntakeAnswer.Done;
        }
        catch (Exception)
        {
            return admission.Unavailable("The journal has it, but not every silo knows its users yet.");
        }
    }

    private async ValueTask<(AccountReading Reading, CompiledModel Model)?> ReadAsync(string account, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await Patience.AskAsync(() => Partition(house.PartitionOf(account)).Account(account), cancellationToken) is not { } reading) return null;
            if (await models.OfAsync(reading.Model, reading.Partition, cancellationToken) is { } model) return (reading, model);
        }
    }
}
