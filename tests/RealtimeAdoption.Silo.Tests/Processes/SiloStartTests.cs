using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Orleans.Runtime;
using RealtimeAdoption.Hosting;
using RealtimeAdoption.TestKit.Servers;
using static RealtimeAdoption.TestKit.Servers.Answers;

namespace RealtimeAdoption.Silo.Tests.Processes;

/// <summary>A silo's executable by itself.</summary>
public sealed class SiloStartTests : IDisposable
{
    private const int Events = 30;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("adoption-silo-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Everything_that_is_wrong_with_the_options_is_told_at_once()
    {
        await using var silo = Launch("--Cluster:Address=everywhere", "--Cluster:SiloPort=70000", "--Cluster:Owner:PulseMs=1", "--Cluster:Prot=1", "--Cluster:Alone=false", "--Urls=nowhere");
        Assert.Equal(ExitCode.Refused, await silo.ExitAsync(SiloProcesses.Patience));
        foreach (var wrong in new[] { "Cluster:Address is 'everywhere'", "Cluster:SiloPort is 70000", "Cluster:Owner:PulseMs is 1", "Cluster:Prot: there is no such option", "Storage:Kind", "Urls: 'nowhere'" })
            Assert.Contains(wrong, silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_another_silo_has_is_refused()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        await using var silo = Launch($"--Cluster:SiloPort={((IPEndPoint)other.LocalEndpoint).Port}");
        Assert.Equal(ExitCode.Failed, await silo.ExitAsync(SiloProcesses.Patience));
        Assert.Contains("Cluster:SiloPort: the silo cannot listen on 127.0.0.1:", silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_whose_name_leaves_no_room_for_the_memberships_beside_it_is_refused()
    {
        await using var silo = Launch("--Storage:Kind=postgres", "--Storage:ConnectionString=Host=127.0.0.1;Port=1", $"--Storage:Schema={new string('a', 56)}");
        Assert.Equal(ExitCode.Refused, await silo.ExitAsync(SiloProcesses.Patience));
        Assert.Contains("of 56 characters; in a cluster, whose membership lies in a schema beside it, it must have 55 at most.", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_in_which_there_can_be_no_scratch_for_ids_is_refused()
    {
        // A file, where the folder would be by default.
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "scratch"), "");
        await using var silo = Launch("--Cluster:SiloPort=0");
        Assert.Equal(ExitCode.Failed, await silo.ExitAsync(SiloProcesses.Patience));
        Assert.Contains($"Host:IdScratchPath: there can be no scratch for message ids in {Path.Combine(folder.FullName, "scratch")}", silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_while_it_joins_it_says_so_in_one_line_and_ends_as_asked()
    {
        var server = await PostgresServer.SharedAsync();
        var connection = await server.NewDatabaseAsync();
        string[] options = ["--Storage:Kind=postgres", $"--Storage:ConnectionString={connection}", "--Cluster:SiloPort=0", "--Partitions=4"];
        await using (var dead = Launch(options))
        {
            await dead.ReadyAsync(SiloProcesses.Patience);
            await dead.KillAsync();
        }

        // It waits until the dead one's last sign of life is old, which is not before it is stopped.
        var database = new NpgsqlConnectionStringBuilder(connection).Database!;
        await server.SqlAsync(database, "UPDATE adoption_orleans.members SET i_am_alive_time = i_am_alive_time + interval '1 hour'");
        await using var silo = Launch(options);
        await UntilAsync(() => server.SqlAsync(database, $"SELECT count(*) FROM adoption_orleans.members WHERE status = {(int)SiloStatus.Joining}"), count => count.Trim() == "1", SiloProcesses.Patience, "It has said that it joins");
        await AssertEndsAsAskedAsync(silo);
    }

    [Fact]
    public async Task Stopped_while_it_looks_for_the_partitions_it_says_so_in_one_line_and_ends_as_asked()
    {
        await using var silo = Launch("--Cluster:SiloPort=0", "--Partitions=1000", "--Host:IdBytesMax=600000000");
        await UntilAsync(() => Task.FromResult(silo.Output), output => silo.HasExited || output.Contains("Data in ", StringComparison.Ordinal), SiloProcesses.Patience, "It listens");
        await AssertEndsAsAskedAsync(silo);
    }

    [Fact]
    public async Task Alone_on_a_folder_it_counts_what_it_took_also_after_kill_9_and_after_a_stop()
    {
        for (var start = 1; start <= 3; start++)
        {
            await using var silo = Launch("--Cluster:SiloPort=0", "--Partitions=4");
            await silo.ReadyAsync(SiloProcesses.Patience);
            using var http = silo.Client();
            for (var i = 0; i < Events; i++)
            {
                // The ids of the second start are those of the first.
                var id = start == 3 ? $"third-{i}" : $"m-{i}";
                var body = $$$"""{"userId":"u{{{i}}}","messageId":"{{{id}}}","event":"Contact Created","context":{"groupId":"acme"}}""";
                var (status, text) = await http.TrySendAsync(HttpMethod.Post, "/v1/track", body);
                Assert.True(status == HttpStatusCode.OK, text);
            }

            Assert.Equal(start == 3 ? 2 * Events : Events, (await http.AccountAsync("acme")).ValueOf("contacts_created"));
            var before = silo.Output.Length;
            if (start == 1) await silo.KillAsync();
            else Assert.Equal(0, await silo.StopAsync(SiloProcesses.Patience));
            // Its grains have nowhere to go, which is no failure.
            Assert.DoesNotContain("   at ", silo.Output[before..], StringComparison.Ordinal);
        }
    }

    private static async Task AssertEndsAsAskedAsync(ServerProcess silo)
    {
        var (before, began) = (silo.Output.Length, Stopwatch.GetTimestamp());
        var code = await silo.StopAsync(SiloProcesses.Patience);
        TestContext.Current.TestOutputHelper?.WriteLine($"It ended after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s.");
        Assert.True(code == 0, $"It ended with {code}. {silo.Output}");
        // While it joins it may be in the midst of a line on a silo that it does not reach.
        var said = silo.Output[before..].Trim();
        Assert.True(said.EndsWith("The silo was told to stop before it was ready.", StringComparison.Ordinal), $"It said: {said}");
        foreach (var reason in new[] { "Unhandled", "Silo.Start", "Lifecycle", "canceled" }) Assert.DoesNotContain(reason, said, StringComparison.OrdinalIgnoreCase);
    }

    private ServerProcess Launch(params string[] options) => ServerProcess.LaunchProject("RealtimeAdoption.Silo", [], folder.FullName, [$"--Storage:Path={folder.FullName}", .. options]);
}
