using System.Collections.Concurrent;
using System.Text;
using RealtimeAdoption.Engine.Alerts;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.TestKit;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Web.Tests.Doors;

/// <summary>A record as text, for assertions.</summary>
internal sealed record Written(
    RecordKind Kind, RecordFlags Flags, string Account, string User, string Name, string Source, string MessageId, long TimeMs, uint Payload, IReadOnlyDictionary<string, string> Properties)
{
    public static Written Of(in Record record)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in record.Properties)
        {
            var value = property.Kind switch
            {
                PropertyKind.Boolean => property.IsTrue ? "true" : "false",
                PropertyKind.Null => "null",
                PropertyKind.Text => $"\"{Encoding.UTF8.GetString(property.Value)}\"",
                _ => Encoding.UTF8.GetString(property.Value),
            };
            properties.Add(Encoding.UTF8.GetString(property.Name), value);
        }

        return new Written(
            record.Kind, record.Flags, Text(record.Account), Text(record.User), Text(record.Name), Text(record.Source), Text(record.MessageId), record.TimeMs, record.PayloadHash, properties);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}

/// <summary>
/// Takes what the doors hand over and shows it, instead of scoring it: what a record looks like is asked here, what it does is asked of the real host.
/// De-duplicates, keeps the directory and refuses the future as a host does.
/// </summary>
internal sealed class RecordingHost : IScoringHost
{
    private readonly ConcurrentDictionary<string, string> directory = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, uint> ids = [];

    public StoreIdentity Identity { get; } = new(64, 42);

    public CompiledModel Model { get; } = new(SampleModel.Definition);

    public string ModelText => SampleModel.Text;

    public ActivationStatus? Activation { get; set; }

    /// <summary>What a wish for a preview is answered, given the text.</summary>
    public Func<string, IProgress<ModelProgress>?, CancellationToken, PreviewStart>? Previews { get; set; }

    /// <summary>What a wish for an activation is answered, given the text and who asks.</summary>
    public Func<string, string, ActivationStart>? Activations { get; set; }

    public PreviewStart PreviewModel(string text, IProgress<ModelProgress>? progress, CancellationToken cancellationToken) =>
        Previews?.Invoke(text, progress, cancellationToken) ?? throw new NotSupportedException();

    public ValueTask<ActivationStart> ActivateModelAsync(string text, string by, CancellationToken cancellationToken) =>
        new(Activations?.Invoke(text, by) ?? throw new NotSupportedException());

    /// <summary>What a wish for a verification is answered.</summary>
    public Func<IProgress<ModelProgress>?, CancellationToken, VerifyStart>? Verifications { get; set; }

    public VerifyStart Verify(IProgress<ModelProgress>? progress, CancellationToken cancellationToken) => Verifications?.Invoke(progress, cancellationToken) ?? throw new NotSupportedException();

    public TimeProvider Clock { get; } = new StillClock(new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));

    public HostStatus Status { get; set; } = new(true, "Recording.", 0);

    public List<Written> Records { get; } = [];

    /// <summary>What the next batches are answered; null: done.</summary>
    public IntakeAnswer? Answer { get; set; }

    /// <summary>Holds batches up until it completes.</summary>
    public Func<Task>? Before { get; set; }

    public async ValueTask<IntakeAnswer> AppendAsync(IntakeBatch batch, CancellationToken cancellationToken)
    {
        if (Before is { } before) await before();
        if (Answer is { } answer) return answer;
        lock (Records)
        {
            for (var i = 0; i < batch.Count; i++) batch.Outcomes[i] = Take(new Record(batch.Records.Written[batch.Drafts[i].Offset..]));
        }

        return IntakeAnswer.Done;
    }

    public bool TryFindAccount(ReadOnlySpan<byte> user, out string account) => directory.TryGetValue(Encoding.UTF8.GetString(user), out account!);

    public ValueTask<AccountView?> AccountAsync(string account, bool explain, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<UserView>?> UsersAsync(string account, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<AccountPage> AccountsAsync(AccountQuery query, CancellationToken cancellationToken) => new(new AccountPage([], null));

    public ValueTask<ScoreMovers> ScoreMoversAsync(CancellationToken cancellationToken) => new(new ScoreMovers());

    public ValueTask<AlertPage> AlertsAsync(AlertQuery query, CancellationToken cancellationToken) => new(new AlertPage([], null, []));

    public ValueTask<IReadOnlyList<StoredChange>?> HistoryAsync(string account, long before, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>A record that is released goes.</summary>
    public List<QuarantinedRecord> Quarantined { get; } = [];

    public ValueTask<IReadOnlyList<QuarantinedRecord>> QuarantineAsync(CancellationToken cancellationToken) => new([.. Quarantined]);

    public ValueTask<bool> ReleaseAsync(int partition, long position, CancellationToken cancellationToken) =>
        new(Quarantined.RemoveAll(record => record.Partition == partition && record.Position == position) > 0);

    public FleetState ReadFleet() => new(1, new FleetCounts(Model), [], null, new DateOnly(2026, 11, 20));

    public Task FleetChangedAsync(long sinceVersion, CancellationToken cancellationToken) => Task.Delay(sinceVersion == 1 ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, cancellationToken);

    private IntakeOutcome Take(in Record record)
    {
        var written = Written.Of(record);
        var now = Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var time = record.Has(RecordFlags.TimeIsAge) ? now - record.TimeMs : record.TimeMs;
        if (record.Has(RecordFlags.HasTimestamp) && time > now + Days.MsPerDay) return IntakeOutcome.TimestampInFuture;
        var key = record.IdHash ^ ((ulong)record.Kind << 56);
        if (record.IdHash != 0 && !ids.TryAdd(key, record.PayloadHash))
            return ids[key] == record.PayloadHash ? IntakeOutcome.Duplicate : IntakeOutcome.Conflict;
        if (record.Kind == RecordKind.Directory) directory[written.User] = written.Account;
        Records.Add(written);
        return IntakeOutcome.Accepted;
    }

    private sealed class StillClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

/// <summary>Rejections in memory, newest last.</summary>
internal sealed class RecordingRejections : IRejections
{
    public ConcurrentQueue<Rejection> All { get; } = [];

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Add(Rejection rejection) => All.Enqueue(rejection);

    public ValueTask<IReadOnlyList<Rejection>> ReadAsync(long before, int limit, string? code, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<Rejection>>([.. All.Reverse().Take(limit)]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
