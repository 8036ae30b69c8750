using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace RealtimeAdoption.Server.Tests.Crashes;

/// <summary>Posts batches and checks each answer: taken whole, or not at all and told when to come again. Thread-safe.</summary>
/// <param name="ledger">Is told what is sent and what is acknowledged.</param>
/// <param name="eventsPerBatch">Each batch has so many.</param>
public sealed class BatchDoor(CrashLedger ledger, int eventsPerBatch)
{
    /// <summary>False: shed, and to be sent again.</summary>
    /// <exception cref="HttpRequestException">The server is gone.</exception>
    public async Task<bool> IsTakenAsync(HttpClient http, TrafficBatch batch, byte[] body)
    {
        ledger.Sending(batch);
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.PostAsync(new Uri(batch.Import ? "/v1/import" : "/v1/batch", UriKind.Relative), content);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            Assert.True(answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable, $"A batch was answered {answer.StatusCode}.");
            Assert.NotNull(answer.Headers.RetryAfter);
            return false;
        }

        var text = await answer.Content.ReadAsStringAsync();
        var json = JsonNode.Parse(text)!;
        var known = (json["accepted"]?.GetValue<int>() ?? 0) + (json["duplicates"]?.GetValue<int>() ?? 0);
        Assert.True(known == eventsPerBatch, $"A batch of {eventsPerBatch} events was answered {text}");
        ledger.Acknowledged(batch);
        return true;
    }
}
