using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Tests.Accounts;

namespace RealtimeAdoption.Scoring.Tests.Health;

public sealed class MeasureStories
{
    [Fact]
    public void Breadth_is_the_adoption_rate_and_missing_where_nothing_is_entitled()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        Assert.Equal(0, acme.ValueOf("breadth"));
        AdoptMaker(acme);
        Assert.Equal(50, acme.ValueOf("breadth"));
        acme.Contract("""[{"product":"maker","start":"2020-01-01"}]""");
        Assert.Equal(100, acme.ValueOf("breadth"));
        acme.Contract("[]");
        Assert.Null(acme.ValueOf("breadth"));
        Assert.Equal(MeasureState.Missing, acme.View.Health!.Measures[0].State);
    }

    [Fact]
    public void Depth_is_the_mean_over_the_adopted_entitled_products_of_how_far_beyond_their_thresholds_they_are()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        acme.Events("Made", 9);
        Assert.Null(acme.ValueOf("depth"));
        acme.Events("Sent", 1, properties: TinyModel.Number("quantity", "1.5"));
        Assert.Equal(100 * (1 + (1 / 3.0)) / 2, acme.ValueOf("depth")!.Value, 1e-6);
        acme.Events("Level", 1, properties: TinyModel.Number("value", "15"));
        Assert.Equal(100 * (((1 + (1 / 3.0)) / 2) + 0.5) / 2, acme.ValueOf("depth")!.Value, 1e-6);
        acme.Events("Level", 1, properties: TinyModel.Number("value", "-3"));
        Assert.Equal(100 * ((1 + (1 / 3.0)) / 2) / 2, acme.ValueOf("depth")!.Value, 1e-6);
        acme.Contract("""[{"product":"meter","start":"2020-01-01"}]""");
        Assert.Equal(0, acme.ValueOf("depth"));
    }

    [Fact]
    public void Trend_compares_the_last_completed_week_with_the_four_before_and_is_missing_under_twenty_events()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        for (var day = 0; day < 28; day++)
        {
            acme.To(day);
            if (day % 7 < 5) acme.Events("Visit", 1);
        }

        acme.To(28);
        Assert.Null(acme.ValueOf("trend"));

        // Days 0..27 are the 28 days before the last seven: 20 events, 5 a week.
        acme.To(34);
        acme.Events("Visit", 4);
        acme.To(35);
        Assert.Equal(4 / 5.0, acme.InputOf("trend"));
        Assert.Equal(60, acme.ValueOf("trend"));
        acme.Events("Visit", 100);
        Assert.Equal(60, acme.ValueOf("trend"));
        acme.To(36);
        Assert.Null(acme.ValueOf("trend"));
    }

    [Fact]
    public void A_late_event_moves_the_trend()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        acme.Events("Visit", 20);
        acme.To(35);
        Assert.Equal(0, acme.ValueOf("trend"));
        acme.Events("Visit", 5, day: 30);
        Assert.Equal(80, acme.ValueOf("trend"));
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 96.666667)]
    [InlineData(3, 90)]
    [InlineData(7, 70)]
    [InlineData(14, 35)]
    [InlineData(22, 17.5)]
    [InlineData(30, 0)]
    [InlineData(31, 0)]
    public void Recency_follows_its_curve_and_is_flat_behind_it(int days, double value)
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        Assert.Null(acme.ValueOf("recency"));
        acme.Turn(50);
        Assert.Null(acme.ValueOf("recency"));
        acme.Events("Visit", 1);
        acme.To(days);
        Assert.Equal(value, acme.ValueOf("recency")!.Value, 1e-6);
    }

    [Fact]
    public void Seats_are_the_active_users_to_the_contracted_seats_and_missing_without_or_with_none()
    {
        using var acme = new AccountFixture(HealthModel.OfAll());
        acme.Events("Visit", 3, user: "ann");
        acme.Events("Visit", 1, user: "bob");
        Assert.Null(acme.ValueOf("seats"));
        acme.Put(("seats", Scalar.OfNumber("10")));
        Assert.Equal((0.2, 25), (acme.InputOf("seats"), acme.ValueOf("seats")));
        acme.Events("Visit", 1, user: "cid");
        acme.To(1);
        acme.Events("Visit", 1, user: "bob");
        Assert.Equal(0.3, acme.InputOf("seats"));
        acme.To(30);
        Assert.Equal(0.1, acme.InputOf("seats"));
        acme.To(31);
        Assert.Equal(0, acme.InputOf("seats"));
        acme.Put(("seats", Scalar.OfNumber("0")));
        Assert.Null(acme.ValueOf("seats"));
    }

    [Fact]
    public void A_gauge_counts_through_its_own_curve_for_as_long_as_its_window_holds_it()
    {
        var falling = HealthModel.Dial with { Curve = [new(0, 100), new(1, 60), new(5, 0)], WithinDays = 3 };
        using var acme = new AccountFixture(HealthModel.Of(falling, HealthModel.Breadth));
        Assert.Null(acme.ValueOf("dial"));
        acme.Turn(3);
        Assert.Equal(30, acme.ValueOf("dial"));
        acme.Turn(-1);
        Assert.Equal(100, acme.ValueOf("dial"));
        acme.To(2);
        Assert.Equal(100, acme.ValueOf("dial"));
        acme.To(3);
        Assert.Null(acme.ValueOf("dial"));
    }

    [Fact]
    public void Weights_are_those_of_the_segment_as_it_is_now()
    {
        var model = HealthModel.Of(
            HealthModel.Breadth with { Weight = 1, SegmentWeights = new Dictionary<string, decimal> { ["big"] = 3 } },
            HealthModel.Dial with { Weight = 1 });
        using var acme = new AccountFixture(model);
        acme.Turn(100);
        Assert.Equal(50m, acme.View.Health!.Score);
        acme.Put(("employees", Scalar.OfNumber("1000")));
        Assert.Equal(25m, acme.View.Health!.Score);
        Assert.Equal([3m, 1m], acme.View.Health.Measures.Select(measure => measure.Weight));
        acme.Put(("employees", Scalar.OfNumber("999")));
        Assert.Equal(50m, acme.View.Health!.Score);
    }

    [Fact]
    public void Coverage_is_decided_on_exact_weights()
    {
        // 0.1 + 0.2 is not 0.3 in doubles.
        var dial = HealthModel.Dial with { Weight = 0.1m };
        var seats = HealthModel.Seats with { Weight = 0.2m };
        var recency = HealthModel.Recency with { Weight = 0.7m };
        using var acme = new AccountFixture(HealthModel.Of(0.3m, dial, seats, recency));
        acme.Put(("seats", Scalar.OfNumber("10")));
        Assert.Equal(Band.Unknown, acme.View.Health!.Band);
        Assert.Equal(0.2, acme.View.Health!.Coverage);
        acme.Turn(60);
        Assert.Equal(0.3, acme.View.Health!.Coverage);
        Assert.Equal(Band.Red, acme.View.Health!.Band);
    }

    [Fact]
    public void A_step_that_would_lift_each_measure_is_told_with_what_the_score_would_gain()
    {
        using var acme = new AccountFixture(HealthModel.Of(HealthModel.Breadth with { Weight = 1 }, HealthModel.Depth with { Weight = 1 }, HealthModel.Seats with { Weight = 2 }));
        acme.Put(("seats", Scalar.OfNumber("10")));
        AdoptMaker(acme);
        acme.Events("Visit", 1, user: "ann");

        var measures = acme.View.Health!.Measures;

        Assert.Equal("Adopt meter: level from 0 to 10 within 30 days", measures[0].Lift!.How);
        Assert.Equal((100, 12.5), (measures[0].Lift!.To, measures[0].Lift!.Points));
        Assert.Equal("Deepen maker: made from 3 to 9 within 30 days", measures[1].Lift!.How);
        Assert.Equal("Bring the active users from 1 to 8 on 10 seats", measures[2].Lift!.How);
        Assert.Equal(43.75, measures[2].Lift!.Points);
    }

    [Fact]
    public void Silence_is_told_ahead_day_by_day_as_it_will_come()
    {
        using var acme = new AccountFixture(HealthModel.OfAll() with { Products = TinyModel.Of(withinDays: 10).Products });
        AdoptMaker(acme);
        var forecast = acme.View.Health!.WithoutTraffic!;

        Assert.Equal(acme.View.AsOf.AddDays(10), forecast.First(day => day.Falls.Count > 0).Day);
        Assert.Equal(["maker: made 0 of 3 within 10 days", "maker: sent 0 of 1.5 within 10 days"], forecast.First(day => day.Falls.Count > 0).Falls);
        foreach (var told in forecast)
        {
            acme.To(told.Day.DayNumber - AccountFixture.Date(0).DayNumber);
            Assert.Equal((told.Score, told.Band, told.Stage), (acme.View.Health!.Score, acme.View.Health.Band, acme.View.Stage));
        }
    }

    private static void AdoptMaker(AccountFixture account)
    {
        account.Events("Made", 3);
        account.Events("Sent", 1, properties: TinyModel.Number("quantity", "1.5"));
    }
}
