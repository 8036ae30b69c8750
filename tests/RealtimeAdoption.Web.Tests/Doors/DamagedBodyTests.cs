using System.Text;

namespace RealtimeAdoption.Web.Tests.Doors;

/// <summary>Bodies damaged by a seed: whatever comes, the answer is one of the documented, and the count of items is the sum of what became of them.</summary>
public sealed class DamagedBodyTests(ITestOutputHelper output)
{
    private static readonly string[] Scraps =
    [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "true", "1e999", "-0", "\\u0000", "\\ud83d", "\\ud83d\\ude00", "\n", "\r\n", "\0", "\uFEFF", "é", "\"batch\":", "\"type\":\"track\"",
        "\"sentAt\":\"2026-11-20T08:00:00Z\"", "\"timestamp\":\"2026-13-20T08:00:00Z\"", "\"context\":{\"groupId\":\"a\"}", "\"properties\":{\"account_id\":\"b\"}", "\"messageId\":\"m\"", "[[[[[[[[[[[[[[[[[[[[",
    ];

    private static readonly string[] Bodies =
    [
        """{"type":"track","userId":"u1","event":"Contact Created","messageId":"m1","timestamp":"2026-11-20T10:00:00.123Z","context":{"groupId":"acme"},"properties":{"product":"crm","count":1.50,"t":"a\"b\u00e9","n":[1,{"a":2}]}}""",
        """{"type":"group","userId":"u1","groupId":"acme","traits":{"name":"Acme","employees":1200,"nps":null,"address":{"city":"x"}}}""",
        """{"type":"page","userId":"u1","name":"Home","context":{"groupId":"acme"},"sentAt":"2026-11-20T10:00:01.000Z","timestamp":"2026-11-20T10:00:00Z"}""",
        """{"name":"Acme","employees":1200,"nps":31,"renewal_date":"2027-03-01","status":"active","contract":[{"product":"crm","start":"2025-03-01","end":null,"arr":20000,"list_price":20000,"bundled":false}]}""",
    ];

    // What people do, to an alert and an account that are there.
    private static readonly (string Method, string Path, string Body)[] Actions =
    [
        ("POST", "/v1/alerts/stage_up::acme/acknowledge", """{"by":"kim"}"""),
        ("POST", "/v1/alerts/stage_up::acme/snooze", """{"by":"kim","until":"2026-11-30","until_worse":true}"""),
        ("POST", "/v1/alerts/product_adopted:crm:acme/assign", """{"by":"kim","assignee":"lee"}"""),
        ("POST", "/v1/alerts/product_adopted:crm:acme/resolve", """{"by":"kim"}"""),
        ("PUT", "/v1/accounts/acme/override/band", """{"value":"red","by":"kim","reason":"they told us","until":"2026-11-30"}"""),
        ("PUT", "/v1/accounts/acme/override/stage", """{"value":"full_platform","by":"kim","reason":"they told us","until":"2026-11-30"}"""),
    ];

    [Fact]
    public async Task No_damaged_body_of_an_action_is_a_fault_of_the_host()
    {
        await using var store = new DoorStore();
        await using var running = await store.StartAsync();
        await new Running.Traffic(running.Host).AdoptCrm("acme").SendAsync();
        running.Server.Client.DefaultRequestHeaders.Authorization = new("Bearer", DoorServer.ReadKey);
        var seed = SeedOf();
        var random = new Random(seed);
        var statuses = new HashSet<int>();
        for (var round = 0; round < 1000; round++)
        {
            var (method, path, whole) = Actions[random.Next(Actions.Length)];
            var body = Damage(random, Encoding.UTF8.GetBytes(whole));
            var reply = await running.Server.SendAsync(new HttpMethod(method), path, body, "application/json", null);
            Assert.True(reply.Status is 200 or 400 or 409 or 413, $"Round {round} of seed {seed}: {path} answered {reply.Status} to {Convert.ToBase64String(body)}");
            if (reply.Status != 200) Assert.NotNull(reply.Code);
            statuses.Add(reply.Status);
        }

        Assert.Superset(new HashSet<int> { 200, 400 }, statuses);
        Assert.Equal("Ready.", running.Host.Status.Detail);
    }

    [Fact]
    public async Task No_damaged_body_is_a_fault_of_the_doors()
    {
        await using var server = await DoorServer.StartAsync();
        await SendAsync(server, 2000);
        Assert.Contains(server.Host.Records, record => record.Name == "Contact Created");
        Assert.NotEmpty(server.Rejections.All);
    }

    [Fact]
    public async Task No_damaged_body_is_a_fault_of_the_host()
    {
        await using var store = new DoorStore();
        await using var running = await store.StartAsync();
        await SendAsync(running.Server, 1000);
        Assert.Equal("Ready.", running.Host.Status.Detail);
    }

    private async Task SendAsync(DoorServer server, int rounds)
    {
        var seed = SeedOf();
        var random = new Random(seed);
        for (var round = 0; round < rounds; round++)
        {
            var path = random.Next(8) switch { 0 => "/v1/track", 1 => "/v1/group", 2 => "/v1/p", 3 => "/v1/import", 4 => "/v1/accounts/acme", 5 => "/v1/identify", 6 => "/v1/batch", _ => "/v1/events" };
            var body = Damage(random, Whole(random, path));
            var reply = path.StartsWith("/v1/accounts", StringComparison.Ordinal)
                ? await server.PutAsync(path, Encoding.UTF8.GetString(body))
                : await server.PostAsync(path, body, path == "/v1/events" ? "application/x-ndjson" : "application/json");
            Assert.True(reply.Status is 200 or 400 or 413, $"Round {round} of seed {seed}: {path} answered {reply.Status} to {Convert.ToBase64String(body)}");
            if (reply.Status == 400) Assert.NotNull(reply.Code);
        }
    }

    private int SeedOf()
    {
        var seed = Environment.GetEnvironmentVariable("SEED") is { } given ? int.Parse(given) : Environment.TickCount;
        output.WriteLine($"SEED={seed}");
        return seed;
    }

    private static byte[] Whole(Random random, string path)
    {
        if (path.StartsWith("/v1/accounts", StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(Bodies[3]);
        var messages = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Bodies[random.Next(3)]);
        return Encoding.UTF8.GetBytes(path switch
        {
            "/v1/events" => string.Join('\n', messages),
            "/v1/batch" or "/v1/import" => $$"""{"batch":[{{string.Join(',', messages)}}],"sentAt":"2026-11-20T10:00:02.000Z"}""",
            _ => Bodies[random.Next(3)],
        });
    }

    private static byte[] Damage(Random random, byte[] body)
    {
        var bytes = new List<byte>(body);
        for (var times = random.Next(4); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveAt(at); break;
                case 2: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Scraps[random.Next(Scraps.Length)])); break;
                case 3: bytes.RemoveRange(at, random.Next(bytes.Count - at)); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, random.Next(bytes.Count - at))); break;
                default: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            }
        }

        return [.. bytes];
    }
}
