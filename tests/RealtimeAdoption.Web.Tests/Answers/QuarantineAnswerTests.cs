using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Web.Tests.Doors;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Answers;

/// <summary>The endpoints of quarantined records in front of a host that is told what to answer.</summary>
public sealed class QuarantineAnswerTests : IAsyncLifetime
{
    private const string AdminKey = "an-admin-key";
    private const string ReadKey = "a-read-key";
    private readonly RecordingHost host = new();
    private RunningServer server = null!;

    public async ValueTask InitializeAsync()
    {
        var at = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
        host.Quarantined.Add(new QuarantinedRecord(3, 41, "acme", "NPS Submitted", "m1", at, "InvalidOperationException: It broke."));
        host.Quarantined.Add(new QuarantinedRecord(3, 44, "acme", "NPS Submitted", "", at, "InvalidOperationException: It broke."));
        server = await RunningServer.StartAsync(host, null, 0, ("Auth:Anonymous", "false"), ("Auth:AdminKeys:0", AdminKey), ("Auth:ReadKeys:0", ReadKey), ("Auth:WriteKeys:0", "a-write-key"));
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task What_counts_for_nothing_is_listed_with_its_reason_and_counted_beyond_the_limit()
    {
        var (status, json) = await SendAsync(HttpMethod.Get, "/v1/quarantine?limit=1", ReadKey);
        Assert.Equal((200, 2), (status, (int)json["count"]!));
        Assert.Equal(
            """{"partition":3,"position":41,"account":"acme","name":"NPS Submitted","message_id":"m1","received_at":"2026-11-20T10:00:00.000Z","reason":"InvalidOperationException: It broke."}""",
            Assert.Single(json["records"]!.AsArray())!.ToJsonString());
        Assert.Equal(401, (await SendAsync(HttpMethod.Get, "/v1/quarantine", "a-write-key")).Status);
    }

    [Theory]
    [InlineData("a-write-key", "application/json", 401)]
    [InlineData(ReadKey, "application/json", 403)]
    [InlineData(AdminKey, "text/plain", 415)]
    [InlineData(AdminKey, "application/json", 202)]
    public async Task Only_an_admin_key_releases_one_and_no_form_of_another_page_can(string key, string type, int expected)
    {
        Assert.Equal(expected, (await SendAsync(HttpMethod.Post, "/v1/quarantine/3/41/release", key, type)).Status);
        Assert.Equal(expected == 202 ? 1 : 2, host.Quarantined.Count);
    }

    [Theory]
    [InlineData("3/42")]
    [InlineData("4/41")]
    [InlineData("-1/41")]
    [InlineData("3/99999999999999999999")]
    [InlineData("three/41")]
    public async Task One_that_is_not_there_is_said_not_to_be(string record) =>
        Assert.Equal(404, (await SendAsync(HttpMethod.Post, $"/v1/quarantine/{record}/release", AdminKey)).Status);

    private async Task<(int Status, JsonObject Json)> SendAsync(HttpMethod method, string path, string key, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (method == HttpMethod.Post) request.Content = new StringContent("{}", Encoding.UTF8, type);
        using var response = await server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length > 0 ? JsonNode.Parse(text)!.AsObject() : []);
    }
}
