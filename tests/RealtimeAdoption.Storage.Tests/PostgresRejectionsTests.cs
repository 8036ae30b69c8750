using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.TestKit.Contracts;
using RealtimeAdoption.TestKit.Servers;

namespace RealtimeAdoption.Storage.Tests;

public sealed class PostgresRejectionsTests(PostgresDatabase database) : RejectionsContract, IClassFixture<PostgresDatabase>
{
    private readonly string schema = PostgresDatabase.NewSchema();

    protected override IRejections Make(int kept, int buffered)
    {
        var options = database.Options(schema);
        (options.RejectionsKept, options.RejectionsBuffered) = (kept, buffered);
        return new PostgresRejections(options);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rejection_whose_write_was_not_answered_is_there_once(bool serverHangsOn)
    {
        await using var proxy = new TcpProxy(database.Port);
        var options = database.Options(schema, proxy.Port);
        (options.RejectionsKept, options.RejectionsBuffered) = (100, 100);
        await using var store = new PostgresRejections(options);
        await store.OpenAsync(default);
        store.Add(Numbered(1));
        await store.ReadAsync(long.MaxValue, 10, null, default);

        // The connection is open, so the next answer is the write's.
        var lost = proxy.LoseNextAnswer(serverHangsOn);
        store.Add(Numbered(2));
        store.Add(Numbered(3));
        await lost.WaitAsync(TimeSpan.FromSeconds(60));
        store.Add(Numbered(4));

        Assert.Equal([4, 3, 2, 1], (await store.ReadAsync(long.MaxValue, 10, null, default)).Select(rejection => rejection.Index!.Value));
        Assert.Equal("4", await database.SqlAsync(schema, "SELECT count(*) FROM rejections"));
    }

    [Fact]
    public async Task What_cannot_be_written_waits_and_is_written_later()
    {
        await using var store = await Open();
        await database.SqlAsync(schema, "ALTER TABLE rejections RENAME TO away");
        store.Add(Numbered(1));
        await Assert.ThrowsAsync<IOException>(async () => await store.ReadAsync(long.MaxValue, 10, null, default));
        await database.SqlAsync(schema, "ALTER TABLE away RENAME TO rejections");

        Assert.Equal(1, Assert.Single(await store.ReadAsync(long.MaxValue, 10, null, default)).Index);
    }
}
