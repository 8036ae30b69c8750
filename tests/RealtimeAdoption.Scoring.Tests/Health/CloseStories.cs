using System.Buffers;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Health;

public sealed class CloseStories
{
    [Fact]
    public void Changes_are_told_against_the_closes_of_yesterday_and_of_seven_days_ago()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial));
        acme.Turn(60);
        Assert.Equal((null, null), (acme.View.Health!.Change1d, acme.View.Health.Change7d));
        for (var day = 1; day <= 8; day++)
        {
            acme.To(day);
            acme.Turn(60 + day);
            Assert.Equal(1, acme.View.Health!.Change1d);
        }

        Assert.Equal(7, acme.View.Health!.Change7d);
        acme.To(30);
        Assert.Equal((0, 0), (acme.View.Health!.Change1d, acme.View.Health.Change7d));
    }

    [Fact]
    public void The_cheap_readers_say_what_the_view_says_also_of_days_that_the_account_has_not_opened_yet()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Breadth));
        acme.Put(("name", Scalar.OfText("Acme")));
        for (var day = 0; day < 20; day++)
        {
            acme.To(day);
            var today = AccountFixture.FirstDay + day;
            var (score, one, seven) = (AccountActor.ScoreTenths(acme.Model, ref acme.State), AccountActor.Change1d(acme.Model, ref acme.State, today), AccountActor.Change7d(acme.Model, ref acme.State, today));
            var copy = acme.State.Copy();
            var health = AccountActor.View(acme.Model, ref copy, today, explain: false).Health!;
            Assert.Equal((health.Score, health.Change1d, health.Change7d), (score / 10m, one / 10m, seven / 10m));
        }

        Assert.True(AccountActor.NextDueDay(acme.State) == int.MaxValue);
    }

    [Fact]
    public void A_change_of_the_score_is_written_as_its_object_would_be()
    {
        using var acme = new AccountFixture(HealthModel.OfAll()) { KeepsHistory = true, IsTickedDaily = true };
        var (closes, ofEvents) = (0, 0);
        for (var day = 0; day < 60; day++)
        {
            if (day % 30 < 20) acme.Events("Ping", 1 + (day % 4), user: $"u{day % 3}");
            if (day % 7 == 0) acme.Turn(40 + day);
            // What only the model before had is told once more.
            if (day == 35) acme.Activate(HealthModel.Of(HealthModel.Recency, HealthModel.Dial));
            var copy = acme.State.Copy();
            var block = new AccountBlock(acme.Model, ref copy);
            var expected = RecordedScore.Move(block, ScoreStanding.Now(block));
            var from = new HealthState(block).RecordedThrough + 1;
            var isTold = RecordedScore.IsOld(block) && (new HealthState(block).Head.Flags & HealthFlags.Covered) != HealthFlags.None;
            AssertWritten(acme.Changes);
            ofEvents += acme.Changes.Count(told => told is { Type: ChangeType.ScoreChanged, Cause: { Kind: CauseKind.Event, Event.Length: > 0, Time: not null } });
            acme.Changes.Clear();
            acme.To(day + 1);
            AssertWritten(acme.Changes);
            if (isTold)
            {
                var change = acme.Changes[0];
                closes++;
                Assert.Equal((ChangeType.ScoreChanged, expected.Before, expected.After), (change.Type, change.Score!.Before, change.Score.After));
                Assert.Equal(expected.Measures, change.Score.Measures);
                Assert.Equal(("acme", acme.Position, 0, AccountFixture.Date(day + 1)), (change.Account, change.Position, change.Ordinal, change.Day));
                Assert.Equal((DateTimeOffset.FromUnixTimeMilliseconds(Days.StartMs(AccountFixture.FirstDay + day + 1)), CauseKind.Drift), (change.At, change.Cause.Kind));
                Assert.Equal((from, acme.Position - 1), (change.Cause.FromPosition, change.Cause.Position));
            }
        }

        Assert.True(closes > 10 && ofEvents > 10, $"Only {closes} closes and {ofEvents} changes by events were told: this tests too little.");
    }

    private static void AssertWritten(ChangeList changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            var written = new ArrayBufferWriter<byte>();
            ChangeBytes.Write(written, changes[i]);
            Assert.Equal(written.WrittenSpan, changes.BytesOf(i));
        }
    }

    [Fact]
    public void A_close_tells_the_score_where_it_differs_from_the_last_recorded_one_and_comes_first()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Dial));
        acme.Turn(60);
        Assert.Equal([ChangeType.ScoreChanged, ChangeType.BandChanged], acme.Changes.Select(change => change.Type));
        Assert.Null(acme.Changes[0].Score!.Before);
        acme.Turn(60.9m);
        acme.Turn(60.5m);
        Assert.Equal(2, acme.Changes.Count);
        acme.To(1);
        var close = acme.Changes[2];
        Assert.Equal((ChangeType.ScoreChanged, 60, 60.5, CauseKind.Drift), (close.Type, close.Score!.Before, close.Score.After, close.Cause.Kind));
        Assert.Equal((AccountFixture.Date(1), 0), (close.Day, close.Ordinal));
        acme.To(5);
        Assert.Equal(3, acme.Changes.Count);
    }

    [Fact]
    public void A_day_under_the_coverage_has_no_close()
    {
        using var acme = new AccountFixture(HealthModel.Of(0.5m, HealthModel.Dial with { WithinDays = 1 }, HealthModel.Seats with { Weight = 0.5m }));
        acme.Put(("seats", Scalar.OfNumber("1")));
        acme.Turn(90);
        acme.To(2);
        acme.Turn(60);
        Assert.Equal(Band.Red, acme.View.Health!.Band);
        Assert.Null(acme.View.Health!.Change1d);
        acme.To(3);
        acme.Turn(60);
        Assert.Equal(0, acme.View.Health!.Change1d);
    }

    [Fact]
    public void At_a_tick_the_close_comes_first_then_lapses_and_stage_then_score_band_and_slip()
    {
        var breadth = HealthModel.Breadth with { Weight = 1 };
        using var acme = new AccountFixture(HealthModel.Of(breadth, HealthModel.Dial) with { Products = TinyModel.Of(withinDays: 5).Products });
        acme.Contract("""[{"product":"maker","start":"2020-01-01"}]""");
        acme.Turn(100);
        acme.To(1);
        acme.Events("Made", 3);
        acme.Events("Sent", 1, properties: TinyModel.Number("quantity", "1.5"));
        acme.To(6);
        acme.Turn(99);
        acme.Changes.Clear();

        acme.To(7);

        Assert.Equal(
            [ChangeType.ScoreChanged, ChangeType.ProductLapsed, ChangeType.StageChanged, ChangeType.ScoreChanged, ChangeType.BandChanged, ChangeType.HealthSlipped],
            acme.Changes.Select(change => change.Type));
        Assert.Equal(Enumerable.Range(0, 6), acme.Changes.Select(change => change.Ordinal));
        Assert.Equal((100.0, 99.5), (acme.Changes[0].Score!.Before, acme.Changes[0].Score!.After));
        Assert.Equal((99.5, 49.5), (acme.Changes[3].Score!.Before, acme.Changes[3].Score!.After));
    }

    [Fact]
    public void The_parts_of_a_score_change_add_up_to_it_and_each_begins_where_the_last_one_ended()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        var random = new Random(11);
        acme.Put(("seats", Scalar.OfNumber("7")));
        for (var day = 0; day < 200; day++)
        {
            acme.To(day);
            if (day % 50 < 30) RandomTraffic.Play(acme, random, 6);
        }

        ScoreMove? last = null;
        var moves = acme.Changes.Where(change => change.Type == ChangeType.ScoreChanged).Select(change => change.Score!).ToList();
        Assert.True(moves.Count > 50, $"{moves.Count} changes of the score");
        foreach (var move in moves)
        {
            Assert.Equal((move.After ?? 0) - (move.Before ?? 0), move.Measures.Sum(measure => measure.After - measure.Before), 1e-9);
            Assert.Equal(move.After ?? 0, move.Measures.Sum(measure => measure.After), 1e-9);
            if (last is not null) Assert.Equal(last.Measures.Select(measure => measure.After), move.Measures.Select(measure => measure.Before));
            last = move;
        }
    }
}
