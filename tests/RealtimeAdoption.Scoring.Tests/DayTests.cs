using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Scoring.Tests;

public sealed class DayTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(86_399_999, 0)]
    [InlineData(86_400_000, 1)]
    [InlineData(-1, -1)]
    [InlineData(-86_400_000, -1)]
    [InlineData(-86_400_001, -2)]
    public void A_day_starts_at_midnight_utc_and_ends_a_millisecond_before_the_next(long unixMs, int day)
    {
        Assert.Equal(day, Days.Of(unixMs));
        Assert.True(Days.StartMs(day) <= unixMs && unixMs < Days.StartMs(day + 1));
    }
}
