using System.Text.Json.Nodes;
using RealtimeAdoption.TestKit.Servers;
using static RealtimeAdoption.Server.Tests.CommandLine;

namespace RealtimeAdoption.Server.Tests;

/// <summary>The command <c>verify</c> beside a running server, and on a store that was damaged while none ran.</summary>
public sealed class VerifyCommandTests
{
    private const string AdminKey = "admin-key-of-this-test";
    private const int Accounts = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Damage_is_found_and_named_by_verify_and_what_can_be_made_again_is_by_the_next_start()
    {
        using var folder = new DataFolder();
        var data = folder.In("data");
        await using (var server = await StartAsync(data))
        {
            using var http = server.Client();
            for (var i = 0; i < Accounts; i++) await http.SendAsync(HttpMethod.Post, "/v1/batch", Batch(i));
            await HoldsAsync(server, "The same: 12 accounts");
            string[] asked = ["verify", "--url", server.Url.ToString()];
            var refused = await RunAsync([.. asked, "--key", ServerProcess.ReadKey]);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("403", refused.Errors, StringComparison.Ordinal);
            var wrong = await RunAsync([.. asked, "--Storage:Path=elsewhere"]);
            Assert.Equal(2, wrong.ExitCode);
            Assert.Contains("--offline", wrong.Errors, StringComparison.Ordinal);
            Assert.Equal(0, await server.StopAsync(Patience));
        }

        var whole = await OfflineAsync(data);
        Assert.True(whole.ExitCode == 0, whole.Output + whole.Errors);
        Assert.Equal((true, Accounts), ((bool)whole.Report!["same"]!, (int)whole.Report["accounts"]!));

        await FlipAsync(Path.Combine(data, "state.db"), "acme-7");
        var state = await OfflineAsync(data);
        Assert.Equal(1, state.ExitCode);
        // Whichever row it stands in first.
        Assert.Matches(@"(state of account number|Change) \d+ of partition \d", (string)state.Report!["damages"]!.AsArray()[0]!["what"]!);
        await using (var server = await StartAsync(data))
        {
            using var http = server.Client();
            for (var i = 0; i < Accounts; i++) Assert.Equal(30, (await http.AccountAsync($"acme-{i}")).ValueOf("contacts_created"));
            await server.SaysAsync("the whole journal of the partition is replayed", Patience);
            Assert.Equal(0, await server.StopAsync(Patience));
        }

        Assert.Equal(0, (await OfflineAsync(data)).ExitCode);

        await FlipAsync(Path.Combine(data, "journal.db"), "acme-7");
        var journal = await OfflineAsync(data);
        Assert.Equal(1, journal.ExitCode);
        Assert.Contains("does not match its checksum", (string)Assert.Single(journal.Report!["damages"]!.AsArray())!["what"]!, StringComparison.Ordinal);
        Assert.Empty(journal.Report["differences"]!.AsArray());
    }

    [Fact]
    public async Task A_wrong_path_is_wrong_usage_and_a_server_that_is_not_there_is_told_in_one_sentence()
    {
        using var folder = new DataFolder();
        var none = await RunAsync("verify", "--offline", "--Storage:Path=" + folder.In("none"));
        Assert.Equal(2, none.ExitCode);
        Assert.Contains("holds no journal.db", none.Errors, StringComparison.Ordinal);
        var absent = await RunAsync("verify", "--url", "http://127.0.0.1:9", "--key", "x");
        Assert.Equal(1, absent.ExitCode);
        Assert.Contains("cannot be reached", absent.Errors, StringComparison.Ordinal);
    }

    private static Task<ServerProcess> StartAsync(string data) => ServerProcess.StartAsync(data, "--Partitions=4", "--Auth:AdminKeys:0=" + AdminKey, "--Clock:Start=2026-03-10T10:00:00Z", "--Clock:Speed=0");

    private static async Task HoldsAsync(ServerProcess server, string verdict)
    {
        var run = await RunAsync("verify", "--url", server.Url.ToString(), "--key", AdminKey);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains(verdict, run.Output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, JsonNode? Report, string Output, string Errors)> OfflineAsync(string data)
    {
        var run = await RunAsync("verify", "--offline", "--json", "--Storage:Path=" + data);
        return (run.ExitCode, run.Output.Length > 0 ? JsonNode.Parse(run.Output) : null, run.Output, run.Errors);
    }

    // One bit of a text that stands in the file.
    private static async Task FlipAsync(string file, string text)
    {
        var bytes = await File.ReadAllBytesAsync(file);
        var at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text));
        Assert.True(at >= 0, $"{text} does not stand in {file}");
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
    }

    private static string Batch(int account)
    {
        var events = Enumerable.Range(0, 30).Select(i =>
            $$$"""{"type":"track","event":"Contact Created","userId":"u{{{i % 3}}}","messageId":"m{{{account}}}-{{{i}}}","timestamp":"2026-03-09T05:00:00Z","context":{"groupId":"acme-{{{account}}}"}}""");
        return "{\"batch\":[" + string.Join(',', events) + "]}";
    }
}
