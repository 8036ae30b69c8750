using System.Globalization;
using System.Text;
using Npgsql;
using Orleans.Runtime;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.TestKit.Servers;
using static RealtimeAdoption.TestKit.Servers.Answers;

namespace RealtimeAdoption.Silo.Tests.Processes;

/// <summary>Silos as processes of their own on one PostgreSQL server of their own, which may be killed too. Places are numbered; a silo that is started in one again is a new silo at the same address.</summary>
/// <param name="executable">Of the silos that are started until another one is named; null: this tree's.</param>
internal sealed class SiloProcesses(string? executable = null) : IAsyncDisposable
{
    public const int Partitions = 8;

    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private const int StartsMost = 4;

    private readonly List<ServerProcess?> silos = [];
    private readonly List<int> ports = [];
    private PostgresServer? postgres;
    private string connection = "";

    /// <summary>What is started from now on; null: this tree's.</summary>
    public string? Executable { get; set; } = executable;

    /// <summary>After so many in a row a silo is suspected; null: as by default. More, where there may be less processor time than silos need to live.</summary>
    public int? ProbesMissed { get; init; }

    public PostgresServer Postgres => postgres ?? throw new InvalidOperationException("Not started.");

    public int Places => silos.Count;

    /// <summary>The silos that nobody has ended.</summary>
    public IReadOnlyList<ServerProcess> Running => [.. silos.OfType<ServerProcess>()];

    public async Task StartAsync(int count)
    {
        postgres = await PostgresServer.StartAsync(fsync: true);
        connection = await postgres.NewDatabaseAsync();
        for (var place = 0; place < count; place++) silos.Add(null);
        await Task.WhenAll(Enumerable.Range(0, count).Select(StartInAsync));
    }

    /// <summary>Null: nobody runs there now.</summary>
    public ServerProcess? At(int place) => silos[place];

    /// <summary>One more, or one again in a place that was left. Returns when it is ready, with its place.</summary>
    public async Task<int> StartOneAsync()
    {
        var place = silos.IndexOf(null);
        if (place < 0)
        {
            place = silos.Count;
            silos.Add(null);
        }

        await StartInAsync(place);
        return place;
    }

    /// <summary>Takes a silo out, so that nobody sends to its place; it is the caller's to end.</summary>
    public ServerProcess Take(int place)
    {
        var silo = silos[place] ?? throw new InvalidOperationException($"No silo runs in place {place}.");
        silos[place] = null;
        return silo;
    }

    /// <summary>Until those that run are all that the cluster takes to be there: one that was frozen, say, was declared dead.</summary>
    public Task KnownAsync() => UntilAsync(
        () => Postgres.SqlAsync(new NpgsqlConnectionStringBuilder(connection).Database!, $"SELECT count(*) FROM adoption_orleans.members WHERE status = {(int)SiloStatus.Active}"),
        active => active == $"{Running.Count}",
        Patience,
        $"the cluster has {Running.Count} silos");

    /// <summary>kill -9.</summary>
    public async Task KillAsync(int place)
    {
        await using var silo = Take(place);
        await silo.KillAsync();
    }

    /// <summary>What each silo says of itself, and its last lines.</summary>
    public async Task<string> ToldAsync()
    {
        var told = new StringBuilder();
        foreach (var silo in Running)
        {
            using var http = silo.Client();
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            told.AppendLine(CultureInfo.InvariantCulture, $"{silo.Url}: {await answer.Content.ReadAsStringAsync()}");
            foreach (var line in silo.Output.Split('\n').TakeLast(20)) told.AppendLine(line);
        }

        return told.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Running) await silo.DisposeAsync();
        if (postgres is not null) await postgres.DisposeAsync();
    }

    // As a supervisor would: again, where on a busy machine it was taken for dead before it was ready, or an outgoing connection had its port.
    private async Task StartInAsync(int place)
    {
        for (var start = 1; ; start++)
        {
            var silo = Launch(place);
            try
            {
                await silo.ReadyAsync(Patience);
                silos[place] = silo;
                return;
            }
            catch (InvalidOperationException) when (silo.HasExited && IsPassing(silo) && start < StartsMost)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"The silo in place {place} ended while it started: {silo.LastLine}");
                await silo.DisposeAsync();
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
            catch
            {
                await silo.DisposeAsync();
                throw;
            }
        }
    }

    private static bool IsPassing(ServerProcess ended) => ended.ExitCode == ExitCode.TakenOver || ended.Output.Contains("address already in use", StringComparison.OrdinalIgnoreCase);

    private ServerProcess Launch(int place)
    {
        while (ports.Count <= place) ports.Add(Ports.Free());
        string[] options =
        [
            $"--Urls=http://127.0.0.1:{ports[place]}",
            "--Storage:Kind=postgres",
            $"--Storage:ConnectionString={connection}",
            $"--Partitions={Partitions}",
            "--Cluster:SiloPort=0",
            "--Cluster:Owner:CheckpointSeconds=1",
            "--Cluster:Owner:RebuildQuietMs=100",
            .. ProbesMissed is { } missed ? [$"--Cluster:ProbesMissed={missed}"] : Array.Empty<string>(),
        ];
        return ServerProcess.LaunchFile(Executable ?? ServerProcess.Executable("RealtimeAdoption.Silo"), [], "", options);
    }
}
