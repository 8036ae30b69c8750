using System.Net;
using System.Net.Http.Headers;

namespace RealtimeAdoption.Web.Tests.Doors;

public sealed class ReaderGateTests
{
    [Fact]
    public async Task Reads_need_a_read_key()
    {
        await using var server = await DoorServer.StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, "/read", DoorServer.WriteKey));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, "/read", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, $"/read?access_token={DoorServer.ReadKey}", null));
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "/read", DoorServer.ReadKey));
    }

    [Fact]
    public async Task A_hub_takes_the_key_from_its_query_too()
    {
        await using var server = await DoorServer.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, $"/hubs/read?access_token={DoorServer.ReadKey}", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, "/hubs/read?access_token=wrong", null));
    }

    [Fact]
    public async Task Anonymous_lets_this_machine_read_but_no_page_under_another_name()
    {
        await using var server = await DoorServer.StartAsync(("Auth:Anonymous", "true"));
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "/read", null));
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(server, "/read", null, "localhost"));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, "/read", null, "rebound.example"));
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(server, "/read", "wrong-read-key"));
    }

    [Fact]
    public async Task Anonymous_never_lets_write()
    {
        await using var server = await DoorServer.StartAsync(("Auth:Anonymous", "true"));
        server.Client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(401, (await server.PostAsync("/v1/track", """{"event":"E","context":{"groupId":"a"}}""")).Status);
    }

    private static async Task<HttpStatusCode> ReadAsync(DoorServer server, string path, string? key, string? host = null)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (host is not null) request.Headers.Host = host;
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
