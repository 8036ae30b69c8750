using System.Diagnostics;
using System.Globalization;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>Segment's Node SDK and a browser, both as they are, against the real server.</summary>
public sealed class SegmentSdkTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Thirty_contacts_and_twelve_activities_of_the_SDK_adopt_crm_and_the_wall_shows_it_within_two_seconds()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--Auth:Anonymous=true");
        using var http = server.Client();
        var took = new List<TimeSpan>();
        foreach (var account in (string[])["acme", "globex", "initech"]) took.Add(await SendAndWatchAsync(server.Url.ToString(), account));
        // A machine that does other things may keep browser or server waiting once.
        Assert.True(took.Count(time => time < Soon) >= 2, $"The wall showed them {string.Join(", ", took)} after the acknowledgement.");
        await CheckAccountAsync(http);
    }

    private async Task<TimeSpan> SendAndWatchAsync(string url, string account)
    {
        await using var watcher = new Script("watch-board.mjs", url, account);
        await watcher.LineAsync("watching", Patience);
        await using var sender = new Script("send.mjs", url.TrimEnd('/'), ServerProcess.WriteKey, account, "30", "12");
        var acknowledged = Instant(await sender.LineAsync("acknowledged", Patience));
        var line = await watcher.LineAsync("seen", Patience);
        var took = Instant(line) - acknowledged;
        output.WriteLine($"{line}; {took.TotalMilliseconds} ms after the SDK had its last acknowledgement");
        Assert.Equal("1", line.Split(' ')[2]);
        return took;
    }

    private static async Task CheckAccountAsync(HttpClient http)
    {
        var account = await http.AccountAsync("acme");
        var today = account["as_of"]!.GetValue<string>();
        var falls = DateOnly.ParseExact(today, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddDays(30).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Equal("single_product", account["stage"]!.GetValue<string>());
        Assert.Equal(today, account["stage_since"]!.GetValue<string>());
        Assert.Equal("assumed", account["entitlements"]!.GetValue<string>());
        Assert.Equal(1, account["products_adopted"]!.GetValue<int>());
        Assert.Equal(5, account["products_available"]!.GetValue<int>());
        Assert.Equal(0.2, account["adoption_rate"]!.GetValue<double>());
        Assert.Equal("crm", account["primary_product"]!.GetValue<string>());
        Assert.Null(account["second_product"]);
        var crm = account.Product("crm");
        Assert.True(crm["adopted"]!.GetValue<bool>());
        Assert.Equal(today, crm["first_adopted_on"]!.GetValue<string>());
        Assert.Equal(today, crm["adopted_on"]!.GetValue<string>());
        Assert.Null(crm["lapsed_on"]);
        // 30 of 75 and 12 of 30, the full depth being three times the threshold.
        Assert.Equal(0.4, crm["depth"]!.GetValue<double>());
        foreach (var (metric, value, atLeast) in new[] { ("contacts_created", 30m, 25m), ("activities_logged", 12m, 10m) })
        {
            var criterion = account.Criterion(metric);
            Assert.Equal("count", criterion["kind"]!.GetValue<string>());
            Assert.Equal(value, criterion["value"]!.GetValue<decimal>());
            Assert.Equal(atLeast, criterion["at_least"]!.GetValue<decimal>());
            Assert.Equal(30, criterion["within_days"]!.GetValue<int>());
            Assert.True(criterion["met"]!.GetValue<bool>());
            Assert.Equal(falls, criterion["falls_below_on"]!.GetValue<string>());
        }

        Assert.False(account.Product("analytics")["adopted"]!.GetValue<bool>());
        Assert.Equal(3, account["users"]!["active"]!.GetValue<int>());
        var history = await http.JsonAsync("/v1/accounts/acme/history");
        Assert.Contains(history["changes"]!.AsArray(), change => change!["type"]!.GetValue<string>() == "stage_changed");
        Assert.Contains(history["changes"]!.AsArray(), change => change!["type"]!.GetValue<string>() == "product_adopted" && change["product"]!.GetValue<string>() == "crm");
    }

    private static DateTimeOffset Instant(string line) => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
}

/// <summary>A script of the segment-sdk folder, run by node.</summary>
public sealed class Script : IAsyncDisposable
{
    private readonly Process process;
    private readonly Lock gate = new();
    private readonly List<string> lines = [];
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Script(string name, params string[] arguments)
    {
        var folder = Path.Combine(Root(), "tests", "RealtimeAdoption.Server.Tests", "segment-sdk");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), $"Run 'npm ci' in {folder} first (./test.sh does).");
        var start = new ProcessStartInfo("node") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(name);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // Unlike the event of its end, this waits for its last lines too.
        _ = process.WaitForExitAsync().ContinueWith(_ => Keep("(ended)"), TaskScheduler.Default);
    }

    /// <summary>The first line that begins so.</summary>
    public async Task<string> LineAsync(string beginning, TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within);
        while (true)
        {
            Task changed;
            lock (gate)
            {
                if (lines.Find(line => line.StartsWith(beginning, StringComparison.Ordinal)) is { } found) return found;
                Assert.False(lines.Contains("(ended)"), $"The script ended without '{beginning}':\n{string.Join('\n', lines)}");
                changed = more.Task;
            }

            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException error)
            {
                throw new TimeoutException($"No line '{beginning}' within {within.TotalSeconds} s:\n{string.Join('\n', lines)}", error);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RealtimeAdoption.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("No RealtimeAdoption.sln above.");
        return folder.FullName;
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (gate)
        {
            lines.Add(line);
            more.TrySetResult();
            more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
