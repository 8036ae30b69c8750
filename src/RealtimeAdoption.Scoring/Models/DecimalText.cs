using System.Globalization;
using System.Numerics;

namespace RealtimeAdoption.Scoring.Models;

/// <summary>
/// Exact reading of a JSON number's text: as fixed point with 6 decimals, and as a canonical text that is the same for the
/// same value (1, 1.0, 10e-1). No double on the way, so no digit is lost.
/// </summary>
public static class DecimalText
{
    /// <summary>Fixed-point units in 1: six decimals.</summary>
    public const long Unit = 1_000_000;

    /// <summary>The greatest size of a number that feeds a metric: 1e12.</summary>
    public const long MaxUnits = 1_000_000_000_000 * Unit;

    /// <summary>
    /// Rounds half-even to 6 decimals. False where the rounded value is greater than 1e12 in size: such a number feeds no metric.
    /// </summary>
    public static bool TryUnits(ReadOnlySpan<byte> text, out long units)
    {
        Int128 digits = 0;
        var i = 0;
        var negative = text.Length > 0 && text[0] == '-';
        if (negative) i++;
        int kept = 0, scale = 0;
        bool point = false, sticky = false;
        for (; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '.')
            {
                point = true;
                continue;
            }

            if (c is (byte)'e' or (byte)'E') break;
            if (kept < 34)
            {
                digits = (digits * 10) + (c - '0');
                if (digits != 0) kept++;
                if (point) scale++;
            }
            else
            {
                sticky |= c != '0';
                if (!point) scale--;
            }
        }

        long exponent = 0;
        if (i < text.Length)
        {
            i++;
            var down = i < text.Length && text[i] == '-';
            if (i < text.Length && text[i] is (byte)'-' or (byte)'+') i++;
            for (; i < text.Length; i++) exponent = Math.Min(100_000_000, (exponent * 10) + (text[i] - '0'));
            if (down) exponent = -exponent;
        }

        return Scale(digits, 6 + exponent - scale, sticky, negative, out units);
    }

    // digits * 10^power, half-even, the sticky bit standing for digits that were cut off.
    private static bool Scale(Int128 digits, long power, bool sticky, bool negative, out long units)
    {
        units = 0;
        if (digits == 0) return true;
        if (power > 18) return false;
        if (power >= 0)
        {
            for (; power > 0; power--)
            {
                digits *= 10;
                if (digits > MaxUnits) return false;
            }
        }
        else
        {
            if (power < -36) return true;
            Int128 divisor = 1;
            for (; power < 0; power++) divisor *= 10;
            var (quotient, rest) = Int128.DivRem(digits, divisor);
            var half = divisor / 2;
            var up = rest > half || (rest == half && (sticky || Int128.IsOddInteger(quotient)));
            digits = quotient + (up ? 1 : 0);
        }

        if (digits > MaxUnits) return false;
        units = negative ? -(long)digits : (long)digits;
        return true;
    }

    /// <summary>Digits without leading or trailing zeros, and their power of ten: <c>-12e-1</c> for -1.20. Zero is <c>0</c>.</summary>
    public static string Canonical(string text)
    {
        var mantissaEnd = text.AsSpan().IndexOfAny('e', 'E');
        var mantissa = mantissaEnd < 0 ? text : text[..mantissaEnd];
        var exponent = mantissaEnd < 0 ? BigInteger.Zero : BigInteger.Parse(text.AsSpan(mantissaEnd + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var negative = mantissa.StartsWith('-');
        if (negative) mantissa = mantissa[1..];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            exponent -= mantissa.Length - point - 1;
            mantissa = mantissa.Remove(point, 1);
        }

        var trimmed = mantissa.TrimEnd('0');
        exponent += mantissa.Length - trimmed.Length;
        trimmed = trimmed.TrimStart('0');
        if (trimmed.Length == 0) return "0";
        return string.Create(CultureInfo.InvariantCulture, $"{(negative ? "-" : "")}{trimmed}{(exponent.IsZero ? "" : $"e{exponent}")}");
    }

    /// <summary>Fixed point as a decimal, for answers.</summary>
    public static decimal ToDecimal(Int128 units) => (decimal)units / Unit;
}
