using System.Globalization;
using System.Text;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Web.Tests.Doors;

public sealed class InstantTextTests
{
    [Theory]
    [InlineData("2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000Z")]
    [InlineData("2026-11-20T10:00:00.1234567Z", "2026-11-20T10:00:00.123Z")]
    [InlineData("2026-11-20T10:00:00.5+01:00", "2026-11-20T09:00:00.500Z")]
    [InlineData("2026-11-20T10:00:00-0530", "2026-11-20T15:30:00.000Z")]
    [InlineData("2026-11-20T10:00:00+02", "2026-11-20T08:00:00.000Z")]
    [InlineData("2026-11-20 10:00:00", "2026-11-20T10:00:00.000Z")]
    [InlineData("2026-11-20t10:00z", "2026-11-20T10:00:00.000Z")]
    [InlineData("2026-11-20", "2026-11-20T00:00:00.000Z")]
    [InlineData("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z")]
    [InlineData("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z")]
    [InlineData("2100-12-31T23:59:59.999Z", "2100-12-31T23:59:59.999Z")]
    public void Instants_of_RFC_3339_and_of_the_SDKs_are_read(string text, string expected)
    {
        Assert.True(InstantText.TryParse(Encoding.UTF8.GetBytes(text), out var ms));
        Assert.Equal(expected, DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("1763632800000")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-11-20T24:00:00Z")]
    [InlineData("2026-11-20T10:60:00Z")]
    [InlineData("2026-11-20T10:00:61Z")]
    [InlineData("2026-11-20T10:00:00.Z")]
    [InlineData("2026-11-20T10:00:00Zebra")]
    [InlineData("2026-11-20T10:00:00+1")]
    [InlineData("2026-11-20T10:00:00+01-00")]
    [InlineData("2026-11-20T")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("1970-01-01T00:00:00+01:00")]
    [InlineData("2101-01-01T00:00:00Z")]
    [InlineData("0000-00-00T00:00:00Z")]
    public void What_is_no_instant_within_1970_to_2100_is_not_read(string text) =>
        Assert.False(InstantText.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Every_day_of_the_range_agrees_with_the_base_library()
    {
        for (var day = new DateOnly(1970, 1, 1); day <= new DateOnly(2100, 12, 31); day = day.AddDays(1))
        {
            Assert.True(InstantText.TryDate(Encoding.UTF8.GetBytes(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), out var number));
            Assert.Equal(day.DayNumber - 719_162, number);
        }
    }
}
