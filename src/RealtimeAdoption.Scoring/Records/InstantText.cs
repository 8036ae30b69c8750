namespace RealtimeAdoption.Scoring.Records;

/// <summary>
/// Reads instants as senders write them: RFC 3339 and the ISO 8601 forms that SDKs use. <c>2026-11-20T10:00:00.123Z</c>; any number of decimals, cut to
/// milliseconds; an offset as +01:00, +0100 or +01; no offset means UTC; a date alone means its start; a space or small letters stand for T and Z. Years 1970 to 2100.
/// A leap second counts as the second before it.
/// </summary>
public static class InstantText
{
    public const string Expected = "give RFC 3339, such as 2026-11-20T10:00:00.000Z, within the years 1970 to 2100";

    private static readonly long MaxMs = new DateTimeOffset(2101, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() - 1;

    public static bool IsInRange(long unixMs) => unixMs >= 0 && unixMs <= MaxMs;

    /// <summary>A date alone, <c>2026-11-20</c>.</summary>
    public static bool TryDate(ReadOnlySpan<byte> text, out int day)
    {
        day = 0;
        if (text.Length != 10 || text[4] != '-' || text[7] != '-') return false;
        if (!Digits(text[..4], out var year) || !Digits(text[5..7], out var month) || !Digits(text[8..], out var dayOfMonth)) return false;
        if (year is < 1970 or > 2100 || month is < 1 or > 12 || dayOfMonth < 1 || dayOfMonth > DateTime.DaysInMonth(year, month)) return false;
        day = DayNumber(year, month, dayOfMonth);
        return true;
    }

    public static bool TryParse(ReadOnlySpan<byte> text, out long unixMs)
    {
        unixMs = 0;
        if (text.Length < 10 || !TryDate(text[..10], out var day)) return false;
        var ms = day * 86_400_000L;
        if (text.Length > 10)
        {
            if (!TryClock(text[10..], out var clockMs)) return false;
            ms += clockMs;
        }

        unixMs = ms;
        return IsInRange(ms);
    }

    // From the T on: milliseconds into the day, less the offset.
    private static bool TryClock(ReadOnlySpan<byte> text, out long ms)
    {
        ms = 0;
        if (text.Length < 6 || text[0] is not ((byte)'T' or (byte)'t' or (byte)' ') || text[3] != ':') return false;
        if (!Digits(text[1..3], out var hour) || !Digits(text[4..6], out var minute) || hour > 23 || minute > 59) return false;
        var rest = text[6..];
        var second = 0;
        if (rest.Length >= 3 && rest[0] == ':')
        {
            if (!Digits(rest[1..3], out second) || second > 60) return false;
            if (second == 60) second = 59;
            rest = rest[3..];
        }

        var fraction = 0;
        if (rest.Length > 1 && rest[0] is (byte)'.' or (byte)',' && !TryFraction(ref rest, out fraction)) return false;
        if (!TryOffset(rest, out var offsetMinutes)) return false;
        ms = ((((hour * 60L) + minute - offsetMinutes) * 60) + second) * 1000 + fraction;
        return true;
    }

    private static bool TryFraction(ref ReadOnlySpan<byte> rest, out int ms)
    {
        ms = 0;
        var weight = 100;
        var i = 1;
        for (; i < rest.Length && char.IsAsciiDigit((char)rest[i]); i++)
        {
            ms += (rest[i] - '0') * weight;
            weight /= 10;
        }

        rest = rest[i..];
        return i > 1;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.IsEmpty || (text.Length == 1 && text[0] is (byte)'Z' or (byte)'z')) return true;
        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length is not (3 or 5 or 6)) return false;
        if (!Digits(text[1..3], out var hour) || hour > 23) return false;
        var minute = 0;
        if (text.Length > 3 && (!Digits(text[^2..], out minute) || minute > 59 || (text.Length == 6 && text[3] != ':'))) return false;
        minutes = (hour * 60) + minute;
        if (text[0] == '-') minutes = -minutes;
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit((char)c)) return false;
            value = (value * 10) + (c - '0');
        }

        return true;
    }

    // Days since 1970-01-01 (Gregorian, years counted from March so that the leap day is last).
    private static int DayNumber(int year, int month, int day)
    {
        var y = month <= 2 ? year - 1 : year;
        var era = y / 400;
        var yearOfEra = y - (era * 400);
        var dayOfYear = (((153 * (month + (month > 2 ? -3 : 9))) + 2) / 5) + day - 1;
        return (era * 146_097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
    }
}
