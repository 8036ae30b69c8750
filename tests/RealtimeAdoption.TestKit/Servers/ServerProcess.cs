using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace RealtimeAdoption.TestKit.Servers;

/// <summary>
/// The real server as a process of its own, on a free loopback port: started, stopped as an operator would (SIGTERM), or killed (SIGKILL).
/// Used by the end-to-end tests and by the load generator. Dispose kills what still runs. Waits have deadlines; a missed one shows the server's output.
/// </summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    public const string WriteKey = "write-key-of-the-tests";
    public const string ReadKey = "read-key-of-the-tests";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException("The server ended before it listened."));
        // Where nobody waits for the address any more.
        _ = listening.Task.ContinueWith(task => task.Exception, TaskScheduler.Default);
    }

    /// <summary>Where it listens; known once it is ready.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>User and system time so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public long WorkingSet
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>All lines so far.</summary>
    public string Output
    {
        get
        {
            lock (output) return output.ToString();
        }
    }

    /// <summary>What a server that gives up says last, so that a summary of one line tells why.</summary>
    public string LastLine => Output.TrimEnd().Split('\n')[^1].Trim();

    /// <summary>A server's executable as built in this configuration (Debug or Release), found from the caller's own build folder.</summary>
    /// <param name="project">Whose.</param>
    public static string Executable(string project = "RealtimeAdoption.Server")
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var framework = folder.Name;
        var configuration = folder.Parent?.Name ?? "";
        for (var root = folder; root is not null; root = root.Parent)
        {
            if (!File.Exists(Path.Combine(root.FullName, "RealtimeAdoption.sln"))) continue;
            var path = Path.Combine(root.FullName, "src", project, "bin", configuration, framework, project + ".dll");
            return File.Exists(path) ? path : throw new FileNotFoundException("Build the server first.", path);
        }

        throw new InvalidOperationException($"No RealtimeAdoption.sln above {folder}.");
    }

    /// <summary>Starts it on a data folder and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(string dataFolder, params string[] options)
    {
        var server = Launch(dataFolder, options);
        try
        {
            await server.ReadyAsync(TimeSpan.FromSeconds(60));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it and waits for nothing. Keys and a free port are given unless the options give them.</summary>
    public static ServerProcess Launch(string dataFolder, params string[] options) => LaunchIn("", dataFolder, options);

    /// <summary>As <see cref="Launch"/>, with a working folder of its own: there lies <c>appsettings.json</c>.</summary>
    public static ServerProcess LaunchIn(string workingFolder, string dataFolder, params string[] options) => LaunchUnder([], workingFolder, dataFolder, options);

    /// <summary>As <see cref="LaunchIn"/>, started by another program, whose process becomes the server's.</summary>
    public static ServerProcess LaunchUnder(string[] program, string workingFolder, string dataFolder, params string[] options) =>
        LaunchProject("RealtimeAdoption.Server", program, workingFolder, ["--Storage:Path=" + dataFolder, .. options]);

    /// <summary>As <see cref="LaunchUnder"/>, another executable, with the options that it needs.</summary>
    public static ServerProcess LaunchProject(string project, string[] program, string workingFolder, params string[] options) => LaunchFile(Executable(project), program, workingFolder, options);

    /// <summary>As <see cref="LaunchProject"/>, an executable by its path: of another version, say.</summary>
    public static ServerProcess LaunchFile(string executable, string[] program, string workingFolder, params string[] options)
    {
        string[] command = [.. program, "dotnet"];
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = workingFolder };
        foreach (var word in command[1..]) start.ArgumentList.Add(word);
        start.ArgumentList.Add(executable);
        foreach (var option in options) start.ArgumentList.Add(option);
        Default("--Urls", "=http://127.0.0.1:0");
        Default("--Auth:WriteKeys", ":0=" + WriteKey);
        Default("--Auth:ReadKeys", ":0=" + ReadKey);
        // Outputs that follow the caller's own set-up would make runs differ.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || n.StartsWith("DOTNET_ENV", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        var server = new ServerProcess(new Process { StartInfo = start });
        server.process.Start();
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        return server;

        void Default(string name, string rest)
        {
            if (!options.Any(option => option.StartsWith(name, StringComparison.OrdinalIgnoreCase))) start.ArgumentList.Add(name + rest);
        }
    }

    /// <summary>Recovered and caught up, by its own word.</summary>
    public async Task ReadyAsync(TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within);
        try
        {
            Url = await listening.Task.WaitAsync(deadline.Token);
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Url };
            while (true)
            {
                if (process.HasExited) throw new InvalidOperationException($"The server ended with code {await ExitAsync(within)}: {LastLine}\n{Output}");
                if (await IsReadyAsync(http, deadline.Token)) return;
                await Task.Delay(Look, deadline.Token);
            }
        }
        catch (OperationCanceledException error)
        {
            throw new TimeoutException($"The server was not ready within {within.TotalSeconds} s.\n{Output}", error);
        }
        catch (InvalidOperationException error) when (!error.Message.Contains('\n', StringComparison.Ordinal))
        {
            await ExitAsync(within);
            throw new InvalidOperationException($"{error.Message}\n{Output}", error);
        }
    }

    /// <summary>A client that sends the tests' write key with what it posts and puts, and their read key with what it gets.</summary>
    public HttpClient Client() => new(new KeyedHandler()) { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: false);
        await process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP, so that one can look at what it was doing before it is killed. Returns when none of its threads does anything more. Linux only.</summary>
    public void Freeze()
    {
        if (Signal(process.Id, 19) != 0) throw new InvalidOperationException($"SIGSTOP failed: {Marshal.GetLastPInvokeError()}.");
        var began = Stopwatch.GetTimestamp();
        // A thread that waits for the disk stops when that has answered. The state stands behind the name in brackets.
        while (!Directory.EnumerateDirectories($"/proc/{process.Id}/task").All(IsStopped))
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(30)) throw new TimeoutException("The server's threads did not stop.");
            Thread.Yield();
        }
    }

    private static bool IsStopped(string thread)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(thread, "stat"));
            return stat[stat.LastIndexOf(')') + 2] is 'T' or 't';
        }
        catch (IOException)
        {
            // It has ended.
            return true;
        }
    }

    /// <summary>SIGCONT: goes on after <see cref="Freeze"/>.</summary>
    public void Thaw()
    {
        if (Signal(process.Id, 18) != 0) throw new InvalidOperationException($"SIGCONT failed: {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>SIGTERM, as an operator's service manager would. Returns the exit code.</summary>
    public async Task<int> StopAsync(TimeSpan within)
    {
        if (!process.HasExited && Signal(process.Id, 15) != 0 && !process.HasExited) throw new InvalidOperationException($"SIGTERM failed: {Marshal.GetLastPInvokeError()}.");
        return await ExitAsync(within);
    }

    /// <summary>Waits for its end, and for all that it wrote; returns the exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException error)
        {
            throw new TimeoutException($"The server did not end within {within.TotalSeconds} s.\n{Output}", error);
        }

        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (output) output.AppendLine(line);
        if (!listening.Task.IsCompleted && Address().Match(line) is { Success: true } match) listening.TrySetResult(new Uri(match.Value));
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[1-9][0-9]*", RegexOptions.NonBacktracking)]
    private static partial Regex Address();

    /// <summary>From now on no file that it writes may grow beyond so many bytes: a full disk, for one process. Null: as large as the disk allows.</summary>
    public void LimitFiles(long? bytes)
    {
        var limit = new Limit { Soft = bytes is { } most ? (ulong)most : ulong.MaxValue, Hard = ulong.MaxValue };
        if (SetLimit(process.Id, FileSize, in limit, 0) != 0) throw new InvalidOperationException($"prlimit failed: {Marshal.GetLastPInvokeError()}.");
    }

    private const int FileSize = 1;

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int process, int resource, in Limit limit, nint before);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);

    private sealed class KeyedHandler : DelegatingHandler
    {
        public KeyedHandler()
            : base(new SocketsHttpHandler { UseProxy = false })
        {
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization ??= new("Bearer", request.Method == HttpMethod.Get ? ReadKey : WriteKey);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
