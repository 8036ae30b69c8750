using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.TestKit.Contracts;

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
