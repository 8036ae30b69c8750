using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Embedded;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Doors;

/// <summary>A folder with the real store, to be opened by one real server after another. Dispose deletes it.</summary>
internal sealed class DoorStore : IAsyncDisposable
{
    private readonly StorageOptions options = new() { Path = Directory.CreateTempSubdirectory("doors-").FullName };

    public SettableClock Clock { get; } = new(new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));

    public async Task<RunningDoors> StartAsync()
    {
        var journal = new SqliteJournal(options);
        var snapshots = new SqliteSnapshots(options);
        var rejections = new SqliteRejections(options);
        await rejections.OpenAsync(CancellationToken.None);
        var host = new EmbeddedHost(
            new EmbeddedOptions { Partitions = 8, Lanes = 2 }, journal, snapshots, Clock, SampleModel.Text, text => new CompiledModel(ModelFileReader.ReadOrThrow(text, "model.yaml")), NullLogger<EmbeddedHost>.Instance);
        await host.StartAsync(CancellationToken.None);
        return new RunningDoors(await DoorServer.StartAsync(host, rejections), host, journal, snapshots, rejections);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(options.Path, recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Doors, embedded host and SQLite, running.</summary>
internal sealed class RunningDoors(DoorServer server, EmbeddedHost host, SqliteJournal journal, SqliteSnapshots snapshots, SqliteRejections rejections) : IAsyncDisposable
{
    public DoorServer Server => server;

    public EmbeddedHost Host => host;

    public SqliteRejections Rejections => rejections;

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await host.DisposeAsync();
        await snapshots.DisposeAsync();
        await journal.DisposeAsync();
        await rejections.DisposeAsync();
    }
}
