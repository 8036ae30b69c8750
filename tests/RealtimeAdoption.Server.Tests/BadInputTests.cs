using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Server.Tests;

/// <summary>What a client may send over a real connection is answered, never with a 500, and costs nobody else anything. The doors' own tests go deeper.</summary>
public sealed class BadInputTests
{
    private const string Good = """{"type":"track","event":"Contact Created","userId":"u","messageId":"m-good","context":{"groupId":"acme"}}""";

    [Fact]
    public async Task Nothing_that_a_client_sends_is_answered_with_a_500()
    {
        using var folder = new DataFolder();
        // Far from midnight: of what bears no timestamp the day of receipt is part of the identity.
        await using var server = await ServerProcess.StartAsync(folder.In("data"), "--Clock:Start=2026-01-05T10:00:00Z", "--Clock:Speed=1");
        using var http = server.Client();
        string[] paths = ["/v1/track", "/v1/identify", "/v1/group", "/v1/page", "/v1/screen", "/v1/alias", "/v1/batch", "/v1/import", "/v1/events", "/v1/t", "/v1/b", "/v1/none"];
        string[] types = ["application/json", "text/plain", "application/x-ndjson", "application/cloudevents+json", "image/png"];
        foreach (var body in Bodies())
        {
            foreach (var path in paths)
            {
                foreach (var type in types) await AnsweredAsync(http, HttpMethod.Post, path, body, type);
            }

            await AnsweredAsync(http, HttpMethod.Put, "/v1/accounts/acme", body, "application/json");
            // Kestrel refuses such a path by itself and hangs up; a large body would only meet a closed connection.
            if (body.Length < 1 << 20) await AnsweredAsync(http, HttpMethod.Put, "/v1/accounts/%00%FF", body, "application/json");
        }

        foreach (var query in new[] { "?limit=-1", "?limit=x", "?cursor=%F0%9F", "?stage=none", "?sort=none", "?segment=%00", "?after=zzz", "?explain=perhaps", "?band=red" })
        {
            foreach (var path in new[] { "/v1/accounts", "/v1/accounts/acme", "/v1/accounts/acme/history", "/v1/accounts/acme/users", "/v1/changes", "/v1/rejections", "/v1/model" })
            {
                using var answer = await http.GetAsync(new Uri(path + query, UriKind.Relative));
                Assert.True((int)answer.StatusCode < 500, $"GET {path}{query}: {(int)answer.StatusCode}");
            }
        }

        // And after all that a good event is still taken.
        var (status, text) = await http.TrySendAsync(HttpMethod.Post, "/v1/track", Good);
        Assert.True(status == HttpStatusCode.OK, text);
        Assert.Equal(1, (await http.AccountAsync("acme")).ValueOf("contacts_created"));
        Assert.NotEmpty((await http.JsonAsync("/v1/rejections"))["rejections"]!.AsArray());
        Assert.DoesNotContain("fail:", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_line_among_a_thousand_costs_only_itself()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"));
        using var http = server.Client();
        var lines = Enumerable.Range(0, 1000).Select(i => i == 500 ? "{\"type\":\"track\",\"event\":" : Good.Replace("m-good", $"m-{i}", StringComparison.Ordinal));
        var answer = await http.SendAsync(HttpMethod.Post, "/v1/events", string.Join('\n', lines), "application/x-ndjson");
        Assert.Equal(999, answer["accepted"]!.GetValue<int>());
        Assert.Equal(1, answer["rejected"]!.GetValue<int>());
        Assert.Equal(500, answer["errors"]![0]!["index"]!.GetValue<int>());
        Assert.Equal("invalid_json", answer["errors"]![0]!["code"]!.GetValue<string>());
        Assert.Equal(999, (await http.AccountAsync("acme")).ValueOf("contacts_created"));
        await Answers.UntilAsync(
            () => http.JsonAsync("/v1/rejections?code=invalid_json"), list => list["rejections"]!.AsArray().Count == 1, TimeSpan.FromSeconds(60), "the rejection can be looked up");
    }

    [Fact]
    public async Task Broken_HTTP_is_refused_and_the_server_goes_on()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"));
        foreach (var request in new[]
        {
            "GARBAGE\r\n\r\n", "POST /v1/batch HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", "POST /v1/batch HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
            "POST /v1/batch HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", $"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /v1/batch HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
        })
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, server.Url.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes(request));
            socket.Shutdown(SocketShutdown.Send);
            Assert.DoesNotContain("HTTP/1.1 500", await AnswerAsync(socket), StringComparison.Ordinal);
        }

        using var http = server.Client();
        Assert.Equal("ready", (await http.JsonAsync("/health/ready"))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Without_a_key_or_with_a_wrong_one_nobody_sends_or_reads()
    {
        using var folder = new DataFolder();
        await using var server = await ServerProcess.StartAsync(folder.In("data"));
        using var http = new HttpClient { BaseAddress = server.Url };
        foreach (var authorization in new AuthenticationHeaderValue?[] { null, new("Bearer", "wrong-wrong"), new("Basic", "!"), new("Basic", Convert.ToBase64String("wrong:"u8)), new("Digest", "x") })
        {
            http.DefaultRequestHeaders.Authorization = authorization;
            var (status, text) = await http.TrySendAsync(HttpMethod.Post, "/v1/track", Good);
            Assert.True(status == HttpStatusCode.Unauthorized, $"{authorization}: {(int)status} {text}");
            using var read = await http.GetAsync(new Uri("/v1/accounts", UriKind.Relative));
            Assert.Equal(HttpStatusCode.Unauthorized, read.StatusCode);
        }

        // A write key does not read.
        http.DefaultRequestHeaders.Authorization = new("Bearer", ServerProcess.WriteKey);
        using var answer = await http.GetAsync(new Uri("/v1/accounts", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    /// <summary>Empty where the server only hung up.</summary>
    private static async Task<string> AnswerAsync(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            return "";
        }
    }

    private static IEnumerable<byte[]> Bodies()
    {
        string[] texts =
        [
            "", "{", "[]", "null", "1e999", "\"text\"", "{}", "{\"batch\":null}", "{\"batch\":[null,1,\"x\",[],{}]}", "{\"batch\":[" + Good + ",{\"type\":\"none\"}]}",
            "{\"type\":\"track\",\"event\":null,\"userId\":5,\"context\":{\"groupId\":{}}}", "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\"}",
            Good.Replace("\"messageId\"", "\"timestamp\":\"yesterday\",\"messageId\"", StringComparison.Ordinal),
            Good.Replace("\"messageId\"", "\"timestamp\":\"9999-12-31T23:59:59Z\",\"messageId\"", StringComparison.Ordinal),
            Good.Replace("\"messageId\"", "\"properties\":{\"quantity\":1e999},\"messageId\"", StringComparison.Ordinal),
            string.Concat(Enumerable.Repeat("{\"a\":", 5000)), "[" + string.Concat(Enumerable.Repeat("[", 100_000)),
            Good.Replace("acme", new string('a', 70_000), StringComparison.Ordinal), Good.Replace("acme", "\\ud800", StringComparison.Ordinal), Good + "\n" + Good,
            "{\"name\":5,\"contract\":[{\"product\":\"none\",\"start\":\"x\"}],\"seats\":-1,\"nps\":1000}",
        ];
        foreach (var text in texts) yield return Encoding.UTF8.GetBytes(text);
        yield return [0xff, 0xfe, 0x00, 0x80];
        yield return Encoding.UTF8.GetBytes(Good).Select(b => b == (byte)'a' ? (byte)0xc3 : b).ToArray();
        yield return new byte[5 << 20];
    }

    private static async Task AnsweredAsync(HttpClient http, HttpMethod method, string path, byte[] body, string type)
    {
        foreach (var encoding in new[] { null, "gzip", "br", "zstd" })
        {
            // The large body once is enough.
            if (encoding is not null && body.Length > 1 << 20) continue;
            using var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
            if (encoding is not null) request.Content.Headers.ContentEncoding.Add(encoding);
            using var answer = await http.SendAsync(request);
            Assert.True((int)answer.StatusCode < 500, $"{method} {path} with {type}, {encoding ?? "plain"}, {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(100, body.Length)))}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
    }
}
