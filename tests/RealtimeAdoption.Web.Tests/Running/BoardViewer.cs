using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Threading.Channels;

namespace RealtimeAdoption.Web.Tests.Running;

/// <summary>
/// A real SignalR client in a Node process (hub-client/viewer.mjs), told what to do over its input and heard over its output. Its packages are installed on first use.
/// </summary>
public sealed class BoardViewer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);
    private readonly Process process;
    private readonly Channel<JsonElement> heard = Channel.CreateUnbounded<JsonElement>();
    private readonly List<string> log = [];

    private BoardViewer(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static async Task<BoardViewer> ConnectAsync(RunningServer server, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        var folder = await Installed.Value;
        var start = new ProcessStartInfo("node") { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add("viewer.mjs");
        start.ArgumentList.Add(new Uri(server.Address, "/hubs/board").ToString());
        if (key is not null) start.ArgumentList.Add(key);
        var viewer = new BoardViewer(Process.Start(start)!);
        await viewer.UntilAsync("connected");
        return viewer;
    }

    /// <summary>Connects, joins the fleet and has its snapshot.</summary>
    public static async Task<BoardViewer> JoinAsync(RunningServer server, string? key = null)
    {
        var viewer = await ConnectAsync(server, key);
        viewer.Tell("join fleet");
        await viewer.UntilAsync("snapshot");
        return viewer;
    }

    public void Tell(string command) => process.StandardInput.WriteLine(command);

    /// <summary>The next thing of this kind (and kind of thing); what comes before it is passed over.</summary>
    public async Task<JsonElement> UntilAsync(string what, Func<JsonElement, bool>? which = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                var next = await heard.Reader.ReadAsync(patience.Token);
                if (next.GetProperty("what").GetString() == what && (which is null || which(next))) return next;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            lock (log) throw new TimeoutException($"The viewer never said '{what}'. It said:\n{string.Join('\n', log.TakeLast(12))}", e);
        }
    }

    public async Task<JsonElement> DocumentAsync()
    {
        Tell("document");
        return (await UntilAsync("document")).GetProperty("document");
    }

    public async ValueTask DisposeAsync()
    {
        // The end of its input is the end of the viewer.
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private void Hear(string? line)
    {
        Note(line);
        if (line is null) heard.Writer.TryComplete();
        else heard.Writer.TryWrite(JsonDocument.Parse(line).RootElement);
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (log) log.Add(line);
    }

    private static async Task<string> InstallAsync()
    {
        var folder = typeof(BoardViewer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "HubClient").Value!;
        if (File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json"))) return folder;
        var start = new ProcessStartInfo("npm") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["ci", "--no-audit", "--no-fund"]) start.ArgumentList.Add(argument);
        using var npm = Process.Start(start)!;
        var error = npm.StandardError.ReadToEndAsync();
        await npm.StandardOutput.ReadToEndAsync();
        await npm.WaitForExitAsync();
        if (npm.ExitCode != 0) throw new InvalidOperationException($"npm ci in {folder} failed: {await error}");
        return folder;
    }
}
