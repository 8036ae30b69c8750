using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>The real server on a real PostgreSQL: beside a second one, and with the demo. Killed and without its database: <see cref="KillNineTests"/>, <see cref="OutageTests"/>.</summary>
public sealed class PostgresTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string[] Standing = ["--Clock:Start=2026-03-10T10:00:00Z", "--Clock:Speed=0", "--Partitions=8", "--Host:CheckpointSeconds=1"];

    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused_and_told_by_whom()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var folder = new DataFolder();
        string[] options = [.. Standing, .. await StoreAsync(postgres)];
        await using var first = await ServerProcess.StartAsync(folder.In("first"), options);
        await using var second = ServerProcess.Launch(folder.In("second"), options);

        Assert.Equal(1, await second.ExitAsync(Patience));
        Assert.Contains($"is in use by process {first.Id} on", second.Output, StringComparison.Ordinal);
        using var http = first.Client();
        await http.SendAsync(HttpMethod.Post, "/v1/batch", Outage.Batch(0, 0));
    }

    [Fact]
    public async Task The_demo_runs_on_PostgreSQL_and_leaves_data_alone_that_is_not_its_own()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var folder = new DataFolder();
        var store = await StoreAsync(postgres);
        await using (var demo = await ServerProcess.StartAsync(folder.In("demo"), ["--demo", "--demo-accounts=20", "--demo-traffic=false", .. store]))
        {
            using var http = demo.Client();
            await Answers.UntilAsync(() => http.AllAccountsAsync(), accounts => accounts.Count >= 15, Patience, "the demo's accounts are there");
            Assert.Equal(0, await demo.StopAsync(Patience));
        }

        await using var other = ServerProcess.Launch(folder.In("other"), ["--demo", .. store]);
        Assert.Equal(1, await other.ExitAsync(Patience));
        Assert.Contains("the schema adoption_demo holds data that is not the demo's", other.Output, StringComparison.Ordinal);
    }

    private static async Task<string[]> StoreAsync(PostgresServer postgres) => ["--Storage:Kind=postgres", "--Storage:ConnectionString=" + await postgres.NewDatabaseAsync()];
}
