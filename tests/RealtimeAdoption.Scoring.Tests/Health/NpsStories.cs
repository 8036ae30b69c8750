using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;
using RealtimeAdoption.Scoring.Tests.Accounts;
using Record = RealtimeAdoption.Scoring.Records.Record;

namespace RealtimeAdoption.Scoring.Tests.Health;

/// <summary>An NPS counts for 20 days here.</summary>
public sealed class NpsStories
{
    [Fact]
    public void The_profiles_nps_counts_until_it_is_stale()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        Assert.Equal(MeasureState.Missing, Sentiment(acme).State);
        acme.Put(("nps", Scalar.OfNumber("20")));
        Assert.Equal(60, Sentiment(acme).Value);
        acme.To(20);
        Assert.Equal((MeasureState.Present, 60), (Sentiment(acme).State, Sentiment(acme).Value));
        acme.To(21);
        Assert.Equal((MeasureState.Stale, 20, null), (Sentiment(acme).State, Sentiment(acme).Input, Sentiment(acme).Value));
    }

    [Theory]
    [InlineData("2024-09-30", MeasureState.Present)]
    [InlineData("2024-09-14", MeasureState.Present)]
    [InlineData("2024-09-13", MeasureState.Stale)]
    [InlineData("2024-09-14T00:30:00+01:00", MeasureState.Stale)]
    [InlineData("2024-09-13T23:30:00-01:00", MeasureState.Present)]
    [InlineData("soon", MeasureState.Present)]
    public void The_day_of_the_profiles_nps_is_that_of_nps_at_or_else_of_its_last_change(string at, MeasureState state)
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        acme.Put(("nps", Scalar.OfNumber("20")), ("nps_at", Scalar.OfText(at)));
        Assert.Equal(state, Sentiment(acme).State);
    }

    [Fact]
    public void Answers_make_the_nps_by_each_users_latest_one()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        Answer(acme, "ann", "9");
        Assert.Equal(100, Sentiment(acme).Input);
        Answer(acme, "bob", "6");
        Answer(acme, "cid", "8.5");
        Assert.Equal(0, Sentiment(acme).Input);
        acme.To(1);
        Answer(acme, "ann", "2");
        Assert.Equal(-66.666667, Sentiment(acme).Input!.Value, 1e-6);
        Answer(acme, "ann", "10", day: 0);
        Assert.Equal(-66.666667, Sentiment(acme).Input!.Value, 1e-6);
        acme.To(20);
        Assert.Equal(-100, Sentiment(acme).Input);
        acme.To(21);
        Assert.Equal(MeasureState.Missing, Sentiment(acme).State);
    }

    [Fact]
    public void An_answer_without_a_user_or_out_of_range_feeds_nothing()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        Answer(acme, null, "9");
        Answer(acme, "ann", "11");
        Answer(acme, "ann", "-1");
        acme.Events("NPS Submitted", 1, user: "ann", properties: ("score", Scalar.OfText("9")));
        Assert.Equal(MeasureState.Missing, Sentiment(acme).State);
    }

    [Fact]
    public void On_a_tie_of_time_the_greater_score_stands()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        foreach (var score in new[] { "3", "9", "4" })
            acme.Apply(acme.Draft(RecordKind.Usage, "NPS Submitted", "ann", [TinyModel.Number("score", score)]), 0, RecordFlags.None, 5);
        Assert.Equal(100, Sentiment(acme).Input);
    }

    [Fact]
    public void The_later_of_profile_and_answers_stands_and_on_a_tie_the_answers()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        acme.Put(("nps", Scalar.OfNumber("20")));
        Answer(acme, "ann", "0");
        Assert.Equal(-100, Sentiment(acme).Input);
        acme.To(1);
        acme.Put(("nps", Scalar.OfNumber("30")));
        Assert.Equal(30, Sentiment(acme).Input);
        acme.To(5);
        Answer(acme, "bob", "9");
        Assert.Equal(0, Sentiment(acme).Input);
        acme.To(20);
        Assert.Equal(100, Sentiment(acme).Input);
    }

    [Fact]
    public void Many_users_answer_and_those_whose_answers_count_are_kept()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        for (var day = 0; day < 100; day++)
        {
            acme.To(day);
            for (var user = 0; user < 4; user++) Answer(acme, $"user-{day}-{user}", user == 0 ? "0" : "10");
        }

        Assert.Equal(50, Sentiment(acme).Input);
        Assert.True(acme.State.Bytes.Length < 12_000, $"{acme.State.Bytes.Length} bytes");
    }

    [Fact]
    public void How_the_answers_stand_after_one_follows_from_how_they_stood_and_is_what_a_count_finds()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            using var acme = new AccountFixture(HealthModel.OfAll());
            var random = new Random(seed);
            for (var step = 0; step < 100; step++)
            {
                if (random.Next(3) == 0) acme.To(acme.Today + random.Next(8));
                var record = acme.Draft(RecordKind.Usage, "NPS Submitted", $"user-{random.Next(6)}", [TinyModel.Number("score", $"{random.Next(12)}")]);
                Record.Stamp(record, Days.StartMs(AccountFixture.FirstDay + acme.Today), Days.StartMs(AccountFixture.FirstDay + acme.Today - random.Next(25)) + random.Next(3), RecordFlags.None);
                var block = new AccountBlock(acme.Model, ref acme.State);
                var before = NpsAnswers.Count(block, 20);
                var after = NpsAnswers.After(block, before, NpsAnswers.Take(block, new Record(record)), 20);
                Assert.True(Of(NpsAnswers.Count(block, 20)) == Of(after), $"seed {seed}, step {step}: {after}");
            }
        }

        // With no answers there is no latest one.
        static NpsAnswers.Tally Of(NpsAnswers.Tally tally) => tally.Total == 0 ? default : tally;
    }

    private static void Answer(AccountFixture account, string? user, string score, int? day = null) =>
        account.Events("NPS Submitted", 1, day, user, properties: TinyModel.Number("score", score));

    private static MeasureView Sentiment(AccountFixture account) => account.View.Health!.Measures.Single(measure => measure.Measure == "sentiment");
}
