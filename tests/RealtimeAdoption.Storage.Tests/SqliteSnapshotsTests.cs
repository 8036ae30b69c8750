using System.Text;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Storage.Sqlite;
using RealtimeAdoption.TestKit.Contracts;

namespace RealtimeAdoption.Storage.Tests;

public sealed class SqliteSnapshotsTests : SnapshotsContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => Path.Combine(folder.Path, "state.db");

    public void Dispose() => folder.Dispose();

    protected override ISnapshots Make() => new SqliteSnapshots(folder.Options);

    [Theory]
    [InlineData("UPDATE accounts SET state = CAST(x'00' || substr(state, 2) AS BLOB) WHERE id = (2 << 40) | 7", "account number 7 of partition 2")]
    [InlineData("UPDATE accounts SET state = (SELECT state FROM accounts WHERE id = (2 << 40) | 6), checksum = (SELECT checksum FROM accounts WHERE id = (2 << 40) | 6) WHERE id = (2 << 40) | 7", "account number 7 of partition 2")]
    [InlineData("UPDATE partitions SET head = x'00'", "head of partition 2")]
    [InlineData("UPDATE partitions SET last_sequence = 4", "head of partition 2")]
    [InlineData("UPDATE ids SET ids = x'00'", "message ids of partition 2 up to position 40")]
    [InlineData("UPDATE ids SET max_day = 2", "message ids of partition 2 up to position 40")]
    [InlineData("UPDATE ids SET partition = 3", "rows with message ids of partition 2")]
    [InlineData("UPDATE directory SET account = 'globex'", "account of a user of partition 2")]
    [InlineData("DELETE FROM directory", "number of users of partition 2")]
    public async Task Damage_is_named(string damage, string named)
    {
        await using (var store = await Open())
        {
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
        }

        Damage(damage);

        await using var again = await Open();
        var exception = await Assert.ThrowsAsync<SnapshotDamagedException>(async () => await again.LoadAsync(2, new Loaded(), default));
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("body = CAST('{' AS BLOB)")]
    [InlineData("body = x'01'")]
    [InlineData("body = CAST(body || x'00' AS BLOB)")]
    [InlineData("account_hash = 2")]
    [InlineData("id = id + 1")]
    public async Task A_damaged_change_is_named_and_the_next_start_is_told_to_make_its_partition_anew(string damage)
    {
        await using (var store = await Open())
        {
            var epoch = await store.AcquireAsync(0, default);
            await store.PersistAsync(new Checkpoint { Partition = 0, Epoch = epoch, Position = 1, Head = Bytes("h"), Changes = [Stored(3, 1)] }, default);
        }

        Damage($"UPDATE changes SET {damage}");

        await using (var again = await Open())
        {
            Assert.NotNull(await again.LoadAsync(0, new Loaded(), default));
            var exception = await Assert.ThrowsAsync<SnapshotDamagedException>(async () => await again.FeedAsync(0, 0, 1, default));
            Assert.Matches("Change [34] of partition 0", exception.Message);
        }

        await using var next = await Open();
        var told = await Assert.ThrowsAsync<SnapshotDamagedException>(async () => await next.LoadAsync(0, new Loaded(), default));
        Assert.Matches("Of partition 0 .* Change [34] of partition 0", told.Message);
        var owner = await next.AcquireAsync(0, default);
        await next.PersistAsync(new Checkpoint { Partition = 0, Epoch = owner, Position = 1, Head = Bytes("h"), Changes = [Stored(3, 1)], Replaces = true }, default);
        Assert.NotNull(await next.LoadAsync(0, new Loaded(), default));
        Assert.Single(await next.FeedAsync(0, 0, 1, default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_file_that_is_damaged_as_a_whole_is_set_aside_and_made_anew(int page)
    {
        await using (var store = await Open())
        {
            var epoch = await store.AcquireAsync(0, default);
            await store.PersistAsync(new Checkpoint { Partition = 0, Epoch = epoch, Position = 1, Head = Bytes("h"), Accounts = [new StoredAccount(0, Bytes("a"))], Changes = [Stored(3, 1)] }, default);
        }

        await using (var file = System.IO.File.OpenWrite(File))
        {
            file.Position = page * 8_192;
            await file.WriteAsync(new byte[8_192]);
        }

        if (page > 0)
        {
            // What lies behind the first page is found when it is read.
            await using var damaged = await Open();
            await Assert.ThrowsAsync<SnapshotDamagedException>(async () =>
            {
                await damaged.LoadAsync(0, new Loaded(), default);
                await damaged.FeedAsync(0, 0, 9, default);
            });
        }

        await using var again = await Open();
        Assert.True(System.IO.File.Exists(File + ".set-aside"));
        Assert.Null(await again.LoadAsync(0, new Loaded(), default));
        var next = await again.AcquireAsync(0, default);
        await again.PersistAsync(Head(0, next, 1, "anew"), default);
        Assert.Equal(1, (await again.LoadAsync(0, new Loaded(), default))!.Position);
    }

    [Fact]
    public async Task A_failed_checkpoint_leaves_the_one_before_and_the_store_goes_on()
    {
        await using (var store = await Open())
        {
            var epoch = await store.AcquireAsync(0, default);
            await store.PersistAsync(Head(0, epoch, 1, "before"), default);
        }

        // A stored trigger makes the write fail half way, as a full disk would.
        Damage("CREATE TRIGGER fails BEFORE INSERT ON accounts WHEN NEW.id = 1 BEGIN SELECT RAISE(ABORT, 'no room'); END");
        await using var again = await Open();
        var next = await again.AcquireAsync(0, default);
        var exception = await Assert.ThrowsAsync<SnapshotException>(async () => await again.PersistAsync(
            new Checkpoint { Partition = 0, Epoch = next, Position = 2, Head = Bytes("after"), Accounts = [new StoredAccount(0, Bytes("zero")), new StoredAccount(1, Bytes("one"))] }, default));
        Assert.Contains("no room", exception.Message, StringComparison.Ordinal);

        var loaded = new Loaded();
        Assert.Equal(1, (await again.LoadAsync(0, loaded, default))!.Position);
        Assert.Empty(loaded.Accounts);
        await again.PersistAsync(Head(0, next, 3, "later"), default);
        Assert.Equal(3, (await again.LoadAsync(0, new Loaded(), default))!.Position);
    }

    [Fact]
    public async Task A_second_opener_is_refused_until_the_first_is_gone()
    {
        var first = await Open();
        await using var second = Make();
        var exception = await Assert.ThrowsAsync<SnapshotException>(async () => await second.OpenAsync(default));
        Assert.Contains($"in use by process {Environment.ProcessId}", exception.Message, StringComparison.Ordinal);

        await first.DisposeAsync();
        await second.OpenAsync(default);
    }

    [Fact]
    public async Task A_file_of_the_first_release_is_taken_over_with_its_changes()
    {
        // Written by the first release: neither the tables nor the text ever change, and a reader of today must read them.
        const string Stored = """
            {"account":"acme","position":10,"ordinal":1,"type":"StageChanged","day":"2026-01-31","at":"2026-01-31T10:00:00+00:00","from":"single_product","to":"multi_product_starter","cause":{"kind":"Event","position":10,"message_id":"m1","event":"Contact Created","user":"u1","time":"2026-01-31T09:59:59.5+00:00"}}
            """;
        using (var database = Database.OpenWriter(File, "FULL", 8_192, cacheMiB: 1))
        {
            database.Execute($"""
                CREATE TABLE partitions(partition INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, position INTEGER, last_sequence INTEGER NOT NULL, checksum INTEGER NOT NULL, head BLOB NOT NULL) STRICT;
                CREATE TABLE accounts(id INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, state BLOB NOT NULL) STRICT;
                CREATE TABLE changes(id INTEGER PRIMARY KEY, account_hash INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
                CREATE INDEX changes_by_account ON changes(account_hash, id);
                CREATE TABLE ids(partition INTEGER NOT NULL, position INTEGER NOT NULL, max_day INTEGER NOT NULL, checksum INTEGER NOT NULL, ids BLOB NOT NULL, PRIMARY KEY (partition, position)) STRICT;
                CREATE TABLE directory(partition INTEGER NOT NULL, user TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (partition, user)) STRICT, WITHOUT ROWID;
                INSERT INTO changes VALUES (3 << 40 | 1, 77, '{Stored.Trim()}');
                INSERT INTO partitions VALUES (3, 1, 10, 1, {SnapshotKey.Checksum("head"u8, 10)}, CAST('head' AS BLOB)), (4, 1, 10, 1, {SnapshotKey.Checksum("head"u8, 11)}, CAST('head' AS BLOB));
                INSERT INTO ids VALUES (3, 10, 19000, {SnapshotKey.Checksum("ids"u8, 10)}, CAST('ids' AS BLOB));
                INSERT INTO directory VALUES (3, 'Zoë', 'acme');
                PRAGMA user_version=1;
                """);
        }

        await using var store = await Open();
        var loaded = new Loaded();
        Assert.Equal((10L, 1L), ((await store.LoadAsync(3, loaded, default))!.Position, 1L));
        Assert.Equal((10L, 19_000, "ids"), Assert.Single(loaded.IdChunks));
        Assert.Equal("acme", loaded.Users["Zoë"]);
        // What was damaged stays damaged.
        await Assert.ThrowsAsync<SnapshotDamagedException>(async () => await store.LoadAsync(4, new Loaded(), default));
        var epoch = await store.AcquireAsync(3, default);
        await store.PersistAsync(new Checkpoint { Partition = 3, Epoch = epoch, Position = 20, Head = Bytes("h"), Changes = [SnapshotsContract.Stored(2, 77)] }, default);
        var history = await store.HistoryAsync(3, 77, long.MaxValue, 10, default);
        Assert.Equal([2L, 1], history.Select(change => change.Sequence));
        var old = history[1].Change;
        Assert.Equal((ChangeType.StageChanged, CauseKind.Event, "m1", "acme"), (old.Type, old.Cause.Kind, old.Cause.MessageId, old.Account));
        Assert.Equal((new DateOnly(2026, 1, 31), "single_product", "multi_product_starter", 10L), (old.Day, old.From, old.To, old.Position));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 9, 59, 59, 500, TimeSpan.Zero), old.Cause.Time);
    }

    private void Damage(string sql)
    {
        using var database = Database.OpenWriter(File, "FULL", 8_192, cacheMiB: 1);
        database.Execute(sql);
    }
}
