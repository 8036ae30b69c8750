using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace RealtimeAdoption.Web.Tests.Doors;

/// <summary>Each bad input gets the documented answer and an entry among the rejections; what is good beside it is taken; nothing is a 500.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private const string Lines = "application/x-ndjson";
    private const string Good = """{"type":"track","event":"E","context":{"groupId":"a"}}""";

    private DoorServer server = null!;

    public async ValueTask InitializeAsync() => server = await DoorServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_malformed_line_in_the_middle_of_1000_costs_only_itself()
    {
        var lines = Enumerable.Range(0, 1000).Select(i => i == 500 ? """{"type":"track","event":""" : $$"""{"type":"track","event":"E","messageId":"m{{i}}","context":{"groupId":"a"} }""");
        var reply = await server.PostAsync("/v1/events", string.Join("\r\n", lines), Lines);
        Assert.Equal(200, reply.Status);
        Assert.Equal((999, 0, 1), reply.Counts);
        Assert.Equal([(500, "invalid_json")], reply.Errors);
        Assert.Equal(999, server.Host.Records.Count);
        var rejection = Assert.Single(server.Rejections.All);
        Assert.Equal(("/v1/events", 500, "invalid_json", """{"type":"track","event":"""), (rejection.Door, rejection.Index, rejection.Code, rejection.Sample!.TrimEnd()));
    }

    public static TheoryData<string, string> BadMessages { get; } = new()
    {
        { "invalid_json", """{"type":"track","event":"E" "x"}""" },
        { "invalid_json", """[1]""" },
        { "invalid_json", "nonsense" },
        { "invalid_json", """{"type":"track","event":"E","properties":[1]}""" },
        { "invalid_json", """{"type":"track","event":"E","context":"a"}""" },
        { "invalid_json", """{"type":"track","event":"E","context":{"groupId":true} }""" },
        { "invalid_json", """{"type":"track","event":"E","userId":{"id":1} }""" },
        { "invalid_json", """{"type":"track","event":"E","properties":{"account_id":[1]} }""" },
        { "invalid_json", """{"type":"track","event":"E\ud800","context":{"groupId":"a"} }""" },
        { "invalid_json", """{"type":"track","event":"E","context":{"groupId":"a\u0000"} }""" },
        { "invalid_json", $$"""{"type":"track","event":"E","context":{"groupId":"a"},"properties":{"deep":{{new string('[', 20)}}{{new string(']', 20)}}} }""" },
        { "invalid_json", $$"""{"type":"track","event":"E","context":{"groupId":"a"},"properties":{"bomb":{{new string('[', 20_000)}} }""" },
        { "no_account", """{"type":"track","event":"E","userId":"u"}""" },
        { "no_account", """{"type":"group","userId":"u","groupId":""}""" },
        { "no_message_name", """{"type":"track","context":{"groupId":"a"} }""" },
        { "no_message_name", """{"type":"track","event":7,"context":{"groupId":"a"} }""" },
        { "timestamp_invalid", """{"type":"track","event":"E","context":{"groupId":"a"},"timestamp":"yesterday"}""" },
        { "timestamp_invalid", """{"type":"track","event":"E","context":{"groupId":"a"},"timestamp":1763632800000}""" },
        { "timestamp_invalid", """{"type":"track","event":"E","context":{"groupId":"a"},"timestamp":"1812-01-01T00:00:00Z"}""" },
        { "timestamp_in_future", """{"type":"track","event":"E","context":{"groupId":"a"},"timestamp":"2026-11-22T12:00:00Z"}""" },
        { "too_large", $$"""{"type":"track","event":"E","context":{"groupId":"a"},"properties":{"x":"{{new string('x', 40_000)}}"} }""" },
        { "too_large", $$"""{"type":"track","event":"E","context":{"groupId":"{{new string('x', 256)}}"} }""" },
        { "too_large", $$"""{"type":"track","event":"E","messageId":"{{new string('x', 256)}}","context":{"groupId":"a"} }""" },
        { "too_large", $$"""{"type":"track","event":"{{new string('x', 1025)}}","context":{"groupId":"a"} }""" },
        { "unknown_type", """{"event":"E","context":{"groupId":"a"} }""" },
        { "unknown_type", """{"type":"charge","context":{"groupId":"a"} }""" },
        { "value_not_finite", """{"type":"track","event":"E","context":{"groupId":"a"},"properties":{"x":1e999} }""" },
        { "value_not_finite", """{"type":"track","event":"E","context":{"groupId":"a"},"properties":{"x":{"y":[-1E999]} } }""" },
        { "value_not_finite", $$"""{"type":"track","event":"E","context":{"groupId":"a"},"properties":{"x":1{{new string('0', 400)}}} }""" },
    };

    [Theory]
    [MemberData(nameof(BadMessages))]
    public async Task A_bad_message_between_good_lines_is_refused_alone(string code, string message)
    {
        var reply = await server.PostAsync("/v1/events", $"{Good}\n{message}\n\n{Good}\n", Lines);
        Assert.Equal((200, "application/json"), (reply.Status, reply.ContentType));
        Assert.Equal((2, 0, 1), reply.Counts);
        Assert.Equal([(1, code)], reply.Errors);
        Assert.Equal((code, 1, "/v1/events"), Assert.Single(server.Rejections.All) is var kept ? (kept.Code, kept.Index, kept.Door) : default);
        Assert.StartsWith(kept.Sample!, message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(BadMessages))]
    public async Task A_bad_message_alone_is_a_problem_with_the_same_code(string code, string message)
    {
        if (code == "unknown_type") return;
        var path = message.Contains("\"group\"", StringComparison.Ordinal) ? "/v1/group" : "/v1/track";
        var reply = await server.PostAsync(path, message);
        Assert.Equal(code == "too_large" ? 413 : 400, reply.Status);
        Assert.Equal(("application/problem+json", code), (reply.ContentType, reply.Code));
        Assert.Equal(code, Assert.Single(server.Rejections.All).Code);
    }

    [Fact]
    public async Task In_a_batch_a_readable_bad_message_costs_only_itself()
    {
        foreach (var (code, message) in BadMessages.Select(row => row.Data))
        {
            if (message.Contains("\"bomb\"", StringComparison.Ordinal) || message is "nonsense" || message.Contains("\"x\"}", StringComparison.Ordinal)) continue;
            var reply = await server.PostAsync("/v1/batch", $$"""{"batch":[{{Good}},{{message}},{{Good}}]}""");
            Assert.Equal(200, reply.Status);
            Assert.Equal((2, 0, 1), reply.Counts);
            Assert.Equal([(1, code)], reply.Errors);
        }
    }

    [Fact]
    public async Task Broken_JSON_in_a_batch_keeps_what_was_complete_before_it()
    {
        var reply = await server.PostAsync("/v1/batch", $$"""{"batch":[{{Good}},{{Good}},{"type":"track" "event"},{{Good}}]}""");
        Assert.Equal(200, reply.Status);
        Assert.Equal((2, 0, 1), reply.Counts);
        Assert.Equal([(2, "invalid_json")], reply.Errors);
        var cut = await server.PostAsync("/v1/batch", $$"""{"batch":[{{Good}}""");
        Assert.Equal((1, 0, 1), cut.Counts);
        var bomb = await server.PostAsync("/v1/batch", $$"""{"batch":[{{Good}},{"x":{{new string('[', 100_000)}}""");
        Assert.Equal((1, 0, 1), bomb.Counts);
    }

    [Theory]
    [InlineData("/v1/batch", "")]
    [InlineData("/v1/batch", "nonsense")]
    [InlineData("/v1/batch", "[]")]
    [InlineData("/v1/batch", """{"batch":{} }""")]
    [InlineData("/v1/batch", """{"batch":[{"type" """)]
    [InlineData("/v1/import", """{"batch":[1,2]}""")]
    [InlineData("/v1/track", "")]
    public async Task A_body_of_which_nothing_can_be_read_is_no_success(string path, string body)
    {
        var reply = await server.PostAsync(path, body);
        Assert.Equal((400, "application/problem+json", "invalid_json"), (reply.Status, reply.ContentType, reply.Code));
        if (path != "/v1/track") Assert.False(reply.Json.GetProperty("success").GetBoolean());
        Assert.NotEmpty(server.Rejections.All);
    }

    [Fact]
    public async Task Empty_batches_are_nothing_wrong()
    {
        Assert.Equal((0, 0, 0), (await server.PostAsync("/v1/batch", """{"batch":[]}""")).Counts);
        Assert.Equal((0, 0, 0), (await server.PostAsync("/v1/events", "\n \r\n", Lines)).Counts);
    }

    [Fact]
    public async Task Invalid_UTF8_costs_only_its_message()
    {
        var bad = Encoding.UTF8.GetBytes("""{"type":"track","event":"E?","context":{"groupId":"a"}}""");
        bad[Array.IndexOf(bad, (byte)'?')] = 0xFF;
        byte[] good = Encoding.UTF8.GetBytes(Good);
        var lines = await server.PostAsync("/v1/events", [.. good, (byte)'\n', .. bad, (byte)'\n', .. good], Lines);
        Assert.Equal([(1, "invalid_json")], lines.Errors);
        Assert.Equal((2, 0, 1), lines.Counts);
        var batch = await server.PostAsync("/v1/batch", [.. "{\"batch\":["u8, .. bad, (byte)',', .. good, .. "]}"u8]);
        Assert.Equal([(0, "invalid_json")], batch.Errors);
        Assert.Equal((1, 0, 1), batch.Counts);
        Assert.Equal("invalid_json", (await server.PostAsync("/v1/track", bad)).Code);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413_however_it_comes()
    {
        var large = Encoding.UTF8.GetBytes($$"""{"batch":[{{string.Join(',', Enumerable.Repeat(Good, 80_000))}}]}""");
        Assert.True(large.Length > 4 << 20);
        Assert.Equal((413, "too_large"), (await server.PostAsync("/v1/batch", large)) is var plain ? (plain.Status, plain.Code) : default);
        using var packed = new MemoryStream();
        await using (var packer = new GZipStream(packed, CompressionLevel.Fastest, true)) await packer.WriteAsync(large);
        Assert.Equal((413, "too_large"), (await server.PostAsync("/v1/batch", packed.ToArray(), "application/json", "gzip")) is var bomb ? (bomb.Status, bomb.Code) : default);
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/v1/batch") { Content = new StreamContent(new MemoryStream(large)) };
        chunked.Headers.TransferEncodingChunked = true;
        chunked.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await server.Client.SendAsync(chunked);
        Assert.Equal(413, (int)response.StatusCode);
        Assert.Equal(3, server.Rejections.All.Count(rejection => rejection.Code == "too_large"));
        Assert.Empty(server.Host.Records);
    }

    [Fact]
    public async Task A_body_that_does_not_unpack_is_invalid()
    {
        foreach (var encoding in new[] { "gzip", "br" })
        {
            var reply = await server.PostAsync("/v1/track", Encoding.UTF8.GetBytes(Good), "application/json", encoding);
            Assert.Equal((400, "invalid_json"), (reply.Status, reply.Code));
        }

        using var packed = new MemoryStream();
        await using (var packer = new GZipStream(packed, CompressionLevel.Fastest, true)) await packer.WriteAsync(Encoding.UTF8.GetBytes(Good));
        var cut = await server.PostAsync("/v1/track", packed.ToArray()[..^12], "application/json", "gzip");
        Assert.Equal((400, "invalid_json"), (cut.Status, cut.Code));
        Assert.Equal(415, (await server.PostAsync("/v1/track", Encoding.UTF8.GetBytes(Good), "application/json", "zstd")).Status);
    }

    [Theory]
    [InlineData("/v1/track", "application/xml")]
    [InlineData("/v1/track", "application/json; charset=utf-16")]
    [InlineData("/v1/batch", "application/x-www-form-urlencoded")]
    [InlineData("/v1/events", "application/json")]
    [InlineData("/v1/events", "application/cloudevents+json")]
    [InlineData("/v1/events", "")]
    public async Task An_unknown_content_type_is_told_what_is_taken(string path, string type)
    {
        var reply = await server.PostAsync(path, Good, type);
        Assert.Equal((415, "unsupported_media_type"), (reply.Status, reply.Code));
        Assert.Contains("application/", reply.Detail, StringComparison.Ordinal);
        Assert.Equal(("unsupported_media_type", path), Assert.Single(server.Rejections.All) is var kept ? (kept.Code, kept.Door) : default);
    }

    [Fact]
    public async Task A_wrong_or_missing_key_is_401_and_kept_without_the_key()
    {
        const string Body = """{"event":"E","context":{"groupId":"a"},"writeKey":"wrong-secret-key"}""";
        server.Client.DefaultRequestHeaders.Authorization = null;
        foreach (var path in new[] { "/v1/track", "/v1/events", "/v1/batch" })
            Assert.Equal((401, "unauthorized"), (await server.PostAsync(path, Body, path == "/v1/events" ? Lines : "application/json")) is var reply ? (reply.Status, reply.Code) : default);
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong-secret-key");
        var wrong = await server.PostAsync("/v1/track", """{"writeKey":"test-write-key"}""");
        Assert.Equal(401, wrong.Status);
        Assert.NotEmpty(wrong.Headers.WwwAuthenticate);
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", "%%%");
        Assert.Equal(401, (await server.PutAsync("/v1/accounts/a", "{}")).Status);
        Assert.Equal(5, server.Rejections.All.Count);
        Assert.All(server.Rejections.All, kept =>
        {
            Assert.Equal(("unauthorized", null), (kept.Code, kept.Source));
            Assert.DoesNotContain("secret", kept.Sample + kept.Detail, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_sample_never_shows_a_write_key()
    {
        await server.PostAsync("/v1/track", """{"writeKey" : "test-write-key","event":"E"}""");
        Assert.Equal("""{"writeKey" : "","event":"E"}""", Assert.Single(server.Rejections.All).Sample);
    }

    [Fact]
    public async Task Beyond_the_listed_errors_the_rest_are_counted()
    {
        var reply = await server.PostAsync("/v1/events", string.Concat(Enumerable.Repeat("x\n", 2500)) + Good, Lines);
        Assert.Equal((1, 0, 2500), reply.Counts);
        Assert.Equal(1000, reply.Errors.Length);
        Assert.Equal(1500, reply.Json.GetProperty("errors_omitted").GetInt32());
        Assert.Equal(1001, server.Rejections.All.Count);
        Assert.StartsWith("1500 more items", server.Rejections.All.Last().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sender_that_goes_away_in_the_middle_leaves_nothing_behind()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", server.Address.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/track HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer {DoorServer.WriteKey}\r\nContent-Length: 1000\r\n\r\n{{"));
        socket.Client.Shutdown(SocketShutdown.Send);
        try
        {
            // An answer to nobody, an end or a reset: what it is does not matter, only that it comes.
            await stream.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
        }

        Assert.Empty(server.Host.Records);
        Assert.Equal(200, (await server.PostAsync("/v1/track", Good)).Status);
    }

    [Fact]
    public async Task Before_the_host_is_ready_senders_are_told_to_come_back()
    {
        server.Host.Status = new Engine.Host.HostStatus(false, "Recovering.", 0);
        var reply = await server.PostAsync("/v1/track", Good);
        Assert.Equal((503, "unavailable"), (reply.Status, reply.Code));
    }
}
