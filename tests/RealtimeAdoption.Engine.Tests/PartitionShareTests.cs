using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.TestKit.Generators;

namespace RealtimeAdoption.Engine.Tests;

/// <summary>The shares of partitions, as their owners tell them and as whoever puts the fleet together takes them.</summary>
public sealed class PartitionShareTests
{
    private const ulong ModelHash = 77;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_written_is_read(int seed)
    {
        var dice = new Dice(seed);
        for (var i = 0; i < 200; i++)
        {
            var share = Generated(dice);
            var bytes = share.ToBytes(0);
            var read = PartitionShare.Of(bytes, ModelOf, Sample.Model);
            Assert.Equal((share.Partition, share.Model), PartitionShare.HeadOf(bytes));
            AssertSame(share, read);
            // A later version has more behind it.
            AssertSame(share, PartitionShare.Of((byte[])[.. bytes, 1, 2, 3], ModelOf, Sample.Model));
            // The first one ended before the position.
            AssertSame(share with { Share = share.Share with { Applied = null } }, PartitionShare.Of(bytes.AsMemory(..^sizeof(long)), ModelOf, Sample.Model));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void A_fleet_without_its_news_goes_over_the_wire(int seed)
    {
        var dice = new Dice(seed);
        for (var i = 0; i < 100; i++)
        {
            var share = Generated(dice).Share;
            var fleet = new FleetState(9, share.Counts, [.. Enumerable.Range(0, 8).Select(_ => dice.Between(0L, 1L << 40))], share.LastInputAtMs, new DateOnly(2026, 11, 2).AddDays(i))
            {
                News = share.News,
                Applied = [.. Enumerable.Range(0, 8).Select(_ => dice.Chance(0.9) ? dice.Between(0, 1L << 40) : default(long?))],
            };
            var bytes = FleetStateBytes.Write(fleet, ModelHash);
            var read = FleetStateBytes.Read(bytes, Sample.Model, 4);
            Assert.Equal(ModelHash, FleetStateBytes.ModelOf(bytes));
            AssertSame(fleet.Counts, read.Counts);
            Assert.Equal(fleet.FeedEnds, read.FeedEnds);
            Assert.Equal(fleet.Applied, read.Applied);
            // The first version ended before the positions: of a list of none, a byte.
            var first = FleetStateBytes.Write(fleet with { Applied = [] }, ModelHash).AsMemory(..^1);
            var early = FleetStateBytes.Read(first, Sample.Model, 4);
            Assert.Equal(fleet.FeedEnds, early.FeedEnds);
            Assert.Equal(fleet.SettledDay, early.SettledDay);
            Assert.Empty(early.Applied);
            Assert.Equal((4, fleet.LastReceivedAtMs, fleet.Day, fleet.SettledDay), (read.Version, read.LastReceivedAtMs, read.Day, read.SettledDay));
        }
    }

    [Fact]
    public void Only_the_news_that_the_reader_lacks_are_told_and_join_what_it_has()
    {
        var shares = NewShares(1);
        shares.Take(Share(0, 1, 1, News(1, 2, 3)), out _);
        var second = Share(0, 1, 2, News(1, 2, 3, 4, 5));
        shares.Take(Sent(second, 3), out _);
        Assert.Equal(second.Share.News.Latest, shares.Read().News.Latest);
        // The last told twice.
        shares.Take(Sent(Share(0, 1, 3, News(4, 5)), 4), out _);
        Assert.Equal([5, 4, 3, 2, 1], shares.Read().News.Latest.Select(change => change.Sequence));
        for (var i = 0; i < 40; i++) shares.Take(Sent(Share(0, 1, 4 + i, News([.. Enumerable.Range(1, 10).Select(n => 5L + (i * 10) + n)])), 5 + (i * 10)), out _);
        Assert.Equal(Enumerable.Range(306, FleetNews.LatestMax).Select(n => (long)n).Reverse(), shares.Read().News.Latest.Select(change => change.Sequence));
    }

    [Fact]
    public void A_share_that_comes_late_or_from_an_overtaken_owner_replaces_nothing()
    {
        var shares = NewShares(2);
        Assert.True(shares.Take(Share(0, 4, 9, FleetNews.None, accounts: 10), out _));
        Assert.False(shares.IsComplete);
        Assert.True(shares.Take(Share(1, 1, 1, FleetNews.None, accounts: 5), out _));
        Assert.True(shares.IsComplete);
        var version = shares.Read().Version;

        Assert.False(shares.Take(Share(0, 4, 9, FleetNews.None, accounts: 11), out _));
        Assert.False(shares.Take(Share(0, 4, 8, FleetNews.None, accounts: 11), out _));
        Assert.False(shares.Take(Share(0, 3, 99, FleetNews.None, accounts: 11), out _));
        Assert.Equal((version, 15), (shares.Read().Version, shares.Read().Counts.Accounts));

        // A new owner begins to count again. Its share comes in the place of the one before: no account is there twice.
        Assert.True(shares.Take(Share(0, 5, 1, FleetNews.None, accounts: 12), out var hasMoved));
        Assert.True(hasMoved);
        Assert.Equal(17, shares.Read().Counts.Accounts);
    }

    [Fact]
    public void A_partition_without_a_model_counts_for_nothing()
    {
        var shares = NewShares(2);
        var empty = Share(1, 1, 1, FleetNews.None) with { Model = 0 };
        shares.Take(Sent(empty with { Share = empty.Share with { Day = 0, SettledDay = int.MaxValue } }, 0), out _);
        shares.Take(Share(0, 1, 1, FleetNews.None, accounts: 3), out _);
        var fleet = shares.Read();
        Assert.Equal((3, new DateOnly(2026, 11, 2), new DateOnly(2026, 11, 2)), (fleet.Counts.Accounts, fleet.Day, fleet.SettledDay));
        Assert.Equal((ModelHash, 0), shares.NameOf(fleet.Counts.Model));
    }

    private static PartitionShares NewShares(int partitions) => new(partitions, Sample.Model, () => null);

    private static CompiledModel ModelOf(ulong hash) => hash == ModelHash ? Sample.Model : throw new InvalidDataException("Another model.");

    private static PartitionShare Sent(PartitionShare share, long newsAfter) => PartitionShare.Of(share.ToBytes(newsAfter), ModelOf, Sample.Model);

    private static PartitionShare Share(int partition, long epoch, long number, FleetNews news, int accounts = 1)
    {
        var day = Scoring.Records.Days.Of(Sample.Start);
        return new PartitionShare
        {
            Partition = partition,
            Epoch = epoch,
            Number = number,
            Model = ModelHash,
            Generation = 0,
            Share = new FleetShare(new FleetCounts(Sample.Model) { Accounts = accounts }, [(partition, 0)], news, Sample.Start, day, day),
        };
    }

    // In the order given; the ring tells the newest first.
    private static FleetNews News(params long[] sequences)
    {
        var ring = new NewsRing();
        foreach (var sequence in sequences) ring.Found(Line(sequence, ChangeType.ProductAdopted));
        return ring.Read();
    }

    private static FleetChange Line(long sequence, ChangeType type) => new(0, sequence, "Acme", "smb", new Change
    {
        Account = "acme", Position = sequence, Ordinal = 0, Type = type, Day = new(2026, 11, 2), At = DateTimeOffset.FromUnixTimeMilliseconds(Sample.Start + sequence), Product = "crm",
        Cause = new Cause { Kind = CauseKind.Event, Position = sequence, Event = "Contact Created", User = "dana", MessageId = $"m{sequence}" },
    });

    private static PartitionShare Generated(Dice dice)
    {
        var hasModel = dice.Chance(0.9);
        var counts = new FleetCounts(Sample.Model);
        if (hasModel)
        {
            (counts.Accounts, counts.Churned, counts.Rebuilding, counts.Events) = (dice.Between(0, 1_000_000), dice.Between(0, 1000), dice.Between(0, 10), dice.Between(0, 1L << 50));
            foreach (var list in Lists(counts))
            {
                for (var i = 0; i < list.Length; i++) list[i] = dice.Between(0, 1_000_000);
            }
        }

        var ring = new NewsRing();
        for (var i = dice.Between(0, 150); i > 0; i--)
        {
            ring.Found(Line(1000 - i, dice.Of(ChangeType.ProductAdopted, ChangeType.StageChanged, ChangeType.HealthSlipped, ChangeType.Correction)) with
            {
                Partition = 6,
                Owner = dice.Chance(0.5) ? "dana@vendor.example" : null,
                Reason = dice.Chance(0.3) ? "Critical tickets cost 2.4 points" : null,
                StageSince = dice.Chance(0.5) ? new DateOnly(2026, 10, dice.Between(1, 31)) : null,
                Churned = dice.Chance(0.1),
            });
        }

        var day = dice.Between(0, 30_000);
        return new PartitionShare
        {
            Partition = 6,
            Epoch = dice.Between(1, 1L << 40),
            Number = dice.Between(1, 1L << 40),
            Model = hasModel ? ModelHash : 0,
            Generation = dice.Between(0, 9),
            Share = new FleetShare(counts, [(6, dice.Between(0, 1L << 40))], ring.Read(), dice.Chance(0.8) ? Sample.Start : null, day, dice.Chance(0.1) ? int.MaxValue : day)
            {
                Applied = dice.Chance(0.9) ? dice.Between(0, 1L << 40) : null,
            },
        };
    }

    private static void AssertSame(PartitionShare expected, PartitionShare actual)
    {
        Assert.Equal((expected.Partition, expected.Epoch, expected.Number, expected.Model, expected.Generation), (actual.Partition, actual.Epoch, actual.Number, actual.Model, actual.Generation));
        AssertSame(expected.Share.Counts, actual.Share.Counts);
        Assert.Equal(expected.Share.FeedEnds, actual.Share.FeedEnds);
        Assert.Equal((expected.Share.LastInputAtMs, expected.Share.Day, expected.Share.SettledDay), (actual.Share.LastInputAtMs, actual.Share.Day, actual.Share.SettledDay));
        Assert.Equal(expected.Share.Applied, actual.Share.Applied);
        Assert.Equal((expected.Share.News.Count, expected.Share.News.AlertMoves), (actual.Share.News.Count, actual.Share.News.AlertMoves));
        Assert.Equal(expected.Share.News.Latest, actual.Share.News.Latest);
        Assert.Equal(expected.Share.News.Slips, actual.Share.News.Slips);
    }

    private static void AssertSame(FleetCounts expected, FleetCounts actual)
    {
        Assert.Equal((expected.Accounts, expected.Churned, expected.Rebuilding, expected.Events), (actual.Accounts, actual.Churned, actual.Rebuilding, actual.Events));
        Assert.Equal(Lists(expected), Lists(actual));
    }

    private static int[][] Lists(FleetCounts counts) =>
        [counts.ByStage, counts.Adopted, counts.Entitled, counts.BySegment, counts.AdoptedBySegment, counts.ByBand, counts.OpenAlerts, counts.AcknowledgedAlerts, counts.SnoozedAlerts];
}
