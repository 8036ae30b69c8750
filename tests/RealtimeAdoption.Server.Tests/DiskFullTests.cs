using System.Net;
using System.Text;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>
/// No file may grow any more, one of the store's after the other: what cannot be made durable is refused, nothing acknowledged is lost or counted twice, and the server goes on by itself.
/// By limits on the size of one process's files; the first also on a disk that is full (<see cref="FullDisk"/>).
/// </summary>
public sealed class DiskFullTests(ITestOutputHelper output)
{
    private const int Senders = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string[] Standing = ["--Clock:Start=2026-03-10T10:00:00Z", "--Clock:Speed=0", "--Partitions=8"];

    [Fact]
    public async Task While_the_journal_cannot_grow_the_doors_say_503_and_afterwards_every_acknowledged_event_is_there_once()
    {
        using var folder = new DataFolder();
        string[] options = [.. Standing, "--Host:CheckpointSeconds=3600"];
        var counts = new int[Senders];
        await using (var server = await ServerProcess.StartAsync(folder.In("data"), options))
        {
            using var http = server.Client();
            using var stop = new CancellationTokenSource();
            var traffic = new Outage(http, stop.Token);
            var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(() => traffic.SendAsync(sender))).ToArray();
            await traffic.AcknowledgedAsync(20).WaitAsync(Patience);
            var before = server.WorkingSet;
            var disk = new FullDisk(server, folder);
            disk.Fill(SizeOf(folder, "journal.db") + (128 << 10));
            await traffic.RefusedAsync(40).WaitAsync(Patience);
            Assert.NotNull((await http.AccountAsync("acme-0"))["as_of"]);
            output.WriteLine($"{traffic.Acknowledged} batches acknowledged, {traffic.Refused} answers were 503; {before >> 20} MiB before, {server.WorkingSet >> 20} MiB now");
            Assert.InRange(server.WorkingSet - before, long.MinValue, 256L << 20);

            disk.Free();
            await traffic.AcknowledgedAsync(traffic.Acknowledged + 20).WaitAsync(Patience);
            await stop.CancelAsync();
            for (var sender = 0; sender < Senders; sender++) counts[sender] = await senders[sender].WaitAsync(Patience);
            await CheckAsync(http, counts);
            await server.KillAsync();
        }

        await using var again = await ServerProcess.StartAsync(folder.In("data"), options);
        using var asked = again.Client();
        await CheckAsync(asked, counts);
    }

    [Fact]
    public async Task While_checkpoints_cannot_be_stored_memory_is_bounded_and_batches_are_refused_until_they_can_be()
    {
        using var folder = new DataFolder();
        string[] options = [.. Standing, "--Host:CheckpointSeconds=1", "--Host:UnpersistedBytesMax=4194304", "--Storage:CheckpointMiB=1"];
        var taken = 0;
        await using (var server = await ServerProcess.StartAsync(folder.In("data"), options))
        {
            using var http = server.Client();
            server.LimitFiles(4 << 20);
            using var patience = new CancellationTokenSource(Patience);
            var detail = "";
            // Until it refuses, and because of the disk.
            while (true)
            {
                var isTaken = await TryAsync(http, taken, patience.Token);
                if (isTaken) taken++;
                detail = (await http.JsonAsync("/health/ready"))["detail"]!.GetValue<string>();
                if (!isTaken && detail.StartsWith("Checkpoints cannot be stored since", StringComparison.Ordinal)) break;
            }

            Assert.Contains("Host:UnpersistedBytesMax", server.Output, StringComparison.Ordinal);
            Assert.NotNull((await http.AccountAsync("full-0-0"))["as_of"]);
            output.WriteLine($"{taken} batches of {AccountsPerBatch} accounts were taken; {detail}");

            server.LimitFiles(null);
            while (!await TryAsync(http, taken, patience.Token)) await Task.Delay(100, patience.Token);
            taken++;
            await Answers.UntilAsync(() => http.JsonAsync("/health/ready"), answer => answer["detail"]!.GetValue<string>() == "Ready.", Patience, "checkpoints are stored again");
            await server.KillAsync();
        }

        await using var again = await ServerProcess.StartAsync(folder.In("data"), options);
        using var asked = again.Client();
        for (var batch = 0; batch < taken; batch++) Assert.Equal(1, (await asked.AccountAsync($"full-{batch}-{batch % AccountsPerBatch}")).ValueOf("contacts_created"));
    }

    [Fact]
    public async Task While_rejections_cannot_be_written_good_input_is_taken_and_they_wait_in_bounded_memory()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"), [.. Standing, "--Host:CheckpointSeconds=3600", "--Storage:RejectionsBuffered=2000"]);
        using var http = server.Client();
        server.LimitFiles(1 << 20);
        var bad = "{\"batch\":[" + string.Join(',', Enumerable.Range(0, 500).Select(i => $$$"""{"type":"track","messageId":"bad{{{i}}}","properties":{"text":"{{{new string('x', 400)}}}"}}""")) + "]}";
        for (var i = 0; i < 12; i++)
        {
            await http.SendAsync(HttpMethod.Post, "/v1/batch", bad);
            await http.SendAsync(HttpMethod.Post, "/v1/batch", Outage.Batch(0, i));
        }

        await Answers.UntilAsync(() => Task.FromResult(server.Output), text => text.Contains("Rejections cannot be written", StringComparison.Ordinal), Patience, "the log tells of it");
        using (var answer = await http.GetAsync(new Uri("/v1/rejections", UriKind.Relative)))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        Assert.Equal(12 * Outage.EventsPerBatch, (await http.AccountAsync("acme-0")).ValueOf("contacts_created"));
        server.LimitFiles(null);
        Assert.NotEmpty((await http.JsonAsync("/v1/rejections"))["rejections"]!.AsArray());
        Assert.Equal(0, await server.StopAsync(Patience));
    }

    private const int AccountsPerBatch = 200;

    private static async Task<bool> TryAsync(HttpClient http, int batch, CancellationToken cancellationToken)
    {
        var events = Enumerable.Range(0, AccountsPerBatch).Select(i =>
            $$$"""{"type":"track","event":"Contact Created","userId":"u","messageId":"m{{{batch}}}-{{{i}}}","timestamp":"2026-03-09T05:00:00Z","context":{"groupId":"full-{{{batch}}}-{{{i}}}"}}""");
        using var content = new StringContent("{\"batch\":[" + string.Join(',', events) + "]}", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/v1/batch", UriKind.Relative), content, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.OK) return true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        return false;
    }

    private static long SizeOf(DataFolder folder, string file) =>
        new[] { file, file + "-wal" }.Select(name => new FileInfo(System.IO.Path.Combine(folder.In("data"), name))).Where(known => known.Exists).Max(known => known.Length);

    private static async Task CheckAsync(HttpClient http, int[] batches)
    {
        for (var sender = 0; sender < Senders; sender++)
            Assert.Equal(batches[sender] * Outage.EventsPerBatch, (await http.AccountAsync($"acme-{sender}")).ValueOf("contacts_created"));
    }
}
