using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Embedded;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.TestKit;

namespace RealtimeAdoption.Web.Tests.Running;

/// <summary>A folder with the real store, for one real host after another. Dispose deletes it.</summary>
public sealed class RealStore(DateTimeOffset start) : IAsyncDisposable
{
    private readonly StorageOptions options = new() { Path = Directory.CreateTempSubdirectory("answers-").FullName };

    public SettableClock Clock { get; } = new(start);

    public async Task<RealHost> OpenAsync(int partitions = 8)
    {
        var journal = new SqliteJournal(options);
        var snapshots = new SqliteSnapshots(options);
        var rejections = new SqliteRejections(options);
        await rejections.OpenAsync(CancellationToken.None);
        var host = new EmbeddedHost(
            new EmbeddedOptions { Partitions = partitions, Lanes = 2 }, journal, snapshots, Clock, SampleModel.Text, text => new CompiledModel(ModelFileReader.ReadOrThrow(text, "model.yaml")), NullLogger<EmbeddedHost>.Instance);
        await host.StartAsync(CancellationToken.None);
        return new RealHost(host, journal, snapshots, rejections);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(options.Path, recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The embedded host over SQLite, running.</summary>
public sealed class RealHost(EmbeddedHost host, SqliteJournal journal, SqliteSnapshots snapshots, SqliteRejections rejections) : IAsyncDisposable
{
    public EmbeddedHost Host => host;

    public SqliteRejections Rejections => rejections;

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await snapshots.DisposeAsync();
        await journal.DisposeAsync();
        await rejections.DisposeAsync();
    }
}
