using System.Net;
using System.Text;
using RealtimeAdoption.TestKit.Servers;
using static RealtimeAdoption.Server.Tests.CommandLine;

namespace RealtimeAdoption.Server.Tests;

/// <summary>The commands <c>backup</c> and <c>restore</c>, beside a server under steady traffic, on both stores.</summary>
public sealed class BackupTests(ITestOutputHelper output)
{
    private const int Senders = 3;
    private const int EventsPerBatch = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private static readonly string[] Standing = ["--Clock:Start=2026-03-10T10:00:00Z", "--Clock:Speed=0", "--Partitions=8", "--Host:CheckpointSeconds=1"];

    [Fact]
    public async Task On_SQLite_a_backup_under_traffic_holds_all_that_was_acknowledged_before_and_restores_to_it()
    {
        using var folder = new DataFolder();
        await HoldAsync(folder, ["--Storage:Path=" + folder.In("data")], ["--Storage:Path=" + folder.In("restored")], "journal.db");
    }

    [Fact]
    public async Task On_PostgreSQL_a_backup_under_traffic_holds_all_that_was_acknowledged_before_and_restores_to_it()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var folder = new DataFolder();
        string[] store = ["--Storage:Kind=postgres", "--Storage:ConnectionString=" + await postgres.NewDatabaseAsync()];
        await HoldAsync(folder, store, [.. store, "--Storage:Schema=restored"], "segments.copy");
    }

    private async Task HoldAsync(DataFolder folder, string[] store, string[] other, string journalFile)
    {
        var backup = folder.In("backup");
        int[] before, after, sent;
        await using (var server = await ServerProcess.StartAsync(folder.In("data"), [.. Standing, .. store]))
        {
            using var http = server.Client();
            using var stop = new CancellationTokenSource();
            var traffic = new Steady(http, stop.Token);
            var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(() => traffic.SendAsync(sender))).ToArray();
            await traffic.AcknowledgedAsync(60).WaitAsync(Patience);

            before = traffic.Counts();
            // So slow that it takes some seconds.
            var made = await RunAsync(["backup", backup, "--rate", "1", .. store]);
            after = traffic.Counts();
            await stop.CancelAsync();
            await Task.WhenAll(senders).WaitAsync(Patience);
            sent = traffic.Counts();
            Assert.True(made.ExitCode == 0, made.Errors);
            Assert.Contains("Backup made and checked", made.Output, StringComparison.Ordinal);
            Assert.True(after.Sum() > before.Sum(), "nothing was acknowledged while the backup was made");
            Assert.Equal(["backup"], Directory.GetFileSystemEntries(folder.Path, "backup*").Select(Path.GetFileName));
            output.WriteLine($"{before.Sum()} batches acknowledged before the backup, {after.Sum() - before.Sum()} while it was made; {made.Output}");
        }

        var restored = await RunAsync(["restore", backup, .. other]);
        Assert.True(restored.ExitCode == 0, restored.Errors);
        await using (var server = await ServerProcess.StartAsync(folder.In("data-of-restored"), [.. Standing, .. other]))
        {
            using var http = server.Client();
            for (var sender = 0; sender < Senders; sender++)
            {
                var contacts = (await http.AccountAsync($"acme-{sender}")).ValueOf("contacts_created")!.Value;
                Assert.Equal(0, contacts % EventsPerBatch);
                Assert.InRange(contacts, before[sender] * EventsPerBatch, (after[sender] * EventsPerBatch) + EventsPerBatch);
                // Whatever was in the backup is a repetition, whatever was not is new: sent again whole, all is there once.
                await Parallel.ForAsync(0, sent[sender], async (number, _) => await http.SendAsync(HttpMethod.Post, "/v1/batch", Steady.Batch(sender, number)));
                Assert.Equal(sent[sender] * EventsPerBatch, (await http.AccountAsync($"acme-{sender}")).ValueOf("contacts_created"));
            }

            Assert.Equal(0, await server.StopAsync(Patience));
        }

        var same = await RunAsync(["verify", "--offline", .. other]);
        Assert.True(same.ExitCode == 0, same.Output + same.Errors);
        await RefusesAsync(folder, backup, other, journalFile);
    }

    private static async Task RefusesAsync(DataFolder folder, string backup, string[] other, string journalFile)
    {
        var full = await RunAsync(["restore", backup, .. other]);
        Assert.Equal(1, full.ExitCode);
        Assert.Contains("holds data", full.Errors, StringComparison.Ordinal);
        var there = await RunAsync(["backup", backup, .. other]);
        Assert.Equal(1, there.ExitCode);
        Assert.Contains("is there already", there.Errors, StringComparison.Ordinal);

        var file = Path.Combine(backup, journalFile);
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[bytes.Length / 2] ^= 16;
        await File.WriteAllBytesAsync(file, bytes);
        string[] empty = other.Any(option => option.Contains("postgres", StringComparison.Ordinal)) ? [.. other, "--Storage:Schema=third"] : ["--Storage:Path=" + folder.In("third")];
        var damaged = await RunAsync(["restore", backup, .. empty]);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains($"{journalFile} is damaged", damaged.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.In("third")) && Directory.EnumerateFiles(folder.In("third"), "*.db").Any());
    }

    /// <summary>Traffic at a steady rate, a batch of one account after the other. Thread-safe.</summary>
    private sealed class Steady(HttpClient http, CancellationToken stop)
    {
        private readonly Lock gate = new();
        private readonly int[] acknowledged = new int[Senders];
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int wanted = int.MaxValue;

        public int[] Counts()
        {
            lock (gate) return [.. acknowledged];
        }

        public Task AcknowledgedAsync(int batches)
        {
            lock (gate) wanted = batches;
            return reached.Task;
        }

        public async Task SendAsync(int sender)
        {
            for (var number = 0; !stop.IsCancellationRequested; number++)
            {
                using var content = new StringContent(Batch(sender, number), Encoding.UTF8, "application/json");
                using var answer = await http.PostAsync(new Uri("/v1/batch", UriKind.Relative), content, CancellationToken.None);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                lock (gate)
                {
                    acknowledged[sender]++;
                    if (acknowledged.Sum() >= wanted) reached.TrySetResult();
                }

                await Task.Delay(Pause, CancellationToken.None);
            }
        }

        public static string Batch(int sender, int number)
        {
            var events = Enumerable.Range(0, EventsPerBatch).Select(i =>
                $$$"""{"type":"track","event":"Contact Created","userId":"u","messageId":"m{{{sender}}}-{{{number}}}-{{{i}}}","timestamp":"2026-03-09T05:00:00Z","context":{"groupId":"acme-{{{sender}}}"}}""");
            return "{\"batch\":[" + string.Join(',', events) + "]}";
        }
    }
}
