using RealtimeAdoption.Engine.Intake;
using Xunit;

namespace RealtimeAdoption.TestKit.Contracts;

/// <summary>What every <see cref="IRejections"/> does. An implementation's tests inherit it and say how to make one.</summary>
public abstract class RejectionsContract
{
    /// <summary>False for a store that lives in memory: what it held is gone with it.</summary>
    protected virtual bool Durable => true;

    /// <summary>A store, not yet opened, over the same data at each call within a test, that keeps and buffers so many. The test disposes it.</summary>
    protected abstract IRejections Make(int kept, int buffered);

    [Fact]
    public async Task Every_field_comes_back()
    {
        await using var store = await Open();
        var full = new Rejection
        {
            At = DateTimeOffset.FromUnixTimeMilliseconds(1_772_000_000_123),
            Door = "/v1/batch",
            Source = "web",
            Index = 0,
            MessageId = "m \u0000 1",
            Account = "acme",
            Code = "invalid_json",
            Detail = "Expected a value.",
            Sample = "{\"type\": 🚀",
        };
        store.Add(full);

        var read = Assert.Single(await store.ReadAsync(long.MaxValue, 10, null, default));

        Assert.Equal(full with { Id = read.Id }, read);
    }

    [Fact]
    public async Task What_is_absent_stays_absent()
    {
        await using var store = await Open();
        var least = new Rejection { At = DateTimeOffset.UnixEpoch, Door = "/v1/track", Code = "unauthorized", Detail = "No write key." };
        store.Add(least);

        var read = Assert.Single(await store.ReadAsync(long.MaxValue, 10, null, default));

        Assert.Equal(least with { Id = read.Id }, read);
    }

    [Fact]
    public async Task The_newest_come_first_page_by_page()
    {
        await using var store = await Open();
        for (var i = 0; i < 5; i++) store.Add(Numbered(i));

        var first = await store.ReadAsync(long.MaxValue, 2, null, default);
        var second = await store.ReadAsync(first[^1].Id, 2, null, default);
        var third = await store.ReadAsync(second[^1].Id, 2, null, default);

        Assert.Equal([4, 3, 2, 1, 0], first.Concat(second).Concat(third).Select(rejection => rejection.Index!.Value));
    }

    [Fact]
    public async Task A_code_narrows_the_answer()
    {
        await using var store = await Open();
        for (var i = 0; i < 6; i++) store.Add(Numbered(i, i % 2 == 0 ? "no_account" : "invalid_json"));

        var page = await store.ReadAsync(long.MaxValue, 2, "no_account", default);

        Assert.Equal([4, 2], page.Select(rejection => rejection.Index!.Value));
        Assert.Equal(new[] { 0 }, (await store.ReadAsync(page[^1].Id, 2, "no_account", default)).Select(rejection => rejection.Index!.Value));
        Assert.Empty(await store.ReadAsync(long.MaxValue, 2, "other", default));
    }

    [Fact]
    public async Task The_oldest_go_first()
    {
        await using var store = await Open(kept: 10);
        for (var i = 0; i < 25; i++)
        {
            store.Add(Numbered(i));
            if (i % 4 == 0) await store.ReadAsync(long.MaxValue, 1, null, default);
        }

        var read = await store.ReadAsync(long.MaxValue, 100, null, default);

        Assert.Equal(Enumerable.Range(15, 10).Reverse(), read.Select(rejection => rejection.Index!.Value));
    }

    [Fact]
    public async Task A_store_opened_again_holds_them_and_ids_go_on_rising()
    {
        if (!Durable) return;
        await using (var store = await Open())
        {
            for (var i = 0; i < 3; i++) store.Add(Numbered(i));
        }

        await using var again = await Open();
        again.Add(Numbered(3));
        var read = await again.ReadAsync(long.MaxValue, 10, null, default);
        Assert.Equal([3, 2, 1, 0], read.Select(rejection => rejection.Index!.Value));
        Assert.Equal(read.OrderByDescending(rejection => rejection.Id), read);
    }

    [Fact]
    public async Task Many_threads_may_add()
    {
        await using var store = await Open();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++) store.Add(Numbered((thread * 500) + i));
        })));

        var read = await store.ReadAsync(long.MaxValue, 5_000, null, default);

        Assert.Equal(Enumerable.Range(0, 2_000), read.Select(rejection => rejection.Index!.Value).Order());
    }

    protected static Rejection Numbered(int index, string code = "no_account") =>
        new() { At = DateTimeOffset.UnixEpoch, Door = "/v1/batch", Index = index, Code = code, Detail = "For a test." };

    protected async Task<IRejections> Open(int kept = 10_000, int buffered = 10_000)
    {
        var store = Make(kept, buffered);
        await store.OpenAsync(default);
        return store;
    }
}
