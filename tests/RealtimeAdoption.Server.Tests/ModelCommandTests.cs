using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using RealtimeAdoption.TestKit.Servers;
using static RealtimeAdoption.Server.Tests.CommandLine;

namespace RealtimeAdoption.Server.Tests;

/// <summary>The command line's model commands, as processes of their own beside a running server.</summary>
public sealed class ModelCommandTests
{
    [Fact]
    public async Task Check_tells_every_error_with_its_place_and_needs_no_server()
    {
        using var folder = new DataFolder();
        var right = await RunAsync("model", "check", Sample);
        Assert.Equal(0, right.ExitCode);
        Assert.Contains("is valid: model 2026-11 with 5 products", right.Output, StringComparison.Ordinal);

        var text = await File.ReadAllTextAsync(Sample);
        var file = await WriteAsync(folder, text.Replace("within_days: 30", "within_days: 300", StringComparison.Ordinal));
        var wrong = await RunAsync("model", "check", file);
        Assert.Equal(2, wrong.ExitCode);
        Assert.True(wrong.Errors.Split('\n').Count(line => line.StartsWith(file, StringComparison.Ordinal) && line.Contains("within_days", StringComparison.Ordinal)) >= 8, wrong.Errors);
        Assert.Equal(2, (await RunAsync("model", "check", folder.In("none.yaml"))).ExitCode);
    }

    [Fact]
    public async Task Preview_tells_who_would_move_and_why_and_activate_makes_it_so()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--Partitions=4", "--Auth:AdminKeys:0=admin-key-of-this-test");
        using var http = server.Client();
        await SendAsync(http, "acme", contacts: 25);
        await SendAsync(http, "globex", contacts: 60);
        var text = await File.ReadAllTextAsync(Sample);
        var file = await WriteAsync(folder, text.Replace("at_least: 25, within_days: 30", "at_least: 40, within_days: 30", StringComparison.Ordinal).Replace("\"2026-11\"", "\"2026-12\"", StringComparison.Ordinal));
        string[] read = ["--url", server.Url.ToString(), "--key", ServerProcess.ReadKey];
        string[] admin = ["--url", server.Url.ToString(), "--key", "admin-key-of-this-test"];

        var table = await RunAsync(["model", "preview", file, .. read]);
        Assert.True(table.ExitCode == 0, table.Errors);
        Assert.Contains("Model 2026-12 instead of 2026-11 moves", table.Output, StringComparison.Ordinal);
        Assert.Contains("single_product > not_adopted", table.Output, StringComparison.Ordinal);
        Assert.True(table.Output.Contains("1 worse, 1 to or from unknown; score:", StringComparison.Ordinal), table.Output);
        Assert.Contains("contacts_created 25 of 40 within 30 days", table.Output, StringComparison.Ordinal);
        var json = JsonNode.Parse((await RunAsync(["model", "preview", file, "--json", .. read])).Output)!["report"]!;
        var move = Assert.Single(json["moves"]!.AsArray(), candidate => (string?)candidate!["before"]!["stage"] != (string?)candidate["after"]!["stage"])!;
        Assert.Equal(("acme", "not_adopted"), ((string)move["account"]!, (string)move["after"]!["stage"]!));
        Assert.Equal("2026-11", (string)(await http.JsonAsync("/v1/model"))["version"]!);

        var refused = await RunAsync(["model", "activate", file, "--url", server.Url.ToString(), "--key", "no-such-key"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("401", refused.Errors, StringComparison.Ordinal);
        var activated = await RunAsync(["model", "activate", file, "--by", "dana", .. admin]);
        Assert.True(activated.ExitCode == 0, activated.Errors);
        Assert.Contains("Model 2026-12 is in force.", activated.Output, StringComparison.Ordinal);
        var acme = await http.JsonAsync("/v1/accounts/acme");
        Assert.Equal(("2026-12", "not_adopted"), ((string)acme["model"]!, (string)acme["stage"]!));
        Assert.Equal("single_product", (string)(await http.JsonAsync("/v1/accounts/globex"))["stage"]!);
        var again = await RunAsync(["model", "activate", file, .. admin]);
        Assert.Contains("in force already", again.Output, StringComparison.Ordinal);

        // Back to the old file, whose accounts then stand where they stood.
        var back = await RunAsync(["model", "activate", Sample, "--json", .. admin]);
        Assert.Equal("2026-11", (string)JsonNode.Parse(back.Output)!["version"]!);
        Assert.Equal("single_product", (string)(await http.JsonAsync("/v1/accounts/acme"))["stage"]!);
    }

    [Fact]
    public async Task A_wrong_file_is_told_by_the_server_line_by_line_and_a_server_that_is_not_there_in_one_sentence()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--Partitions=4");
        var text = await File.ReadAllTextAsync(Sample);
        var file = await WriteAsync(folder, text.Replace("within_days: 30", "within_days: 300", StringComparison.Ordinal));
        var wrong = await RunAsync("model", "preview", file, "--url", server.Url.ToString(), "--key", ServerProcess.ReadKey);
        Assert.Equal(2, wrong.ExitCode);
        Assert.True(wrong.Errors.Split('\n').Count(line => line.StartsWith(file, StringComparison.Ordinal)) >= 8, wrong.Errors);
        var absent = await RunAsync("model", "preview", Sample, "--url", "http://127.0.0.1:9", "--key", "x");
        Assert.Equal(1, absent.ExitCode);
        Assert.Contains("http://127.0.0.1:9/ cannot be reached", absent.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", absent.Errors, StringComparison.Ordinal);
    }

    private static string Sample => Path.Combine(Path.GetDirectoryName(ServerProcess.Executable())!, "models", "saas-suite.yaml");

    private static async Task<string> WriteAsync(DataFolder folder, string text)
    {
        var path = folder.In("model.yaml");
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    private static async Task SendAsync(HttpClient http, string account, int contacts)
    {
        var lines = new StringBuilder();
        for (var i = 0; i < contacts + 10; i++)
        {
            var name = i < contacts ? "Contact Created" : "Activity Logged";
            lines.AppendLine($$$"""{"type":"track","event":"{{{name}}}","userId":"u1","messageId":"{{{account}}}-{{{i}}}","context":{"groupId":"{{{account}}}"}}""");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ServerProcess.WriteKey);
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }
}
