using System.Net;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>Options, model file and folder: what is wrong is said at once, all of it.</summary>
public sealed class StartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task All_wrong_options_are_named_at_once_and_the_exit_code_is_2()
    {
        var output = await RefusedAsync(
            "--Partitions=none", "--Storage:Kind=postgres", "--Storage:ConnectionString=Hst=x", "--Storage:Pth=x", "--Host:Partition:Rebuild=1", "--Clock:Speed=-1", "--Clock:Start=tomorrow", "--Auth:WriteKeys:0=a b", "--Urls=nowhere", "--Doors:DepthMax=1000",
            "--Model:Path=/none.yaml");
        foreach (var expected in new[]
        {
            "Partitions", "Storage:ConnectionString cannot be read", "Storage:Pth: there is no such option", "Host:Partition:Rebuild: there is no such option", "Clock:Speed", "Clock:Start", "Auth:WriteKeys:0", "Urls: 'nowhere'", "Doors:DepthMax",
            "Model:Path: there is no file",
        })
        {
            Assert.Contains(expected, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_word_that_is_no_option_is_refused()
    {
        Assert.Contains("'demo' is not an option", await RefusedAsync("demo"), StringComparison.Ordinal);
        Assert.Contains("--demo-accounts", await RefusedAsync("--demo", "--demo-accounts=5"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_model_file_is_refused_with_every_line()
    {
        using var folder = new DataFolder();
        var model = folder.In("model.yaml");
        await File.WriteAllTextAsync(model, """
            model: "1"
            metrics:
              - { id: a, product: none, event: E, kind: count }
            products:
              - id: p
                name: P
                adopted_when:
                  - { metric: b, at_least: 0, within_days: 100 }
            """);
        var output = await RefusedAsync("--Model:Path=" + model);
        Assert.Contains("model.yaml:3:", output, StringComparison.Ordinal);
        Assert.Contains("model.yaml:8:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_file_that_differs_from_the_journals_is_a_warning_and_the_journals_stands()
    {
        using var folder = new DataFolder();
        await using (var server = await ServerProcess.StartAsync(folder.In("data"))) await server.StopAsync(Patience);
        var model = folder.In("model.yaml");
        var text = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(ServerProcess.Executable())!, "models", "saas-suite.yaml"));
        await File.WriteAllTextAsync(model, text.Replace("2026-11", "2027-01", StringComparison.Ordinal));
        await using var again = await ServerProcess.StartAsync(folder.In("data"), "--Model:Path=" + model);
        using var http = again.Client();
        Assert.Equal("2026-11", (await http.JsonAsync("/v1/model"))["version"]!.GetValue<string>());
        await again.SaysAsync("differs from the model in the journal", Patience);
    }

    [Fact]
    public async Task A_folder_that_another_server_holds_is_refused()
    {
        using var folder = new DataFolder();
        await using var first = await ServerProcess.StartAsync(folder.In("data"));
        await using var second = ServerProcess.Launch(folder.In("data"));
        Assert.Equal(1, await second.ExitAsync(Patience));
        Assert.DoesNotContain("   at ", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_not_this_machines_is_told_in_one_line()
    {
        using var folder = new DataFolder();
        await using var server = ServerProcess.Launch(folder.In("data"), "--Urls=http://203.0.113.1:5080");
        Assert.Equal(1, await server.ExitAsync(Patience));
        Assert.Contains("Urls: the server cannot listen on http://203.0.113.1:5080", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_another_server_has_is_told_in_one_line()
    {
        using var folder = new DataFolder();
        await using var first = await ServerProcess.StartAsync(folder.In("first"));
        await using var second = ServerProcess.Launch(folder.In("second"), $"--Urls={first.Url}");
        Assert.Equal(1, await second.ExitAsync(Patience));
        Assert.Contains($"Urls: the server cannot listen on {first.Url}. Address already in use.", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_file_that_is_none_is_set_aside_and_said_to_be()
    {
        using var folder = new DataFolder();
        Directory.CreateDirectory(folder.In("data"));
        var file = Path.Combine(folder.In("data"), "state.db");
        await File.WriteAllTextAsync(file, new string('x', 10_000));
        await using var server = await ServerProcess.StartAsync(folder.In("data"));
        Assert.Equal(new string('x', 10_000), await File.ReadAllTextAsync(file + ".set-aside"));
        await server.SaysAsync("The state file is damaged and was set aside as", Patience);
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_settings_file_that_is_no_JSON_is_refused()
    {
        using var folder = new DataFolder();
        Directory.CreateDirectory(folder.In("work"));
        await File.WriteAllTextAsync(Path.Combine(folder.In("work"), "appsettings.json"), "{ \"Urls\": ");
        await using var server = ServerProcess.LaunchIn(folder.In("work"), folder.In("data"));
        Assert.Equal(2, await server.ExitAsync(Patience));
        Assert.Contains("appsettings.json", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_driven_clock_is_a_warning()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--Clock:Start=2026-02-03T04:05:06Z", "--Clock:Speed=0");
        await server.SaysAsync("The clock is driven", Patience);
        Assert.Contains("2026-02-03 04:05:06", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_serves_the_board_and_says_what_the_API_is()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"));
        using var http = server.Client();
        using var page = await http.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("3.1", (await http.JsonAsync("/openapi/v1.json"))["openapi"]!.GetValue<string>()[..3]);
        using var stray = await http.GetAsync(new Uri("/v1/none", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, stray.StatusCode);
        Assert.Equal("application/problem+json", stray.Content.Headers.ContentType?.MediaType);
        Assert.Equal(0, await server.StopAsync(Patience));
    }

    private static async Task<string> RefusedAsync(params string[] options)
    {
        using var folder = new DataFolder();
        await using var server = ServerProcess.Launch(folder.In("data"), options);
        Assert.Equal(2, await server.ExitAsync(Patience));
        Assert.False(Directory.Exists(folder.In("data")));
        return server.Output;
    }
}
