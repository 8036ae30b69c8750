using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.ModelFile;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.TestKit;
using RealtimeAdoption.Web.Tests.Doors;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Models;

/// <summary>The model's endpoints in front of a host that is told what to answer: what is asked of it, and how its answers are told.</summary>
public sealed class ModelAnswerTests : IAsyncLifetime
{
    private const string AdminKey = "an-admin-key";
    private readonly RecordingHost host = new();
    private RunningServer server = null!;

    public async ValueTask InitializeAsync() =>
        server = await RunningServer.StartAsync(host, null, 0, ("Auth:Anonymous", "false"), ("Auth:AdminKeys:0", AdminKey), ("Auth:ReadKeys:0", "a-read-key"), ("Auth:WriteKeys:0", "a-write-key"));

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task The_model_is_told_as_JSON_or_as_its_file()
    {
        var (status, json, _) = await SendAsync(HttpMethod.Get, "/v1/model");
        Assert.Equal(200, status);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("activation").ValueKind);
        Assert.Equal(["breadth", "depth", "trend"], json.GetProperty("health").GetProperty("measures").EnumerateArray().Take(3).Select(measure => measure.GetProperty("measure").GetString()));
        Assert.Equal("health_slip", json.GetProperty("alerts").GetProperty("types")[0].GetProperty("type").GetString());

        foreach (var (path, accept) in ((string, string?)[])[("/v1/model", "application/yaml"), ("/v1/model/file", null)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "a-read-key");
            if (accept is not null) request.Headers.Accept.ParseAdd(accept);
            using var response = await server.Client.SendAsync(request);
            Assert.Equal("application/yaml", response.Content.Headers.ContentType!.MediaType);
            Assert.Equal(SampleModel.Text, await response.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("a-write-key", 401)]
    [InlineData("a-read-key", 403)]
    [InlineData(AdminKey, 202)]
    public async Task Only_an_admin_key_changes_the_model(string? key, int expected)
    {
        host.Activations = (_, _) => new ActivationStart(ModelChangeOutcome.Begun, "Begun.") { Model = "2026-12" };
        Assert.Equal(expected, (await SendAsync(HttpMethod.Put, "/v1/model", "version: x", key)).Status);
    }

    [Fact]
    public async Task An_activation_is_told_with_who_asked_and_how_far_it_is()
    {
        (string Text, string By) asked = default;
        host.Activations = (text, by) =>
        {
            asked = (text, by);
            host.Activation = new ActivationStatus("2026-12", "2026-11", by, new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero), new ModelProgress(12, 64, 812_345, 4_000_000));
            return new ActivationStart(ModelChangeOutcome.Begun, "Begun.") { Model = "2026-12" };
        };
        var (status, json, _) = await SendAsync(HttpMethod.Put, "/v1/model?by=dana", "version: \"2026-12\" # ü", AdminKey);
        Assert.Equal((202, "activating", "2026-12"), (status, json.GetProperty("state").GetString(), json.GetProperty("model").GetString()));
        Assert.Equal(("version: \"2026-12\" # ü", "dana"), asked);
        const string Told = """{"model":"2026-12","from":"2026-11","by":"dana","begun_at":"2026-11-21T09:00:00.000Z","partitions_done":12,"partitions":64,"records_done":812345,"records":4000000,"stuck":null}""";
        Assert.Equal(Told, json.GetProperty("activation").GetRawText());
        Assert.Equal(Told, (await SendAsync(HttpMethod.Get, "/v1/model")).Json.GetProperty("activation").GetRawText());
    }

    [Theory]
    [InlineData(ModelChangeOutcome.Unchanged, 200, null)]
    [InlineData(ModelChangeOutcome.Invalid, 400, "invalid_model")]
    [InlineData(ModelChangeOutcome.Busy, 409, "model_busy")]
    [InlineData(ModelChangeOutcome.Unavailable, 503, "not_ready")]
    public async Task What_became_of_the_wish_is_told(ModelChangeOutcome outcome, int expected, string? code)
    {
        ModelFileError[] errors = [new(12, 7, "products[0].id", "is no id", "use small letters"), new(1, 1, "", "x", "y")];
        host.Activations = (_, _) => new ActivationStart(outcome, "It is so.") { Errors = errors };
        host.Previews = (_, _, _) => new PreviewStart(outcome, "It is so.") { Errors = errors };
        var put = await SendAsync(HttpMethod.Put, "/v1/model", "x", AdminKey);
        Assert.Equal((expected, code), (put.Status, Code(put.Json)));
        if (outcome == ModelChangeOutcome.Unchanged) return;
        var preview = await SendAsync(HttpMethod.Post, "/v1/model/preview", "x");
        Assert.Equal((expected, code), (preview.Status, Code(preview.Json)));
        if (outcome == ModelChangeOutcome.Invalid)
            Assert.Equal("""{"line":12,"column":7,"path":"products[0].id","problem":"is no id","expected":"use small letters"}""", put.Json.GetProperty("errors")[0].GetRawText());
    }

    [Fact]
    public async Task A_preview_tells_how_far_it_is_and_then_its_report_in_pages()
    {
        var work = new TaskCompletionSource<ModelPreview>();
        IProgress<ModelProgress>? progress = null;
        host.Previews = (_, told, _) =>
        {
            progress = told;
            return new PreviewStart(ModelChangeOutcome.Begun, "Begun.") { Model = "2026-12", Preview = work.Task };
        };
        var begun = await SendAsync(HttpMethod.Post, "/v1/model/preview", "x");
        Assert.Equal((202, "/v1/model/preview/p1"), (begun.Status, begun.Location));
        Assert.Equal("""{"id":"p1","state":"running","model":"2026-12"}""", begun.Json.GetRawText());
        progress!.Report(new ModelProgress(3, 64, 10, 100));
        var running = (await SendAsync(HttpMethod.Get, "/v1/model/preview/p1")).Json;
        Assert.Equal("""{"partitions_done":3,"partitions":64,"records_done":10,"records":100}""", running.GetProperty("progress").GetRawText());
        Assert.Equal(JsonValueKind.Null, running.GetProperty("report").ValueKind);

        work.SetResult(Preview(25));
        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await SendAsync(HttpMethod.Get, $"/v1/model/preview/p1?limit=10{(cursor is null ? "" : $"&cursor={cursor}")}")).Json;
            Assert.Equal("done", page.GetProperty("state").GetString());
            var report = page.GetProperty("report");
            names.AddRange(report.GetProperty("moves").EnumerateArray().Select(move => move.GetProperty("account").GetString()!));
            Assert.Equal("""{"green":300}""", report.GetProperty("shift").GetProperty("bands_before").GetRawText());
            Assert.Equal(17, report.GetProperty("counts").GetProperty("products_lost").GetInt32());
            Assert.Equal("""{"segment":"smb","stage":"single_product","band":"red","score":31.5,"products":["crm"],"alerts":[]}""", report.GetProperty("moves")[0].GetProperty("after").GetRawText());
            Assert.Equal("product_lapsed", report.GetProperty("moves")[0].GetProperty("changes")[0].GetProperty("type").GetString());
            cursor = report.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"a-{i:00}"), names);
    }

    [Fact]
    public async Task A_preview_can_be_ended_and_one_that_fails_says_why()
    {
        host.Previews = (_, _, end) =>
        {
            var work = new TaskCompletionSource<ModelPreview>();
            end.Register(() => work.TrySetCanceled(end));
            return new PreviewStart(ModelChangeOutcome.Begun, "Begun.") { Model = "2026-12", Preview = work.Task };
        };
        await SendAsync(HttpMethod.Post, "/v1/model/preview", "x");
        Assert.Equal(204, (await SendAsync(HttpMethod.Delete, "/v1/model/preview/p1")).Status);
        Assert.Equal("canceled", (await SendAsync(HttpMethod.Get, "/v1/model/preview/p1")).Json.GetProperty("state").GetString());

        host.Previews = (_, _, _) => new PreviewStart(ModelChangeOutcome.Begun, "Begun.") { Model = "2026-12", Preview = Task.FromException<ModelPreview>(new IOException("the disk is gone")) };
        for (var i = 2; i <= 9; i++) await SendAsync(HttpMethod.Post, "/v1/model/preview", "x");
        var failed = (await SendAsync(HttpMethod.Get, "/v1/model/preview/p9")).Json;
        Assert.Equal("failed", failed.GetProperty("state").GetString());
        Assert.Contains("the disk is gone", failed.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var gone = await SendAsync(HttpMethod.Get, "/v1/model/preview/p1");
        Assert.Equal((404, "unknown_preview"), (gone.Status, Code(gone.Json)));
    }

    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("application/json", 415)]
    [InlineData("application/x-yaml; charset=utf-8", 202)]
    public async Task A_model_is_sent_as_yaml(string contentType, int expected)
    {
        host.Activations = (_, _) => new ActivationStart(ModelChangeOutcome.Begun, "Begun.") { Model = "2026-12" };
        Assert.Equal(expected, (await SendAsync(HttpMethod.Put, "/v1/model", "x", AdminKey, contentType)).Status);
    }

    [Fact]
    public async Task What_cannot_be_a_model_is_refused_before_the_host_sees_it()
    {
        Assert.Equal("invalid_model", Code((await SendAsync(HttpMethod.Put, "/v1/model", "\u00ff", AdminKey, encoding: Encoding.Latin1)).Json));
        Assert.Equal(413, (await SendAsync(HttpMethod.Put, "/v1/model", new string('x', (1 << 20) + 1), AdminKey)).Status);
        Assert.Equal(400, (await SendAsync(HttpMethod.Put, $"/v1/model?by={new string('x', 257)}", "x", AdminKey)).Status);
        Assert.Empty(server.Log.Lines);
    }

    private static ModelPreview Preview(int moves)
    {
        var shift = new ModelShift();
        shift.BandsBefore[Band.Green] = 300;
        var change = new Change
        {
            Account = "a", Position = 1, Ordinal = 0, Type = ChangeType.ProductLapsed, Day = new DateOnly(2026, 11, 20), At = DateTimeOffset.UnixEpoch, Product = "portal",
            Cause = new Cause { Kind = CauseKind.Model, Position = 1 },
        };
        return new ModelPreview
        {
            From = "2026-11",
            To = "2026-12",
            Positions = [7],
            Accounts = 100,
            Counts = new MoveCounts { Moved = moves, ProductsLost = 17 },
            Shift = shift,
            Moves = [.. Enumerable.Range(0, moves).Select(i => new AccountMove
            {
                Account = $"a-{i:00}",
                Name = "A",
                Churned = false,
                Partition = 0,
                Before = new AccountStanding("smb", "multi_product_starter", Band.Yellow, 55m, ["crm", "portal"], []),
                After = new AccountStanding("smb", "single_product", Band.Red, 31.5m, ["crm"], []),
                Changes = [change],
                Because = ["portal: support_tickets 24 of 40 within 30 days"],
            })],
            MovesOmitted = 0,
            Troubles = [],
        };
    }

    private static string? Code(JsonElement json) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty("code", out var code) ? code.GetString() : null;

    private async Task<(int Status, JsonElement Json, string? Location)> SendAsync(
        HttpMethod method, string path, string? body = null, string? key = "a-read-key", string contentType = "application/yaml", Encoding? encoding = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent((encoding ?? Encoding.UTF8).GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var json = text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default;
        return ((int)response.StatusCode, json, response.Headers.Location?.OriginalString);
    }
}
