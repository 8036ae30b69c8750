using System.Net;
using System.Text;

namespace RealtimeAdoption.Server.Tests;

/// <summary>Traffic that sends each batch again until it is acknowledged, and counts the answers. Thread-safe.</summary>
internal sealed class Outage(HttpClient http, CancellationToken stop)
{
    public const int EventsPerBatch = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Milestones milestones = new();

    public int Acknowledged { get; private set; }

    public int Refused { get; private set; }

    public Task AcknowledgedAsync(int batches) => milestones.WhenAsync(() => Acknowledged >= batches);

    public Task RefusedAsync(int answers) => milestones.WhenAsync(() => Refused >= answers);

    /// <summary>Until it is told to stop; returns how many batches were acknowledged.</summary>
    public async Task<int> SendAsync(int sender)
    {
        for (var number = 0; ; number++)
        {
            if (stop.IsCancellationRequested) return number;
            while (!await TryAsync(Batch(sender, number))) await Task.Delay(Pause);
        }
    }

    /// <summary>Of contacts created in the account of the sender.</summary>
    public static string Batch(int sender, int number)
    {
        var events = Enumerable.Range(0, EventsPerBatch).Select(i =>
            $$$"""{"type":"track","event":"Contact Created","userId":"u","messageId":"m{{{sender}}}-{{{number}}}-{{{i}}}","timestamp":"2026-03-09T05:00:00Z","context":{"groupId":"acme-{{{sender}}}"}}""");
        return "{\"batch\":[" + string.Join(',', events) + "]}";
    }

    private async Task<bool> TryAsync(string batch)
    {
        using var content = new StringContent(batch, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/v1/batch", UriKind.Relative), content);
        var isTaken = answer.StatusCode == HttpStatusCode.OK;
        if (!isTaken)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        lock (milestones.Gate)
        {
            if (isTaken) Acknowledged++;
            else Refused++;
            milestones.Look();
        }

        return isTaken;
    }
}
