using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Host;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.TestKit.Drivers;
using RealtimeAdoption.TestKit.Hosts;
using RealtimeAdoption.TestKit.Memory;
using RealtimeAdoption.TestKit.Reference;

namespace RealtimeAdoption.Embedded.Tests;

/// <summary>A host over a store that outlives it, on a clock in the test's hand.</summary>
internal sealed class Rig : IHostRig
{
    public const long Day = 24L * 3_600_000;

    /// <summary>2026-11-02 12:00 UTC.</summary>
    public static readonly long Start = new DateTimeOffset(2026, 11, 2, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    public static readonly CompiledModel Model = new(SampleModel.Definition);

    private readonly string? folder;
    private ISnapshots? snapshots;
    private IJournal? journal;

    private Rig(string? folder) => this.folder = folder;

    public EmbeddedOptions Options { get; } = new() { Partitions = 8, Lanes = 2 };

    public HandClock Clock { get; } = new(Start);

    public MemoryJournal Journal { get; set; } = new();

    public MemorySnapshots Snapshots { get; set; } = new();

    public EmbeddedHost Host { get; private set; } = null!;

    public static Rig InMemory() => new(null);

    public static Rig OnDisk() => new(Directory.CreateTempSubdirectory("adoption-embedded-").FullName);

    IScoringHost IHostRig.Host => Host;

    Task IHostRig.StartAsync() => StartAsync();

    public async Task<Rig> StartAsync()
    {
        if (folder is not null)
        {
            var storage = new StorageOptions { Path = folder };
            (journal, snapshots) = (new SqliteJournal(storage), new SqliteSnapshots(storage));
        }

        Host = new EmbeddedHost(
            Options, journal ?? Journal, snapshots ?? Snapshots, Clock, SampleModel.Text, text => new CompiledModel(ModelFileReader.ReadOrThrow(text, "model")), NullLogger<EmbeddedHost>.Instance);
        await Host.StartAsync(default).WaitAsync(Patience);
        return this;
    }

    public static TimeSpan Patience => TimeSpan.FromSeconds(30);

    public async Task StopAsync()
    {
        await Host.DisposeAsync();
        if (journal is not null) await journal.DisposeAsync();
        if (snapshots is not null) await snapshots.DisposeAsync();
    }

    /// <summary>Of a store on disk, while it is stopped: gives a database file, and what belongs to it, another name.</summary>
    public void Move(string from, string to)
    {
        foreach (var file in Files(from)) File.Move(file, Path.Combine(folder!, to + Path.GetFileName(file)[from.Length..]));
    }

    public void Copy(string from, string to)
    {
        foreach (var file in Files(from)) File.Copy(file, Path.Combine(folder!, to + Path.GetFileName(file)[from.Length..]));
    }

    public void Remove(string name)
    {
        foreach (var file in Files(name)) File.Delete(file);
    }

    private string[] Files(string name) => Directory.GetFiles(folder!, name + "*");

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public IntakeBatch Batch(IEnumerable<Send> sends)
    {
        var batch = new IntakeBatch(Host.Identity.Partitions);
        foreach (var send in sends)
        {
            var offset = batch.Records.Length;
            SendDraft.Begin(batch.Records, send, Host.Identity.IdSeed);
            batch.End(offset);
        }

        return batch;
    }

    public async Task<(IntakeStatus Status, IntakeOutcome[] Outcomes)> TrySendAsync(IEnumerable<Send> sends)
    {
        using var batch = Batch(sends);
        var answer = await Host.AppendAsync(batch, default).AsTask().WaitAsync(Patience);
        return (answer.Status, batch.Outcomes.ToArray());
    }

    public async Task<IntakeOutcome[]> SendAsync(params Send[] sends)
    {
        var (status, outcomes) = await TrySendAsync(sends);
        Assert.Equal(IntakeStatus.Done, status);
        return outcomes;
    }

    public async Task<decimal?> ContactsAsync(string account) => (await Host.AccountAsync(account, false, default))?.Products[0].Criteria[0].Value;

    public Task SettleAsync()
    {
        Host.Pulse();
        var day = Days.ToDate(Days.Of(Clock.NowMs));
        return UntilAsync(fleet => fleet.SettledDay == day);
    }

    /// <summary>Waits for a state of the fleet.</summary>
    public async Task<FleetState> UntilAsync(Func<FleetState, bool> isReached)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var state = Host.ReadFleet();
            if (isReached(state)) return state;
            await Host.FleetChangedAsync(state.Version, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (folder is not null) Directory.Delete(folder, recursive: true);
    }

    public static Send Event(string id, string account, string name = "Contact Created", long? timestamp = null) =>
        new() { MessageId = id, Account = account, User = "u1", Name = name, ReceivedAtMs = 0, TimestampMs = timestamp };

    /// <summary>25 contacts and 10 activities: crm is adopted at once.</summary>
    public static Send[] Crm(string account, long? timestamp = null, bool import = false) =>
    [
        .. Enumerable.Range(0, 25).Select(i => Event($"c{i}", account, "Contact Created", timestamp) with { Import = import }),
        .. Enumerable.Range(0, 10).Select(i => Event($"a{i}", account, "Activity Logged", timestamp) with { Import = import }),
    ];
}
