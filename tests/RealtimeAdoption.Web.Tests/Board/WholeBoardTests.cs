using System.Text.Json;
using RealtimeAdoption.TestKit.Servers;
using RealtimeAdoption.Web.Tests.Running;

namespace RealtimeAdoption.Web.Tests.Board;

/// <summary>The hub over the real host and the real store.</summary>
public sealed class WholeBoardTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly RealStore store = new(Noon);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_board_over_the_real_host_follows_it_over_days_imports_and_a_restart()
    {
        var real = await store.OpenAsync();
        var port = Ports.Free();
        var server = await RunningServer.StartAsync(real.Host, real.Rejections, port);
        await using var viewer = await BoardViewer.JoinAsync(server.Address);

        for (var i = 0; i < 40; i++) await new Traffic(real.Host).AdoptCrm($"a-{i:00}").SendAsync();
        await viewer.UntilAsync("delta", delta => Fleet(delta) is { } fleet && fleet.GetProperty("adopted_products").GetInt32() == 40);

        // History of a month ago, through a rebuild: the stage is as of then.
        await new Traffic(real.Host).Track("old", "Contact Created", 25, at: Noon.AddDays(-25)).Track("old", "Activity Logged", 10, at: Noon.AddDays(-25)).SendAsync();
        await viewer.UntilAsync("delta", delta => Fleet(delta) is { } fleet && fleet.GetProperty("adopted_products").GetInt32() == 41 && fleet.GetProperty("rebuilding").GetInt32() == 0);

        store.Clock.Now = Noon.AddDays(31);
        await viewer.UntilAsync("delta", delta => Fleet(delta) is { } fleet && fleet.GetProperty("day").GetString() == "2026-12-03" && fleet.GetProperty("adopted_products").GetInt32() == 0);
        await new Traffic(real.Host).AdoptAnalytics("a-00").SendAsync();
        await viewer.UntilAsync("delta", delta => Fleet(delta) is { } fleet && fleet.GetProperty("adopted_products").GetInt32() == 1);
        var before = await viewer.DocumentAsync();
        Assert.Equal("a-00", before.GetProperty("stages")[1].GetProperty("accounts")[0].GetProperty("id").GetString());
        Assert.Equal("stage_changed", before.GetProperty("feed")[0].GetProperty("type").GetString());
        Assert.Equal(50, before.GetProperty("feed").GetArrayLength());

        await server.DisposeAsync();
        await real.DisposeAsync();
        real = await store.OpenAsync();
        server = await RunningServer.StartAsync(real.Host, real.Rejections, port);
        await viewer.UntilOtherEpochAsync(before.GetProperty("version").GetString()!);
        var after = await viewer.DocumentAsync();
        foreach (var section in (string[])["model", "fleet", "products", "segments"]) Assert.Equal(before.GetProperty(section).GetRawText(), after.GetProperty(section).GetRawText());
        Assert.Equal(Counts(before), Counts(after));
        Assert.Equal(40, Counts(before)[0]);
        Assert.Equal(before.GetProperty("feed")[0].GetRawText(), after.GetProperty("feed")[0].GetRawText());

        await server.DisposeAsync();
        await real.DisposeAsync();
    }

    private static JsonElement? Fleet(JsonElement delta) => delta.GetProperty("delta").TryGetProperty("fleet", out var fleet) ? fleet : null;

    private static List<int> Counts(JsonElement document) => [.. document.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("count").GetInt32())];
}
