using System.Diagnostics;
using Npgsql;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Storage.Postgres;
using RealtimeAdoption.TestKit.Contracts;

namespace RealtimeAdoption.Storage.Tests;

public sealed class PostgresSnapshotsTests(PostgresDatabase database) : SnapshotsContract, IClassFixture<PostgresDatabase>
{
    private readonly string schema = PostgresDatabase.NewSchema();

    protected override ISnapshots Make() => new PostgresSnapshots(database.Options(schema));

    [Theory]
    [InlineData("UPDATE accounts SET state = set_byte(state, 0, 0) WHERE number = 7", "account number 7 of partition 2")]
    [InlineData("UPDATE accounts SET (state, checksum) = (SELECT state, checksum FROM accounts WHERE number = 6) WHERE number = 7", "account number 7 of partition 2")]
    [InlineData("UPDATE checkpoints SET head = '\\x00'", "head of partition 2")]
    [InlineData("UPDATE checkpoints SET last_sequence = 4", "head of partition 2")]
    [InlineData("UPDATE ids SET ids = '\\x00'", "message ids of partition 2 up to position 40")]
    [InlineData("UPDATE ids SET max_day = 2", "message ids of partition 2 up to position 40")]
    [InlineData("UPDATE ids SET partition = 3", "rows with message ids of partition 2")]
    [InlineData("UPDATE directory SET account = 'globex'", "account of a user of partition 2")]
    [InlineData("DELETE FROM directory", "number of users of partition 2")]
    public async Task Damage_is_named(string damage, string named)
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(2, default);
        await store.PersistAsync(
            new Checkpoint
            {
                Partition = 2,
                Epoch = epoch,
                Position = 40,
                Head = Bytes("head"),
                Accounts = [new StoredAccount(6, Bytes("six")), new StoredAccount(7, Bytes("seven"))],
                Ids = [new IdChunk(40, 1, Bytes("ids"))],
                Directory = [new DirectoryEntry("u", "acme")],
            },
            default);
        await database.SqlAsync(schema, damage);

        var exception = await Assert.ThrowsAsync<SnapshotDamagedException>(async () => await store.LoadAsync(2, new Loaded(), default));
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("body = '\\x01'")]
    [InlineData("body = set_byte(body, 9, get_byte(body, 9) # 1)")]
    [InlineData("account_hash = 2")]
    public async Task A_damaged_change_is_named_and_the_next_start_is_told_to_make_its_partition_anew(string damage)
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        await store.PersistAsync(new Checkpoint { Partition = 0, Epoch = epoch, Position = 1, Head = Bytes("h"), Changes = [Stored(3, 1)] }, default);
        await database.SqlAsync(schema, $"UPDATE changes SET {damage}");

        var exception = await Assert.ThrowsAsync<SnapshotDamagedException>(async () => await store.FeedAsync(0, 0, 1, default));
        Assert.Contains("Change 3 of partition 0", exception.Message, StringComparison.Ordinal);
        var told = await Assert.ThrowsAsync<SnapshotDamagedException>(async () => await store.LoadAsync(0, new Loaded(), default));
        Assert.Contains("Change 3 of partition 0", told.Message, StringComparison.Ordinal);
        await store.PersistAsync(new Checkpoint { Partition = 0, Epoch = epoch, Position = 1, Head = Bytes("h"), Changes = [Stored(3, 1)], Replaces = true }, default);
        Assert.NotNull(await store.LoadAsync(0, new Loaded(), default));
        Assert.Single(await store.FeedAsync(0, 0, 1, default));
    }

    [Fact]
    public async Task A_failed_checkpoint_leaves_the_one_before_and_the_store_goes_on()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        await store.PersistAsync(Head(0, epoch, 1, "before"), default);
        await database.SqlAsync(schema, "ALTER TABLE accounts ADD CONSTRAINT no_room CHECK (number <> 1)");

        var exception = await Assert.ThrowsAsync<SnapshotException>(async () => await store.PersistAsync(
            new Checkpoint { Partition = 0, Epoch = epoch, Position = 2, Head = Bytes("after"), Accounts = [new StoredAccount(0, Bytes("zero")), new StoredAccount(1, Bytes("one"))] }, default));
        Assert.Contains("no_room", exception.Message, StringComparison.Ordinal);

        var loaded = new Loaded();
        Assert.Equal(1, (await store.LoadAsync(0, loaded, default))!.Position);
        Assert.Empty(loaded.Accounts);
        await store.PersistAsync(Head(0, epoch, 3, "later"), default);
        Assert.Equal(3, (await store.LoadAsync(0, new Loaded(), default))!.Position);
    }

    [Fact]
    public async Task A_second_owner_of_the_same_data_fences_the_first_one_off()
    {
        await using var first = await Open();
        await using var second = await Open();
        var old = await first.AcquireAsync(0, default);
        await second.AcquireAsync(0, default);

        await Assert.ThrowsAsync<FencedException>(async () => await first.PersistAsync(Head(0, old, 1, "stale"), default));
        Assert.Null(await second.LoadAsync(0, new Loaded(), default));
    }

    [Fact]
    public async Task Whoever_takes_a_partition_while_another_one_does_comes_behind_it()
    {
        await using var store = await Open();
        var old = await store.AcquireAsync(0, default);
        await using var other = await database.OpenSessionAsync();
        await using var watch = await database.OpenSessionAsync();
        // Busy, so that nobody takes it for one that stands still.
        await using var take = new NpgsqlCommand($"BEGIN; UPDATE {schema}.checkpoints SET epoch = epoch + 1 WHERE partition = 0; SELECT pg_sleep(3); COMMIT", other) { CommandTimeout = 0 };
        var taking = take.ExecuteNonQueryAsync();
        await PostgresDatabase.UntilSomeoneAsync(watch, "wait_event = 'PgSleep'");

        Assert.Equal(old + 2, await store.AcquireAsync(0, default));
        await taking;
        Assert.Equal(old + 3, await store.AcquireAsync(0, default));
    }

    [Fact]
    public async Task An_owner_that_stands_still_in_the_middle_of_a_checkpoint_does_not_keep_the_next_one_out()
    {
        await using var store = await Open();
        var old = await store.AcquireAsync(0, default);
        await using var silent = await database.OpenSessionAsync();
        await using var transaction = await silent.BeginTransactionAsync();
        await using var lease = new NpgsqlCommand($"SELECT epoch FROM {schema}.checkpoints WHERE partition = 0 FOR UPDATE", silent, transaction);
        Assert.Equal(old, await lease.ExecuteScalarAsync());

        Assert.Equal(old + 1, await store.AcquireAsync(0, default).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => transaction.CommitAsync());
    }

    [Fact]
    public async Task Whoever_waits_for_a_partition_when_the_store_is_given_up_gets_its_answer()
    {
        await using var store = await Open();
        var old = await store.AcquireAsync(0, default);
        await using var other = await database.OpenSessionAsync();
        await using var watch = await database.OpenSessionAsync();
        // Busy, so that nobody takes it for one that stands still.
        await using var take = new NpgsqlCommand($"BEGIN; UPDATE {schema}.checkpoints SET epoch = epoch + 1 WHERE partition = 0; SELECT pg_sleep(120); COMMIT", other) { CommandTimeout = 0 };
        var taking = take.ExecuteNonQueryAsync();
        await PostgresDatabase.UntilSomeoneAsync(watch, "wait_event = 'PgSleep'");
        var acquiring = store.AcquireAsync(0, default).AsTask();
        await PostgresDatabase.UntilSomeoneAsync(watch, "wait_event_type = 'Lock'");
        // Longer than one that stands still would be waited for.
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.False(acquiring.IsCompleted);
        var disposing = store.DisposeAsync().AsTask();
        await database.SqlAsync(schema, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => taking);
        Assert.Equal(old + 1, await acquiring);
        await disposing;
    }

    [Fact]
    public async Task A_checkpoint_that_the_database_has_lost_is_not_gone_on_from()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        await store.PersistAsync(Head(0, epoch, 1, "one"), default);
        await store.PersistAsync(Head(0, epoch, 2, "two"), default);
        await database.SqlAsync(schema, "UPDATE checkpoints SET position = 1");

        var exception = await Assert.ThrowsAsync<FencedException>(async () => await store.PersistAsync(Head(0, epoch, 3, "three"), default));
        Assert.Contains("the database has lost it", exception.Message, StringComparison.Ordinal);
        await store.PersistAsync(new Checkpoint { Partition = 0, Epoch = epoch, Position = 3, Replaces = true, Head = Bytes("whole") }, default);
        await store.PersistAsync(Head(0, epoch, 4, "four"), default);
    }

    [Fact]
    public async Task Reads_go_on_after_the_server_has_ended_every_session()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        await store.PersistAsync(new Checkpoint { Partition = 0, Epoch = epoch, Position = 1, Head = Bytes("h"), Changes = [Stored(1, 7)] }, default);
        await database.SqlAsync(schema, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

        Assert.Single(await store.FeedAsync(0, 0, 10, default));
    }
}
