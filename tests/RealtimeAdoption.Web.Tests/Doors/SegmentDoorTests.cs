using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Tests.Doors;

public sealed class SegmentDoorTests : IAsyncLifetime
{
    private DoorServer server = null!;

    public async ValueTask InitializeAsync() => server = await DoorServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_track_message_becomes_a_usage_record_with_all_its_parts()
    {
        var reply = await server.PostAsync("/v1/track", """
            {"userId":"u1","event":"Contact Created","messageId":"m1","timestamp":"2026-11-20T10:00:00.123Z",
             "context":{"library":{"name":"x"},"groupId":"acme"},
             "properties":{"product":"crm","count":1.50,"paid":true,"free":false,"nothing":null,"list":[1,{"a":2}],"quote":"a\"b\u00e9"}}
            """);
        Assert.Equal((200, true), (reply.Status, reply.Json.GetProperty("success").GetBoolean()));
        var record = Assert.Single(server.Host.Records);
        Assert.Equal((RecordKind.Usage, "acme", "u1", "Contact Created", "m1"), (record.Kind, record.Account, record.User, record.Name, record.MessageId));
        Assert.Equal(RecordFlags.HasTimestamp | RecordFlags.HasMessageId, record.Flags);
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 10, 0, 0, 123, TimeSpan.Zero).ToUnixTimeMilliseconds(), record.TimeMs);
        Assert.StartsWith("key-", record.Source, StringComparison.Ordinal);
        Assert.Equal("""product="crm" count=1.50 paid=true free=false nothing=null list=[1,{"a":2}] quote="a"bé" """.TrimEnd(), string.Join(' ', record.Properties.Select(p => $"{p.Key}={p.Value}")));
    }

    [Theory]
    [InlineData("""{"context":{"groupId":"first"},"properties":{"account_id":"second"},"groupId":"third"}""", "first")]
    [InlineData("""{"properties":{"account_id":"second"},"groupId":"third"}""", "second")]
    [InlineData("""{"properties":{"account_id":1234},"groupId":"third"}""", "1234")]
    [InlineData("""{"context":{"groupId":null},"properties":{"account_id":""},"groupId":"third"}""", "third")]
    [InlineData("""{"groupId":77}""", "77")]
    public async Task A_group_message_s_account_is_the_first_that_is_present(string body, string account)
    {
        await server.PostAsync("/v1/group", body);
        Assert.Equal(account, Assert.Single(server.Host.Records).Account);
    }

    [Fact]
    public async Task An_event_without_account_takes_the_one_its_user_was_last_grouped_into()
    {
        await server.PostAsync("/v1/group", """{"userId":"u1","groupId":"old"}""");
        await server.PostAsync("/v1/group", """{"userId":"u1","groupId":"acme"}""");
        await server.PostAsync("/v1/track", """{"userId":"u1","event":"E"}""");
        var record = server.Host.Records[^1];
        Assert.Equal(("acme", true), (record.Account, record.Flags.HasFlag(RecordFlags.LookedUp)));
        var refused = await server.PostAsync("/v1/track", """{"anonymousId":"u1","event":"E"}""");
        Assert.Equal((400, "no_account"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task A_group_message_counts_for_the_events_behind_it_in_the_same_request()
    {
        var reply = await server.PostAsync("/v1/batch", """
            {"batch":[{"type":"track","userId":"u","event":"Before"},{"type":"group","userId":"u","groupId":"acme","traits":{"employees":12}},
            {"type":"track","userId":"\u0075","event":"After"}]}
            """);
        Assert.Equal((2, 0, 1), reply.Counts);
        Assert.Equal([(0, "no_account")], reply.Errors);
        Assert.Equal([RecordKind.Traits, RecordKind.Directory, RecordKind.Usage], server.Host.Records.Select(record => record.Kind));
        Assert.All(server.Host.Records, record => Assert.Equal("acme", record.Account));
        Assert.True(server.Host.Records[2].Flags.HasFlag(RecordFlags.LookedUp));
    }

    [Fact]
    public async Task Traits_keep_scalars_and_never_a_contract()
    {
        await server.PostAsync("/v1/group", """{"groupId":"acme","traits":{"name":"Acme","employees":12,"plan":"pro","nps":null,"address":{"city":"x"},"contract":null}}""");
        var record = Assert.Single(server.Host.Records);
        Assert.Equal(["name", "employees", "plan", "nps"], record.Properties.Keys);
        Assert.Equal("null", record.Properties["nps"]);
    }

    [Fact]
    public async Task Pages_and_screens_are_usage_with_their_name_among_the_properties()
    {
        await server.PostAsync("/v1/p", """{"context":{"groupId":"a"},"name":"Home","category":"Docs","properties":{"category":"own"}}""");
        await server.PostAsync("/v1/s", """{"context":{"groupId":"a"},"name":"Start"}""");
        Assert.Equal(["Page", "Screen"], server.Host.Records.Select(record => record.Name));
        Assert.Equal("\"Home\"", server.Host.Records[0].Properties["name"]);
        Assert.Equal("\"own\"", server.Host.Records[0].Properties["category"]);
    }

    [Fact]
    public async Task Identify_and_alias_need_a_user_or_an_account()
    {
        Assert.Equal(200, (await server.PostAsync("/v1/identify", """{"userId":"u1","traits":{"email":"x@y.example"}}""")).Status);
        Assert.Equal(200, (await server.PostAsync("/v1/alias", """{"userId":"u1","previousId":"anon"}""")).Status);
        Assert.Equal("no_account", (await server.PostAsync("/v1/identify", """{"anonymousId":"a1"}""")).Code);
        Assert.Equal([RecordKind.Identify, RecordKind.Alias], server.Host.Records.Select(record => record.Kind));
        Assert.All(server.Host.Records, record => Assert.Equal("", record.Account));
    }

    [Fact]
    public async Task SentAt_corrects_the_sender_s_clock_wherever_it_stands()
    {
        const string Own = """{"type":"track","event":"E","context":{"groupId":"a"},"timestamp":"2026-11-20T08:00:00Z","sentAt":"2026-11-20T08:00:10Z"}""";
        const string Plain = """{"type":"track","event":"E","context":{"groupId":"a"},"timestamp":"2026-11-20T08:00:00Z"}""";
        const string Original = """{"type":"track","event":"E","context":{"groupId":"a"},"timestamp":"2026-11-20T11:00:00Z","originalTimestamp":"2026-11-20T08:00:00Z"}""";
        const string None = """{"type":"track","event":"E","context":{"groupId":"a"}}""";
        await server.PostAsync("/v1/batch", $$"""{"batch":[{{Own}},{{Plain}},{{Original}},{{None}}],"sentAt":"2026-11-20T08:01:00Z"}""");
        await server.PostAsync("/v1/batch", $$"""{"sentAt":"2026-11-20T08:01:00Z","batch":[{{Plain}}]}""");
        await server.PostAsync("/v1/batch", $$"""{"batch":[{{Plain}},{{Original}}]}""");
        await server.PostAsync("/v1/import", $$"""{"batch":[{{Own}}],"sentAt":"2026-11-20T08:01:00Z"}""");
        var records = server.Host.Records;
        Assert.Equal([10_000, 60_000, 60_000, 0, 60_000], records.Take(5).Select(record => record.TimeMs));
        Assert.Equal([true, true, true, false, true], records.Take(5).Select(record => record.Flags.HasFlag(RecordFlags.TimeIsAge)));
        Assert.False(records[3].Flags.HasFlag(RecordFlags.HasTimestamp));
        var eight = new DateTimeOffset(2026, 11, 20, 8, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        Assert.Equal([eight, eight + (3 * 3_600_000), eight], records.Skip(5).Select(record => record.TimeMs));
        Assert.Equal(RecordFlags.Import | RecordFlags.HasTimestamp, records[7].Flags);
    }

    [Fact]
    public async Task A_sentAt_that_cannot_be_read_corrects_nothing_and_refuses_nothing()
    {
        var reply = await server.PostAsync("/v1/batch", """
            {"batch":[{"type":"track","event":"E","context":{"groupId":"a"},"timestamp":"2026-11-20T08:00:00Z","sentAt":"soon"}],"sentAt":"soon"}
            """);
        Assert.Equal((1, 0, 0), reply.Counts);
        Assert.Equal(RecordFlags.HasTimestamp, Assert.Single(server.Host.Records).Flags);
    }

    [Fact]
    public async Task The_last_of_a_repeated_field_or_property_stands()
    {
        var many = string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"p{i % 150}\":{i}"));
        await server.PostAsync("/v1/track", $$"""{"event":"A","event":"B","context":{"groupId":"a"},"properties":{"x":0},"properties":{"x":1,"y":2,"\u0078":3,{{many}}} }""");
        var record = Assert.Single(server.Host.Records);
        Assert.Equal("B", record.Name);
        Assert.Equal(152, record.Properties.Count);
        Assert.Equal(("3", "2", "150", "299"), (record.Properties["x"], record.Properties["y"], record.Properties["p0"], record.Properties["p149"]));
    }

    [Fact]
    public async Task A_repeated_message_is_a_duplicate_and_with_another_payload_a_conflict()
    {
        const string Message = """{"type":"track","event":"E","messageId":"m","context":{"groupId":"a"},"properties":{"x":1,"y":2}}""";
        const string Reordered = """{"type":"track","event":"E","messageId":"m","context":{"groupId":"a"},"properties":{"y":2,"x":1},"sentAt":"2026-11-20T08:00:00Z"}""";
        const string Other = """{"type":"track","event":"E","messageId":"m","context":{"groupId":"a"},"properties":{"x":2,"y":2}}""";
        var reply = await server.PostAsync("/v1/batch", $$"""{"batch":[{{Message}},{{Reordered}},{{Other}}]}""");
        Assert.Equal((1, 1, 1), reply.Counts);
        Assert.Equal([(2, "conflict")], reply.Errors);
        var rejection = Assert.Single(server.Rejections.All);
        Assert.Equal(("conflict", 2, "m", "a", "/v1/batch"), (rejection.Code, rejection.Index, rejection.MessageId, rejection.Account, rejection.Door));
        Assert.Equal(Other, rejection.Sample);
        Assert.Equal(200, (await server.PostAsync("/v1/track", Message)).Status);
        Assert.Equal((400, "conflict"), ((await server.PostAsync("/v1/track", Other)) is var single ? (single.Status, single.Code) : default));
    }

    [Fact]
    public async Task Packed_bodies_are_unpacked()
    {
        var body = Encoding.UTF8.GetBytes("""{"event":"E","context":{"groupId":"a"}}""");
        foreach (var encoding in new[] { "gzip", "br" })
        {
            using var packed = new MemoryStream();
            await using (Stream packer = encoding == "br" ? new BrotliStream(packed, CompressionLevel.Fastest, true) : new GZipStream(packed, CompressionLevel.Fastest, true))
                await packer.WriteAsync(body);
            Assert.Equal(200, (await server.PostAsync("/v1/track", packed.ToArray(), "application/json", encoding)).Status);
        }

        Assert.Equal(2, server.Host.Records.Count);
    }

    [Fact]
    public async Task The_write_key_is_taken_from_Basic_Bearer_or_the_body()
    {
        const string Message = """{"event":"E","context":{"groupId":"a"},"writeKey":"test-write-key"}""";
        server.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{DoorServer.WriteKey}:")));
        Assert.Equal(200, (await server.PostAsync("/v1/t", Message)).Status);
        server.Client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(200, (await server.PostAsync("/v1/t", Message, "text/plain;charset=UTF-8")).Status);
        Assert.Equal(200, (await server.PostAsync("/v1/b", $$"""{"batch":[{"type":"track","event":"E","context":{"groupId":"a"} }],"writeKey":"test-write-key"}""", "text/plain")).Status);
        Assert.Single(server.Host.Records.Select(record => record.Source).Distinct());
        Assert.Equal(3, server.Host.Records.Count);
    }

    [Fact]
    public async Task Any_page_may_send_but_without_cookies()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/t");
        preflight.Headers.Add("Origin", "https://app.example");
        using var allowed = await server.Client.SendAsync(preflight);
        Assert.Equal("*", allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(allowed.Headers.Contains("Access-Control-Allow-Credentials"));
        server.Client.DefaultRequestHeaders.Add("Origin", "https://app.example");
        var reply = await server.PostAsync("/v1/t", """{"event":"E","context":{"groupId":"a"}}""");
        Assert.Equal("*", reply.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }

    [Fact]
    public async Task A_key_with_too_much_in_work_is_told_so_and_another_is_still_heard()
    {
        await using var narrow = await DoorServer.StartAsync(("Doors:KeyBytesInFlightMax", "65536"), ("Auth:WriteKeys:1", "other-write-key"));
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        narrow.Host.Before = () =>
        {
            reached.TrySetResult();
            return release.Task;
        };
        var body = """{"batch":[{"type":"track","event":"E","context":{"groupId":"a"}}]}""" + new string(' ', 50_000);
        var first = narrow.PostAsync("/v1/batch", body);
        await reached.Task;
        narrow.Host.Before = null;
        var second = await narrow.PostAsync("/v1/batch", body);
        Assert.Equal((429, "key_overloaded", "1"), (second.Status, second.Code, second.Headers.GetValues("Retry-After").Single()));
        narrow.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "other-write-key");
        Assert.Equal(200, (await narrow.PostAsync("/v1/batch", body)).Status);
        narrow.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DoorServer.WriteKey);
        release.SetResult();
        Assert.Equal(200, (await first).Status);

        // What is larger than the bound is taken alone.
        Assert.Equal(200, (await narrow.PostAsync("/v1/batch", body + body[^50_000..])).Status);
        Assert.Empty(narrow.Rejections.All);
    }

    [Fact]
    public async Task Overload_and_a_silent_store_are_told_with_a_time_to_come_back()
    {
        const string Message = """{"event":"E","context":{"groupId":"a"}}""";
        server.Host.Answer = new IntakeAnswer(IntakeStatus.Overloaded, TimeSpan.FromSeconds(1.2));
        var overloaded = await server.PostAsync("/v1/track", Message);
        Assert.Equal((503, "overloaded", "2"), (overloaded.Status, overloaded.Code, overloaded.Headers.GetValues("Retry-After").Single()));
        server.Host.Answer = new IntakeAnswer(IntakeStatus.Unavailable, TimeSpan.Zero);
        var unavailable = await server.PostAsync("/v1/track", Message);
        Assert.Equal((503, "unavailable", "1"), (unavailable.Status, unavailable.Code, unavailable.Headers.GetValues("Retry-After").Single()));
        Assert.Empty(server.Rejections.All);
    }
}
