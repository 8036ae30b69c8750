using RealtimeAdoption.Scoring.Health;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Tests.Health;

public sealed class RoundingTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(100, 1000)]
    [InlineData(74.95, 750)]
    [InlineData(74.949999999, 749)]
    [InlineData(74.9499999996, 750)]
    [InlineData(0.05, 1)]
    [InlineData(0.15, 2)]
    [InlineData(0.25, 3)]
    [InlineData(99.949999999999989, 1000)]
    [InlineData(double.NaN, -1)]
    public void A_score_is_rounded_to_nine_decimals_and_then_half_up_to_one(double score, int tenths) => Assert.Equal(tenths, HealthScore.ToTenths(score));

    [Fact]
    public void No_order_of_additions_decides_a_tie()
    {
        // 49.95 as sums of thirds and tenths that miss it by a bit in either direction.
        foreach (var score in new[] { 49.95, Math.BitIncrement(49.95), Math.BitDecrement(49.95), (49.95 * 3) / 3, (149.85 / 3) })
            Assert.Equal(500, HealthScore.ToTenths(score));
    }

    [Theory]
    [InlineData(-5, 100)]
    [InlineData(0, 100)]
    [InlineData(0.5, 80)]
    [InlineData(1, 60)]
    [InlineData(3, 30)]
    [InlineData(5, 0)]
    [InlineData(500, 0)]
    public void A_curve_is_straight_between_its_points_and_flat_outside_them(double input, double value)
    {
        var model = new CompiledModel(HealthModel.Of(HealthModel.Dial with { Curve = [new(0, 100), new(1, 60), new(5, 0)] }));
        Assert.Equal(value, model.Health!.Measures[0].Map(input), 1e-9);
    }
}
