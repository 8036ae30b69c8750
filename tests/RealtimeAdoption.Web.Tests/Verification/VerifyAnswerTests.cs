using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Web.Tests.Doors;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Verification;

/// <summary>The endpoints of verifications in front of a host that is told what to answer.</summary>
public sealed class VerifyAnswerTests : IAsyncLifetime
{
    private const string AdminKey = "an-admin-key";
    private readonly RecordingHost host = new();
    private RunningServer server = null!;

    public async ValueTask InitializeAsync() =>
        server = await RunningServer.StartAsync(host, null, 0, ("Auth:Anonymous", "false"), ("Auth:AdminKeys:0", AdminKey), ("Auth:ReadKeys:0", "a-read-key"), ("Auth:WriteKeys:0", "a-write-key"));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Theory]
    [InlineData(null, "application/json", 401)]
    [InlineData("a-write-key", "application/json", 401)]
    [InlineData("a-read-key", "application/json", 403)]
    [InlineData(AdminKey, "text/plain", 415)]
    [InlineData(AdminKey, "application/json", 202)]
    public async Task Only_an_admin_key_begins_one_and_no_form_of_another_page_can(string? key, string type, int expected)
    {
        host.Verifications = (_, _) => new VerifyStart(ModelChangeOutcome.Begun, "Begun.") { Verification = new TaskCompletionSource<VerifyReport>().Task };
        Assert.Equal(expected, (await SendAsync(HttpMethod.Post, "/v1/verify", key, type)).Status);
    }

    [Fact]
    public async Task One_is_told_while_it_runs_and_when_it_is_done_with_every_difference_and_damage()
    {
        var work = new TaskCompletionSource<VerifyReport>();
        var ended = CancellationToken.None;
        host.Verifications = (progress, end) =>
        {
            progress!.Report(new ModelProgress(1, 8, 500, 4_000));
            ended = end;
            return new VerifyStart(ModelChangeOutcome.Begun, "Begun.") { Verification = work.Task };
        };
        var id = (string)(await SendAsync(HttpMethod.Post, "/v1/verify")).Json["id"]!;
        var running = (await SendAsync(HttpMethod.Get, $"/v1/verify/{id}")).Json;
        Assert.Equal("running", (string)running["state"]!);
        Assert.Equal("""{"partitions_done":1,"partitions":8,"records_done":500,"records":4000}""", running["progress"]!.ToJsonString());
        Assert.Null(running["report"]);

        work.SetResult(new VerifyReport
        {
            Positions = [7, 9],
            Records = 16,
            Segments = 3,
            Accounts = 2,
            Changes = 4,
            Differences = [new AccountDifference(1, "acme", 9, "products[0].depth", "0.5", "0.4", VerifiedBy.Rebuild)],
            DifferencesOmitted = 2,
            Damages = [new StoredDamage(0, "The head of partition 0 is damaged.")],
        });
        var done = (await SendAsync(HttpMethod.Get, $"/v1/verify/{id}")).Json;
        Assert.Equal(("done", false, 2), ((string)done["state"]!, (bool)done["report"]!["same"]!, (int)done["report"]!["differences_omitted"]!));
        Assert.Equal(
            """{"partition":1,"account":"acme","position":9,"field":"products[0].depth","live":"0.5","journal":"0.4","by":"rebuild"}""", done["report"]!["differences"]![0]!.ToJsonString());
        Assert.Equal("The head of partition 0 is damaged.", (string)done["report"]!["damages"]![0]!["what"]!);
        Assert.Equal(204, (await SendAsync(HttpMethod.Delete, $"/v1/verify/{id}")).Status);
        Assert.False(ended.IsCancellationRequested);
    }

    [Fact]
    public async Task One_is_ended_where_a_person_says_so_and_an_unknown_one_is_said_to_be()
    {
        host.Verifications = (_, end) =>
        {
            var work = new TaskCompletionSource<VerifyReport>();
            end.Register(() => work.TrySetCanceled());
            return new VerifyStart(ModelChangeOutcome.Begun, "Begun.") { Verification = work.Task };
        };
        var id = (string)(await SendAsync(HttpMethod.Post, "/v1/verify")).Json["id"]!;
        Assert.Equal(204, (await SendAsync(HttpMethod.Delete, $"/v1/verify/{id}")).Status);
        Assert.Equal("canceled", (string)(await SendAsync(HttpMethod.Get, $"/v1/verify/{id}")).Json["state"]!);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            var (status, json) = await SendAsync(method, "/v1/verify/v99");
            Assert.Equal((404, "unknown_verification"), (status, (string)json["code"]!));
        }
    }

    [Theory]
    [InlineData(ModelChangeOutcome.Busy, 409, "verify_busy")]
    [InlineData(ModelChangeOutcome.Unavailable, 503, "not_ready")]
    public async Task One_that_was_not_begun_is_told_why(ModelChangeOutcome outcome, int expected, string code)
    {
        host.Verifications = (_, _) => new VerifyStart(outcome, "Because.");
        var (status, json) = await SendAsync(HttpMethod.Post, "/v1/verify");
        Assert.Equal((expected, code, "Because."), (status, (string)json["code"]!, (string)json["detail"]!));
    }

    private async Task<(int Status, JsonObject Json)> SendAsync(HttpMethod method, string path, string? key = AdminKey, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (method == HttpMethod.Post) request.Content = new StringContent("{}", Encoding.UTF8, type);
        using var response = await server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length > 0 ? JsonNode.Parse(text)!.AsObject() : []);
    }
}
