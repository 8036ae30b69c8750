using System.Diagnostics;
using System.Reflection;

namespace RealtimeAdoption.TestKit.Servers;

/// <summary>A script of the hub-client folder in a Node process of its own: told what to do over its input, heard line by line. The folder's packages are installed on first use.</summary>
public sealed class NodeScript : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);
    private readonly Process process;
    private readonly Action<string> heard;
    private readonly Action ended;
    private readonly List<string> log = [];

    private NodeScript(Process process, Action<string> heard, Action ended)
    {
        (this.process, this.heard, this.ended) = (process, heard, ended);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <param name="name">Of the script.</param>
    /// <param name="arguments">Its own.</param>
    /// <param name="heard">Is given each line of its output, one after the other.</param>
    /// <param name="ended">There are no more.</param>
    public static async Task<NodeScript> StartAsync(string name, string[] arguments, Action<string> heard, Action ended)
    {
        var folder = await Installed.Value;
        var start = new ProcessStartInfo("node") { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(name);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return new NodeScript(Process.Start(start)!, heard, ended);
    }

    public void Tell(string command) => process.StandardInput.WriteLine(command);

    /// <summary>The last lines that it wrote, errors too.</summary>
    public string LastLines(int count)
    {
        lock (log) return string.Join('\n', log.TakeLast(count));
    }

    public async ValueTask DisposeAsync()
    {
        // The end of its input is the end of the script.
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
        if (line is null) ended();
        else heard(line);
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (log)
        {
            log.Add(line);
            if (log.Count > 2_000) log.RemoveRange(0, 1_000);
        }
    }

    private static async Task<string> InstallAsync()
    {
        var folder = typeof(NodeScript).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "HubClient").Value!;
        // As test.sh does: once for each lock file.
        var (packages, installedFrom) = (Path.Combine(folder, "package-lock.json"), Path.Combine(folder, "node_modules", ".installed-from"));
        if (File.Exists(installedFrom) && await File.ReadAllTextAsync(installedFrom) == await File.ReadAllTextAsync(packages)) return folder;
        var start = new ProcessStartInfo("npm") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["ci", "--no-audit", "--no-fund"]) start.ArgumentList.Add(argument);
        using var npm = Process.Start(start)!;
        var error = npm.StandardError.ReadToEndAsync();
        await npm.StandardOutput.ReadToEndAsync();
        await npm.WaitForExitAsync();
        if (npm.ExitCode != 0) throw new InvalidOperationException($"npm ci in {folder} failed: {await error}");
        File.Copy(packages, installedFrom, overwrite: true);
        return folder;
    }
}
