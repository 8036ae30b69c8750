using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using RealtimeAdoption.Embedded;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Storage;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.Web.Verification;
using RealtimeAdoption.Web.Wire;

namespace RealtimeAdoption.Server.Operate;

/// <summary><c>verify --offline</c>: the store is opened here, and what a start would make of it is compared.</summary>
internal static class StoppedStoreTalk
{
    /// <summary>The same report as a server gives; null: the options are wrong, and that was said.</summary>
    public static async Task<JsonObject?> VerifyAsync(string[] arguments, CancellationToken stop)
    {
        if (ServerStart.ReadOptions(arguments, HostServices.Sections) is not { } options) return null;
        var storage = options.Storage;
        if (!storage.IsPostgres && !File.Exists(Path.Combine(storage.Path, "journal.db")))
        {
            ExitCode.Refuse([$"Storage:Path: {storage.Path} holds no journal.db."]);
            return null;
        }

        await using IJournal journal = storage.IsPostgres ? new PostgresJournal(storage, NullLogger<PostgresJournal>.Instance) : new SqliteJournal(storage);
        await using ISnapshots snapshots = storage.IsPostgres ? new PostgresSnapshots(storage) : new SqliteSnapshots(storage);
        var report = await StoppedStore.VerifyAsync(
            new PartitionOptions(), journal, snapshots, text => new CompiledModel(ModelFileReader.ReadOrThrow(text, "model")), NullLogger.Instance, null, stop);
        return (JsonObject)JsonSerializer.SerializeToNode(VerifyReportAnswer.Of(report), WireJson.Options)!;
    }
}
