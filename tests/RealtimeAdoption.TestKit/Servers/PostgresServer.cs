using System.Diagnostics;
using System.Globalization;

namespace RealtimeAdoption.TestKit.Servers;

/// <summary>
/// A real PostgreSQL server of the tests' own: made with <c>initdb</c> in a temporary folder, started and stopped with <c>pg_ctl</c> as an ordinary user, on a free loopback port.
/// A guard process stops it and removes the folder when this process ends, however it ends.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Missing = "PostgreSQL is missing: initdb and pg_ctl are not in /usr/lib/postgresql/*/bin nor in the PATH. Install it (on Debian and Ubuntu: sudo apt-get install postgresql) and run this again.";

    private static readonly Lazy<Task<PostgresServer>> Shared = new(() => StartAsync());

    private readonly string binaries;
    private readonly string folder;
    private readonly int port;
    private readonly string options;
    private Process? guard;

    private PostgresServer(string binaries, string folder, int port, bool fsync)
    {
        this.binaries = binaries;
        this.folder = folder;
        this.port = port;
        options = $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync={(fsync ? "on" : "off")} -c max_connections=200";
    }

    public int Port => port;

    private string Data => Path.Combine(folder, "data");

    /// <summary>One for all tests of this process that stop no server.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <param name="fsync">Off where no test asks what a failing machine leaves.</param>
    public static async Task<PostgresServer> StartAsync(bool fsync = false)
    {
        var programs = Find() ?? throw new FileNotFoundException(Missing);
        var server = new PostgresServer(programs, Path.Combine(Path.GetTempPath(), $"adoption-postgres-{Guid.NewGuid():N}"), Ports.Free(), fsync);
        await RunAsync("mkdir", "-m", "700", server.folder);
        server.guard = server.Guard();
        await RunAsync(Path.Combine(programs, "initdb"), "-D", server.Data, "-U", "adoption", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync");
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>How Npgsql finds a database.</summary>
    public string Connection(string database, int? otherPort = null) => $"Host=127.0.0.1;Port={otherPort ?? port};Username=adoption;Database={database};Timeout=10";

    /// <summary>A new, empty database; returns how Npgsql finds it.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"test_{Guid.NewGuid():N}";
        await SqlAsync("postgres", $"CREATE DATABASE {name}");
        return Connection(name);
    }

    /// <summary>What psql prints, without heads.</summary>
    public Task<string> SqlAsync(string database, string sql) =>
        RunAsync(Path.Combine(binaries, "psql"), "-h", "127.0.0.1", "-p", $"{port}", "-U", "adoption", "-d", database, "-v", "ON_ERROR_STOP=1", "-X", "-q", "-At", "-c", sql);

    /// <summary>As if it crashed: nothing is written that was not on the disk.</summary>
    public Task StopAtOnceAsync() => RunAsync(Path.Combine(binaries, "pg_ctl"), "-D", Data, "-m", "immediate", "-w", "stop");

    /// <summary>kill -9 of all of its processes: none of them does anything more.</summary>
    public async Task KillAsync()
    {
        var postmaster = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        // Stopped first, so that it starts no others: one that is left would hold the shared memory, and the next start be refused.
        await RunAsync("sh", "-c", $"kill -STOP {postmaster}");
        while (Stat(postmaster) is [not "T", ..]) await Task.Yield();
        foreach (var id in Children(postmaster).Append(postmaster)) await KillAsync(id);
        // Until somebody has asked how it ended, which may take a second, its number would pass for that of a living server.
        File.Delete(Path.Combine(Data, "postmaster.pid"));
        File.Delete(Path.Combine(folder, $".s.PGSQL.{port}.lock"));
    }

    public Task StartAgainAsync() => RunAsync(Path.Combine(binaries, "pg_ctl"), "-D", Data, "-l", Path.Combine(folder, "log"), "-o", options, "-w", "-t", "60", "start");

    public async ValueTask DisposeAsync()
    {
        if (guard is null) return;
        guard.StandardInput.Close();
        await guard.WaitForExitAsync();
        guard.Dispose();
        guard = null;
    }

    private static string? Find()
    {
        const string Debian = "/usr/lib/postgresql";
        var folders = Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian).OrderByDescending(path => int.TryParse(Path.GetFileName(path), out var version) ? version : 0).Select(path => Path.Combine(path, "bin"))
            : [];
        return folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')).FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")) && File.Exists(Path.Combine(path, "pg_ctl")));
    }

    private static async Task KillAsync(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // It had ended by itself.
        }

        // None of them is our child, and .NET looks after those a few times a second only.
        while (Stat(id) is [not "Z", ..]) await Task.Yield();
    }

    private static List<int> Children(int parent)
    {
        var own = parent.ToString(CultureInfo.InvariantCulture);
        return [.. Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 0 && Stat(id) is [_, var of, ..] && of == own)];
    }

    /// <summary>What Linux tells of a process behind the name in brackets: state, parent, ...; empty: there is none.</summary>
    private static string[] Stat(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    // Its input ends with this process.
    private Process Guard()
    {
        var start = Ordinary("sh", "-c", "cat > /dev/null; \"$0\" -D \"$1/data\" -m immediate -w stop; rm -rf \"$1\"", Path.Combine(binaries, "pg_ctl"), folder);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        return Process.Start(start)!;
    }

    private static async Task<string> RunAsync(string command, params string[] arguments)
    {
        var start = Ordinary(command, arguments);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        // To the end of both: a server that is started writes to its log.
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? (await output).Trim() : throw new InvalidOperationException($"{Path.GetFileName(command)} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await errors}");
    }

    /// <summary>PostgreSQL's programs refuse to run as root.</summary>
    private static ProcessStartInfo Ordinary(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo { UseShellExecute = false, WorkingDirectory = "/" };
        if (Environment.IsPrivilegedProcess)
        {
            var user = File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";
            start.FileName = "runuser";
            foreach (var word in new[] { "-u", user, "--", command }) start.ArgumentList.Add(word);
        }
        else
        {
            start.FileName = command;
        }

        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }
}
