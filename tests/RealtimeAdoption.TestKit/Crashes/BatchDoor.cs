using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Xunit;

namespace RealtimeAdoption.TestKit.Crashes;

/// <summary>Posts batches and checks each answer: taken whole, or not at all and told when to come again. Thread-safe.</summary>
/// <param name="eventsPerBatch">Each batch has so many.</param>
/// <param name="sending">Is told of each batch before it is sent; null: nobody is.</param>
/// <param name="acknowledged">And when it was acknowledged.</param>
public sealed class BatchDoor(int eventsPerBatch, Action<TrafficBatch>? sending = null, Action<TrafficBatch>? acknowledged = null)
{
    /// <summary>False: shed, and to be sent again.</summary>
    /// <exception cref="HttpRequestException">The server is gone.</exception>
    public async Task<bool> IsTakenAsync(HttpClient http, TrafficBatch batch, byte[] body)
    {
        sending?.Invoke(batch);
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
        acknowledged?.Invoke(batch);
        return true;
    }
}
