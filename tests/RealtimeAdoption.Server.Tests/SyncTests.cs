using System.Globalization;
using System.Text.RegularExpressions;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>What the system itself tells of the disk: nothing is acknowledged before it is there, and a disk that fails once costs a refusal and nothing else.</summary>
public sealed partial class SyncTests(ITestOutputHelper output)
{
    private const int Requests = 20;
    private const int Senders = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string[] Standing = ["--Clock:Start=2026-03-10T10:00:00Z", "--Clock:Speed=0", "--Partitions=8", "--Host:CheckpointSeconds=3600"];

    [Fact]
    public async Task On_SQLite_every_answer_is_written_after_the_fsync_that_follows_the_write_to_the_journal()
    {
        using var folder = new DataFolder();
        var trace = folder.In("trace");
        string[] strace = ["strace", "-D", "-f", "-q", "-yy", "--seccomp-bpf", "-s", "12", "-o", trace, "-e", "trace=pwrite64,write,fsync,fdatasync,sendto,sendmsg"];
        await using (var server = ServerProcess.LaunchUnder(strace, "", folder.In("data"), Standing))
        {
            await server.ReadyAsync(Patience);
            using var http = server.Client();
            for (var i = 0; i < Requests; i++) await http.SendAsync(HttpMethod.Post, "/v1/batch", Outage.Batch(0, i));
            Assert.Equal(0, await server.StopAsync(Patience));
        }

        var seen = new DiskOrder();
        foreach (var line in await LinesAsync(trace)) seen.Take(line);
        output.WriteLine($"{seen.Writes} writes to the journal's log, {seen.Syncs} times on the disk, {seen.Sends} answers");
        Assert.Empty(seen.TooEarly);
        Assert.True(seen.SyncedSends >= Requests, $"{seen.SyncedSends} answers were seen to follow an fsync; {Requests} batches were acknowledged.");
    }

    [Fact]
    public async Task On_SQLite_an_fsync_that_fails_once_refuses_what_was_in_it_and_loses_and_doubles_nothing()
    {
        using var folder = new DataFolder();
        var journal = System.IO.Path.Combine(folder.In("data"), "journal.db-wal");
        string[] strace = ["strace", "-D", "-f", "-q", "--seccomp-bpf", "-o", folder.In("trace"), "-P", journal, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=15"];
        var counts = new int[Senders];
        await using (var server = ServerProcess.LaunchUnder(strace, "", folder.In("data"), Standing))
        {
            await server.ReadyAsync(Patience);
            using var http = server.Client();
            using var stop = new CancellationTokenSource();
            var traffic = new Outage(http, stop.Token);
            var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(() => traffic.SendAsync(sender))).ToArray();
            await traffic.RefusedAsync(1).WaitAsync(Patience);
            await traffic.AcknowledgedAsync(traffic.Acknowledged + 20).WaitAsync(Patience);
            await stop.CancelAsync();
            for (var sender = 0; sender < Senders; sender++) counts[sender] = await senders[sender].WaitAsync(Patience);
            await CheckAsync(http, counts);
            output.WriteLine($"{traffic.Acknowledged} batches acknowledged, {traffic.Refused} answers were 503");
            await server.KillAsync();
        }

        Assert.Contains(await LinesAsync(folder.In("trace")), line => line.Contains("(INJECTED)", StringComparison.Ordinal));
        await using var again = await ServerProcess.StartAsync(folder.In("data"), Standing);
        using var asked = again.Client();
        await CheckAsync(asked, counts);
    }

    [Fact]
    public async Task On_PostgreSQL_its_own_statistics_count_an_fsync_for_every_acknowledged_request()
    {
        await using var postgres = await PostgresServer.StartAsync(fsync: true);
        using var folder = new DataFolder();
        var connection = await postgres.NewDatabaseAsync();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), [.. Standing, "--Storage:Kind=postgres", "--Storage:ConnectionString=" + connection]);
        using var http = server.Client();
        var before = await SyncsAsync(postgres);

        for (var i = 0; i < Requests; i++) await http.SendAsync(HttpMethod.Post, "/v1/batch", Outage.Batch(0, i));

        // A session tells its statistics at most once a second.
        var syncs = 0L;
        await Answers.UntilAsync(async () => syncs = await SyncsAsync(postgres) - before, count => count >= Requests, Patience, "an fsync for each request");
        output.WriteLine($"{syncs} fsyncs of the log for {Requests} requests one after the other");
    }

    // From version 18 on they stand with the other reads and writes.
    private static async Task<long> SyncsAsync(PostgresServer postgres)
    {
        var version = int.Parse((await postgres.SqlAsync("postgres", "SHOW server_version_num")).Trim(), CultureInfo.InvariantCulture);
        var asked = version >= 180_000 ? "SELECT sum(fsyncs)::bigint FROM pg_stat_io WHERE object = 'wal'" : "SELECT wal_sync FROM pg_stat_wal";
        return long.Parse((await postgres.SqlAsync("postgres", asked)).Trim(), CultureInfo.InvariantCulture);
    }

    // The tracer ends after the traced, and may still be writing.
    private static async Task<string[]> LinesAsync(string trace)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var lines = await File.ReadAllLinesAsync(trace, patience.Token);
            if (lines.Length > 0 && lines[^1].Contains("+++", StringComparison.Ordinal)) return lines;
            await Task.Delay(50, patience.Token);
        }
    }

    private static async Task CheckAsync(HttpClient http, int[] batches)
    {
        for (var sender = 0; sender < Senders; sender++)
            Assert.Equal(batches[sender] * Outage.EventsPerBatch, (await http.AccountAsync($"acme-{sender}")).ValueOf("contacts_created"));
    }

    /// <summary>Reads a trace in the order in which calls began and ended.</summary>
    private sealed partial class DiskOrder
    {
        private readonly HashSet<string> syncing = [];
        private bool isDirty;
        private bool isSynced;

        public int Writes { get; private set; }

        public int Syncs { get; private set; }

        public int Sends { get; private set; }

        /// <summary>Answers that were the first after an fsync of the journal.</summary>
        public int SyncedSends { get; private set; }

        public List<string> TooEarly { get; } = [];

        public void Take(string line)
        {
            var match = Call().Match(line);
            if (!match.Success) return;
            var (thread, call, rest) = (match.Groups["thread"].Value, match.Groups["call"].Value, match.Groups["rest"].Value);
            var ofJournal = rest.Contains("journal.db-wal>", StringComparison.Ordinal);
            if (match.Groups["resumed"].Success)
            {
                if (call is "fsync" or "fdatasync" && syncing.Remove(thread)) Synced(rest);
            }
            else if (call is "pwrite64" or "write" && ofJournal)
            {
                Writes++;
                isDirty = true;
            }
            else if (call is "fsync" or "fdatasync" && ofJournal)
            {
                if (rest.Contains("unfinished", StringComparison.Ordinal)) syncing.Add(thread);
                else Synced(rest);
            }
            else if (call is "sendto" or "sendmsg" && rest.Contains("<TCP", StringComparison.Ordinal) && rest.Contains("\"HTTP/1.1 200", StringComparison.Ordinal))
            {
                Sent(line);
            }
        }

        private void Synced(string rest)
        {
            if (!rest.TrimEnd().EndsWith("= 0", StringComparison.Ordinal)) return;
            Syncs++;
            (isDirty, isSynced) = (false, true);
        }

        private void Sent(string line)
        {
            Sends++;
            if (isDirty) TooEarly.Add(line);
            if (isSynced) SyncedSends++;
            isSynced = false;
        }

        [GeneratedRegex(@"^(?<thread>\d+) +(?<resumed><\.\.\. )?(?<call>[a-z0-9_]+)(?<rest>.*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
        private static partial Regex Call();
    }
}
