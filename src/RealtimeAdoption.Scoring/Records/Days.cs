namespace RealtimeAdoption.Scoring.Records;

/// <summary>UTC calendar days as whole numbers since 1970-01-01, and instants as unix milliseconds.</summary>
public static class Days
{
    public const long MsPerDay = 86_400_000;

    public static int Of(long unixMs) => (int)(unixMs >= 0 ? unixMs / MsPerDay : ((unixMs + 1) / MsPerDay) - 1);

    public static int Of(DateOnly date) => date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    public static DateOnly ToDate(int day) => DateOnly.FromDayNumber(day + 719_162);

    public static long StartMs(int day) => day * MsPerDay;
}
