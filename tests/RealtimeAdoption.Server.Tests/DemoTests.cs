using System.Diagnostics;
using System.Text.Json.Nodes;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>What a newcomer sees with --demo.</summary>
public sealed class DemoTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task On_an_empty_folder_the_wall_moves_soon_and_goes_on_moving()
    {
        using var folder = new DataFolder();
        var began = Stopwatch.GetTimestamp();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--demo", "--seed=7");
        using var http = server.Client();
        await Answers.UntilAsync(() => StageChangesAsync(http), changes => changes > 0, Patience, "a stage change");
        // Ten seconds at most on a machine that does nothing else; one that does must not fail for its speed.
        output.WriteLine($"the first stage change {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s after the start of the process");

        await FilledAsync(server);
        output.WriteLine(server.Output);
        var before = await StageChangesAsync(http);
        began = Stopwatch.GetTimestamp();
        await Answers.UntilAsync(() => StageChangesAsync(http), changes => changes >= before + 3, Patience, "three more stage changes of the live traffic");
        output.WriteLine($"three more in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task The_customers_have_the_published_averages_and_every_character()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--demo", "--Clock:Start=2026-06-17T12:20:00Z");
        using var http = server.Client();
        await FilledAsync(server);
        var rows = await http.AllAccountsAsync();
        var churned = await http.AllAccountsAsync("&status=churned");
        Assert.InRange(rows.Count + churned.Count, 400, 420);
        Assert.InRange(churned.Count, 10, 30);
        foreach (var (segment, products) in new[] { ("enterprise", 3.8), ("mid_market", 2.4), ("smb", 1.6) })
        {
            var average = rows.Where(row => row["segment"]!.GetValue<string>() == segment).Average(row => row["products_adopted"]!.GetValue<int>());
            output.WriteLine($"{segment}: {average:0.00} products, published {products}");
            Assert.InRange(average, products - 0.15, products + 0.15);
        }

        Assert.Equal(5, rows.Select(row => row["stage"]!.GetValue<string>()).Distinct().Count());
        var changes = await ChangesAsync(http);
        Assert.Contains(changes, change => change["type"]!.GetValue<string>() == "stage_changed");
    }

    [Fact]
    public async Task The_same_seed_and_start_make_the_same_accounts()
    {
        var first = await AccountsOfAsync(seed: 3);
        var second = await AccountsOfAsync(seed: 3);
        var other = await AccountsOfAsync(seed: 4);
        Assert.Equal(60, first.Count);
        Assert.Equal(first.Keys.Order(StringComparer.Ordinal), second.Keys.Order(StringComparer.Ordinal));
        foreach (var (account, answer) in first) Assert.True(answer == second[account], $"{account}\nfirst  {answer}\nsecond {second[account]}");
        Assert.NotEqual(first.Keys.Order(StringComparer.Ordinal), other.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_demo_goes_on_with_its_own_folder_and_leaves_others_alone()
    {
        using var folder = new DataFolder();
        await using (var server = await ServerProcess.StartAsync(folder.In("demo"), "--demo", "--demo-accounts=30"))
        {
            await FilledAsync(server);
            Assert.Equal(0, await server.StopAsync(Patience));
        }

        await using (var server = await ServerProcess.StartAsync(folder.In("demo"), "--demo", "--demo-accounts=30"))
        {
            using var http = server.Client();
            var before = await StageChangesAsync(http);
            await Answers.UntilAsync(() => StageChangesAsync(http), changes => changes > before, Patience, "live traffic");
            Assert.DoesNotContain("Filling", server.Output, StringComparison.Ordinal);
        }

        await using (var server = ServerProcess.Launch(folder.In("demo"), "--demo", "--demo-accounts=30", "--seed=2"))
        {
            Assert.Equal(2, await server.ExitAsync(Patience));
            Assert.Contains("--seed 1 --demo-accounts 30", server.Output, StringComparison.Ordinal);
        }

        await using (var server = await ServerProcess.StartAsync(folder.In("real"))) await server.StopAsync(Patience);
        await using (var server = ServerProcess.Launch(folder.In("real"), "--demo"))
        {
            Assert.Equal(2, await server.ExitAsync(Patience));
            Assert.Contains("is not the demo's", server.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// Each account's answer after the fill and without live traffic, but for its position: how the fill's requests fall into commits is not part of what
    /// the seed says.
    /// </summary>
    private static async Task<Dictionary<string, string>> AccountsOfAsync(int seed)
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(
            folder.In("data"), "--demo", "--demo-accounts=60", $"--seed={seed}", "--demo-traffic=false", "--Clock:Start=2026-06-17T12:20:00Z", "--Clock:Speed=0");
        using var http = server.Client();
        await FilledAsync(server);
        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in (await http.AllAccountsAsync()).Concat(await http.AllAccountsAsync("&status=churned")))
        {
            var id = row["account"]!.GetValue<string>();
            var account = await http.AccountAsync(id);
            account.Remove("position");
            answers[id] = account.ToJsonString() + (await http.JsonAsync($"/v1/accounts/{id}/users?limit=500")).ToJsonString();
        }

        return answers;
    }

    private static Task FilledAsync(ServerProcess server) =>
        server.SaysAsync("Filled in", Patience);

    private static async Task<int> StageChangesAsync(HttpClient http) => (await ChangesAsync(http)).Count(change => change["type"]!.GetValue<string>() == "stage_changed");

    private static async Task<List<JsonObject>> ChangesAsync(HttpClient http)
    {
        var changes = new List<JsonObject>();
        string? cursor = null;
        while (true)
        {
            var page = await http.JsonAsync("/v1/changes?limit=1000" + (cursor is null ? "" : "&after=" + Uri.EscapeDataString(cursor)));
            var more = page["changes"]!.AsArray().Select(change => change!.AsObject()).ToList();
            if (more.Count == 0) return changes;
            changes.AddRange(more);
            cursor = page["cursor"]!.GetValue<string>();
        }
    }
}
