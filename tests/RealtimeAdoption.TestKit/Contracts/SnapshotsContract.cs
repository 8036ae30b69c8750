using System.Buffers;
using System.Text;
using System.Text.Json;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using Xunit;

namespace RealtimeAdoption.TestKit.Contracts;

/// <summary>What every <see cref="ISnapshots"/> does. An implementation's tests inherit it and say how to make one.</summary>
public abstract class SnapshotsContract
{
    private const ulong Acme = 0xFFFF_0000_1234_5678;
    private const ulong Globex = 42;

    /// <summary>False for a store that lives in memory: what it held is gone with it.</summary>
    protected virtual bool Durable => true;

    /// <summary>A store, not yet opened, over the same data at each call within a test. The test disposes it.</summary>
    protected abstract ISnapshots Make();

    [Fact]
    public async Task A_partition_without_checkpoint_has_none_even_when_it_is_owned()
    {
        await using var store = await Open();

        Assert.Null(await store.LoadAsync(3, new Loaded(), default));
        await store.AcquireAsync(3, default);
        Assert.Null(await store.LoadAsync(3, new Loaded(), default));
    }

    [Fact]
    public async Task A_checkpoint_is_loaded_whole()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(1, default);
        await store.PersistAsync(
            new Checkpoint
            {
                Partition = 1,
                Epoch = epoch,
                Position = 77,
                Head = Bytes("head"),
                Accounts = [new StoredAccount(1, Bytes("one")), new StoredAccount(0, Bytes("zero")), new StoredAccount(2, ReadOnlyMemory<byte>.Empty)],
                Changes = [Stored(1, Acme), Stored(2, Globex)],
                Ids = [new IdChunk(50, 19_000, Bytes("ids")), new IdChunk(77, 19_001, ReadOnlyMemory<byte>.Empty)],
                Directory = [new DirectoryEntry("u1", "acme"), new DirectoryEntry("Zoë 🚀", "gl\0bex"), new DirectoryEntry("", "acme")],
            },
            default);

        var loaded = new Loaded();
        var head = await store.LoadAsync(1, loaded, default);

        Assert.Equal(77, head!.Position);
        Assert.Equal(2, head.LastSequence);
        Assert.Equal("head", Text(head.Head));
        Assert.Equal([(0, "zero"), (1, "one"), (2, "")], loaded.Accounts.OrderBy(account => account.Key).Select(account => (account.Key, account.Value)));
        Assert.Equal([(50L, 19_000, "ids"), (77L, 19_001, "")], loaded.IdChunks);
        Assert.Equal(3, loaded.Users.Count);
        Assert.Equal("gl\0bex", loaded.Users["Zoë 🚀"]);
        Assert.Equal("acme", loaded.Users[""]);
    }

    [Fact]
    public async Task A_later_checkpoint_replaces_what_it_names_and_leaves_the_rest()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        await store.PersistAsync(
            new Checkpoint
            {
                Partition = 0,
                Epoch = epoch,
                Position = 1,
                Head = Bytes("a"),
                Accounts = [new StoredAccount(0, Bytes("a0")), new StoredAccount(1, Bytes("a1"))],
                Changes = [Stored(1, Acme)],
                Ids = [new IdChunk(1, 19_000, Bytes("x"))],
                Directory = [new DirectoryEntry("u", "acme"), new DirectoryEntry("v", "acme")],
            },
            default);
        await store.PersistAsync(
            new Checkpoint
            {
                Partition = 0,
                Epoch = epoch,
                Position = 9,
                Head = Bytes("b"),
                Accounts = [new StoredAccount(1, Bytes("b1")), new StoredAccount(2, Bytes("b2"))],
                Ids = [new IdChunk(9, 19_001, Bytes("y")), new IdChunk(1, 19_000, Bytes("x2"))],
                Directory = [new DirectoryEntry("u", "globex"), new DirectoryEntry("u", "initech")],
            },
            default);

        var loaded = new Loaded();
        var head = await store.LoadAsync(0, loaded, default);

        Assert.Equal((9L, "b", 1L), (head!.Position, Text(head.Head), head.LastSequence));
        Assert.Equal([(0, "a0"), (1, "b1"), (2, "b2")], loaded.Accounts.OrderBy(account => account.Key).Select(account => (account.Key, account.Value)));
        Assert.Equal([(1L, 19_000, "x2"), (9L, 19_001, "y")], loaded.IdChunks);
        Assert.Equal("initech", loaded.Users["u"]);
        Assert.Equal("acme", loaded.Users["v"]);
    }

    [Fact]
    public async Task Partitions_do_not_see_each_other()
    {
        await using var store = await Open();
        foreach (var partition in new[] { 0, 1, 2 })
        {
            var epoch = await store.AcquireAsync(partition, default);
            await store.PersistAsync(
                new Checkpoint
                {
                    Partition = partition,
                    Epoch = epoch,
                    Position = partition + 10,
                    Head = Bytes($"h{partition}"),
                    Accounts = [new StoredAccount(0, Bytes($"s{partition}")), new StoredAccount(int.MaxValue, Bytes($"last{partition}"))],
                    Changes = [Stored(1, Acme, $"acme{partition}")],
                    Ids = [new IdChunk(5, 19_000 + partition, Bytes($"i{partition}"))],
                    Directory = [new DirectoryEntry("u", $"a{partition}")],
                },
                default);
        }

        var loaded = new Loaded();
        var head = await store.LoadAsync(1, loaded, default);

        Assert.Equal((11L, "h1"), (head!.Position, Text(head.Head)));
        Assert.Equal(["last1", "s1"], loaded.Accounts.Values.Order(StringComparer.Ordinal));
        Assert.Equal((5L, 19_001, "i1"), Assert.Single(loaded.IdChunks));
        Assert.Equal("a1", Assert.Single(loaded.Users).Value);
        Assert.Equal("acme1", Assert.Single(await store.FeedAsync(1, 0, 10, default)).Change.Account);
        Assert.Equal("acme1", Assert.Single(await store.HistoryAsync(1, Acme, long.MaxValue, 10, default)).Change.Account);
    }

    [Fact]
    public async Task An_older_owner_is_fenced_off_and_writes_nothing()
    {
        await using var store = await Open();
        var first = await store.AcquireAsync(0, default);
        await store.PersistAsync(Head(0, first, 5, "first"), default);
        var second = await store.AcquireAsync(0, default);
        Assert.True(second > first);

        await Assert.ThrowsAsync<FencedException>(async () => await store.PersistAsync(
            new Checkpoint { Partition = 0, Epoch = first, Position = 6, Head = Bytes("stale"), Accounts = [new StoredAccount(0, Bytes("stale"))] }, default));

        var loaded = new Loaded();
        Assert.Equal(5, (await store.LoadAsync(0, loaded, default))!.Position);
        Assert.Empty(loaded.Accounts);
        await store.PersistAsync(Head(0, second, 7, "second"), default);
        Assert.Equal(7, (await store.LoadAsync(0, new Loaded(), default))!.Position);
    }

    [Fact]
    public async Task A_checkpoint_of_a_partition_that_nobody_acquired_is_fenced_off()
    {
        await using var store = await Open();

        await Assert.ThrowsAsync<FencedException>(async () => await store.PersistAsync(Head(0, 1, 5, "nobody"), default));
    }

    [Fact]
    public async Task One_partitions_owner_says_nothing_about_another()
    {
        await using var store = await Open();
        var zero = await store.AcquireAsync(0, default);
        await store.AcquireAsync(1, default);
        await store.AcquireAsync(1, default);

        await store.PersistAsync(Head(0, zero, 1, "h"), default);
    }

    [Fact]
    public async Task A_change_with_a_known_sequence_is_left_as_it_is()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        await store.PersistAsync(Changes(0, epoch, Stored(1, Acme, "as it was"), Stored(2, Acme)), default);
        await store.PersistAsync(Changes(0, epoch, Stored(1, Globex, "another"), Stored(2, Acme), Stored(3, Acme)), default);

        var feed = await store.FeedAsync(0, 0, 10, default);

        Assert.Equal([1L, 2L, 3L], feed.Select(change => change.Sequence));
        Assert.Equal("as it was", feed[0].Change.Account);
        Assert.Empty(await store.HistoryAsync(0, Globex, long.MaxValue, 10, default));
        Assert.Equal(3, (await store.LoadAsync(0, new Loaded(), default))!.LastSequence);
    }

    [Fact]
    public async Task Every_field_of_a_change_comes_back()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        var full = new Change
        {
            Account = "acme \"quoted\" 🚀",
            Position = long.MaxValue,
            Ordinal = 3,
            Type = ChangeType.Correction,
            Day = new DateOnly(2026, 2, 28),
            At = DateTimeOffset.FromUnixTimeMilliseconds(1_772_000_000_123),
            Product = "crm",
            From = "2026-02-01",
            To = "2026-01-31",
            Field = "first_adopted_on",
            Cause = new Cause
            {
                Kind = CauseKind.Tick,
                Position = 12,
                MessageId = "m1",
                Event = "Contact Created",
                User = "u1",
                Time = DateTimeOffset.FromUnixTimeMilliseconds(1_771_999_999_999),
                Day = new DateOnly(2026, 3, 1),
                Expired = ["contacts_created 24 of 25 within 30 days", "x"],
            },
        };
        await store.PersistAsync(Changes(0, epoch, Stored(1, ulong.MaxValue, full)), default);

        var read = Assert.Single(await store.FeedAsync(0, 0, 10, default));

        Assert.Equal(ulong.MaxValue, read.AccountHash);
        Assert.Equal(full.Cause.Expired, read.Change.Cause.Expired);
        Assert.Equal(full with { Cause = full.Cause with { Expired = null } }, read.Change with { Cause = read.Change.Cause with { Expired = null } });
    }

    [Fact]
    public async Task What_a_change_says_of_score_alert_and_pin_comes_back_to_the_bit()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        var plain = Stored(1, 1).Read().Change;
        var day = new DateOnly(2026, 11, 20);
        Change[] changes =
        [
            plain with
            {
                Type = ChangeType.ScoreChanged,
                Score = new ScoreMove(71.4 + 1e-13, 100d / 3, [new("breadth", 11.1, 11.1), new("open_tickets", 0, 0.1 + 0.2), new("trend", 1e-300, 0), new("depth", 0, 0), new("", -0.0, double.Epsilon)]),
            },
            plain with { Type = ChangeType.HealthSlipped, From = "green", To = "red", Score = new ScoreMove(null, 1, []) },
            plain with { Type = ChangeType.ScoreChanged, Score = new ScoreMove(1, null, []) },
            plain with
            {
                Type = ChangeType.AlertSnoozed,
                Alert = new AlertNote
                {
                    Type = AlertType.ChampionQuiet, Subject = "u1 🚀", Severity = AlertSeverity.Urgent, Reason = "u1 has been quiet for 14 days", By = "dana", Until = day, UntilWorse = true, Assignee = "kim",
                    Resolution = AlertResolution.ByPerson,
                },
                Cause = plain.Cause with { Kind = CauseKind.Person, Covered = ["crm"], Uncovered = [] },
            },
            plain with { Type = ChangeType.AlertOpened, Alert = new AlertNote { Type = AlertType.HealthSlip, Subject = "", Severity = AlertSeverity.Info, Reason = "" } },
            plain with { Type = ChangeType.OverrideSet, Override = new OverrideNote(OverrideKind.Band, "red", "dana", "they told us", day) },
            plain with { Type = ChangeType.OverrideEnded, Override = new OverrideNote(OverrideKind.Stage, null, "", "", DateOnly.MinValue) },
        ];
        await store.PersistAsync(Changes(0, epoch, [.. changes.Select((change, i) => Stored(i + 1, 1, change))]), default);

        var read = await store.FeedAsync(0, 0, 10, default);

        Assert.Equal(changes.Select(change => JsonSerializer.Serialize(change)), read.Select(change => JsonSerializer.Serialize(change.Change)));
    }

    [Fact]
    public async Task History_pages_backwards_through_one_account_and_the_feed_forwards_through_all()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(2, default);
        await store.PersistAsync(Changes(2, epoch, Enumerable.Range(1, 10).Select(i => Stored(i, i % 2 == 0 ? Acme : Globex)).ToArray()), default);

        Assert.Equal(new long[] { 10L, 8L, 6L }, Sequences(await store.HistoryAsync(2, Acme, long.MaxValue, 3, default)));
        Assert.Equal(new long[] { 4L, 2L }, Sequences(await store.HistoryAsync(2, Acme, 6, 3, default)));
        Assert.Empty(await store.HistoryAsync(2, Acme, 2, 3, default));
        Assert.Empty(await store.HistoryAsync(2, Acme, 0, 3, default));
        Assert.Empty(await store.HistoryAsync(2, 99, long.MaxValue, 3, default));
        Assert.Equal(new long[] { 1L, 2L, 3L, 4L }, Sequences(await store.FeedAsync(2, 0, 4, default)));
        Assert.Equal(new long[] { 9L, 10L }, Sequences(await store.FeedAsync(2, 8, 4, default)));
        Assert.Empty(await store.FeedAsync(2, 10, 4, default));
        Assert.Empty(await store.FeedAsync(2, long.MaxValue, 4, default));
    }

    [Fact]
    public async Task Id_chunks_go_when_their_last_day_is_past()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        await store.AcquireAsync(1, default);
        await store.PersistAsync(
            new Checkpoint
            {
                Partition = 0,
                Epoch = epoch,
                Position = 30,
                Head = Bytes("h"),
                Ids = [new IdChunk(10, 100, Bytes("a")), new IdChunk(20, 101, Bytes("b")), new IdChunk(30, 102, Bytes("c"))],
            },
            default);
        await store.PersistAsync(new Checkpoint { Partition = 0, Epoch = epoch, Position = 31, Head = Bytes("h"), DropIdsBeforeDay = 101 }, default);

        var loaded = new Loaded();
        await store.LoadAsync(0, loaded, default);

        Assert.Equal([20L, 30L], loaded.IdChunks.Select(chunk => chunk.Position));
    }

    [Fact]
    public async Task Many_large_states_come_back()
    {
        await using var store = await Open();
        var epoch = await store.AcquireAsync(0, default);
        var random = new Random(5);
        var states = Enumerable.Range(0, 500).Select(i =>
        {
            var state = new byte[random.Next(i % 50 == 0 ? 200_000 : 2_000)];
            random.NextBytes(state);
            return new StoredAccount(i, state);
        }).ToArray();
        await store.PersistAsync(new Checkpoint { Partition = 0, Epoch = epoch, Position = 1, Head = Bytes("h"), Accounts = states }, default);

        var loaded = new Matching(states);
        await store.LoadAsync(0, loaded, default);

        Assert.Equal(500, loaded.Matched);
    }

    [Fact]
    public async Task A_store_opened_again_holds_everything()
    {
        if (!Durable) return;
        long epoch;
        await using (var store = await Open())
        {
            epoch = await store.AcquireAsync(5, default);
            await store.PersistAsync(
                new Checkpoint
                {
                    Partition = 5,
                    Epoch = epoch,
                    Position = 8,
                    Head = Bytes("h"),
                    Accounts = [new StoredAccount(0, Bytes("s"))],
                    Changes = [Stored(4, Acme)],
                    Ids = [new IdChunk(8, 1, Bytes("i"))],
                    Directory = [new DirectoryEntry("u", "acme")],
                },
                default);
        }

        await using var again = await Open();
        var loaded = new Loaded();
        var head = await again.LoadAsync(5, loaded, default);
        Assert.Equal((8L, 4L), (head!.Position, head.LastSequence));
        Assert.Single(loaded.Accounts);
        Assert.Single(loaded.IdChunks);
        Assert.Single(loaded.Users);
        Assert.Equal(new long[] { 4L }, Sequences(await again.HistoryAsync(5, Acme, long.MaxValue, 10, default)));
        Assert.True(await again.AcquireAsync(5, default) > epoch);
    }

    [Fact]
    public async Task A_whole_checkpoint_takes_the_place_of_everything_that_was_stored_of_its_partition_and_of_no_other()
    {
        await using var store = await Open();
        var epochs = new[] { await store.AcquireAsync(0, default), await store.AcquireAsync(1, default), await store.AcquireAsync(2, default) };
        for (var partition = 0; partition < 3; partition++)
        {
            await store.PersistAsync(
                new Checkpoint
                {
                    Partition = partition,
                    Epoch = epochs[partition],
                    Position = 90,
                    Head = Bytes("before"),
                    Accounts = [new StoredAccount(0, Bytes("a0")), new StoredAccount(1, Bytes("a1"))],
                    Changes = [Stored(1, Acme), Stored(2, Acme)],
                    Ids = [new IdChunk(50, 19_000, Bytes("ids"))],
                    Directory = [new DirectoryEntry("u", "acme")],
                },
                default);
        }

        await store.PersistAsync(
            new Checkpoint
            {
                Partition = 1,
                Epoch = epochs[1],
                Position = 7,
                Replaces = true,
                Head = Bytes("whole"),
                Accounts = [new StoredAccount(0, Bytes("b0"))],
                Changes = [Stored(1, Globex, "globex")],
                Directory = [new DirectoryEntry("v", "globex")],
            },
            default);

        var loaded = new Loaded();
        var head = await store.LoadAsync(1, loaded, default);
        Assert.Equal((7L, 1L, "whole"), (head!.Position, head.LastSequence, Text(head.Head)));
        Assert.Equal([(0, "b0")], loaded.Accounts.Select(account => (account.Key, account.Value)));
        Assert.Empty(loaded.IdChunks);
        Assert.Equal(["v"], loaded.Users.Keys);
        Assert.Equal("globex", Assert.Single(await store.FeedAsync(1, 0, 10, default)).Change.Account);
        Assert.Empty(await store.HistoryAsync(1, Acme, long.MaxValue, 10, default));
        foreach (var other in new[] { 0, 2 })
        {
            loaded = new Loaded();
            Assert.Equal(90, (await store.LoadAsync(other, loaded, default))!.Position);
            Assert.Equal((2, 1, 1), (loaded.Accounts.Count, loaded.IdChunks.Count, loaded.Users.Count));
            Assert.Equal(new[] { 1L, 2L }, Sequences(await store.FeedAsync(other, 0, 10, default)));
        }
    }

    protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static Checkpoint Head(int partition, long epoch, long position, string head) =>
        new() { Partition = partition, Epoch = epoch, Position = position, Head = Bytes(head) };

    protected static WrittenChange Stored(long sequence, ulong accountHash, string account = "acme") =>
        Stored(
            sequence,
            accountHash,
            new Change
            {
                Account = account,
                Position = sequence * 10,
                Ordinal = 0,
                Type = ChangeType.ProductAdopted,
                Day = new DateOnly(2026, 1, 1),
                At = DateTimeOffset.UnixEpoch,
                Product = "crm",
                Cause = new Cause { Kind = CauseKind.Event, Position = sequence * 10 },
            });

    protected async Task<ISnapshots> Open()
    {
        var store = Make();
        await store.OpenAsync(default);
        return store;
    }

    private static Checkpoint Changes(int partition, long epoch, params WrittenChange[] changes) =>
        new() { Partition = partition, Epoch = epoch, Position = 1, Head = Bytes("h"), Changes = changes };

    private static WrittenChange Stored(long sequence, ulong accountHash, Change change)
    {
        var bytes = new ArrayBufferWriter<byte>();
        ChangeBytes.Write(bytes, change);
        return new WrittenChange(sequence, accountHash, bytes.WrittenMemory);
    }

    private static long[] Sequences(IReadOnlyList<StoredChange> changes) => changes.Select(change => change.Sequence).ToArray();

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <summary>Keeps what it is given, as text.</summary>
    protected sealed class Loaded : ISnapshotVisitor
    {
        public Dictionary<int, string> Accounts { get; } = [];

        public List<(long Position, int MaxDay, string Ids)> IdChunks { get; } = [];

        public Dictionary<string, string> Users { get; } = [];

        public void Account(StoredAccount account) => Accounts.Add(account.Number, Text(account.State));

        public void Ids(IdChunk chunk) => IdChunks.Add((chunk.Position, chunk.MaxDay, Text(chunk.Ids)));

        public void Directory(DirectoryEntry entry) => Users.Add(entry.User, entry.Account);
    }

    private sealed class Matching(StoredAccount[] expected) : ISnapshotVisitor
    {
        public int Matched { get; private set; }

        public void Account(StoredAccount account)
        {
            Assert.True(expected[account.Number].State.Span.SequenceEqual(account.State.Span));
            Matched++;
        }

        public void Ids(IdChunk chunk) => Assert.Fail("No ids were stored.");

        public void Directory(DirectoryEntry entry) => Assert.Fail("No directory was stored.");
    }
}
