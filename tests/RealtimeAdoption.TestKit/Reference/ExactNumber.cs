using System.Globalization;
using System.Numerics;

namespace RealtimeAdoption.TestKit.Reference;

/// <summary>
/// A JSON number as whole digits times a power of ten, without trailing zeros: equal numbers are equal values. Written anew and slowly, so that
/// it shares no mistake with the core's reading of numbers.
/// </summary>
public readonly record struct ExactNumber(BigInteger Digits, int Exponent)
{
    private static readonly BigInteger Largest = BigInteger.Pow(10, 18);

    public static ExactNumber Parse(string text)
    {
        var parts = text.Split('e', 'E');
        var exponent = parts.Length == 2 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        var halves = parts[0].Split('.');
        var fraction = halves.Length == 2 ? halves[1] : "";
        var digits = BigInteger.Parse(halves[0] + fraction, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        exponent -= fraction.Length;
        if (digits.IsZero) return new(BigInteger.Zero, 0);
        while ((digits % 10).IsZero)
        {
            digits /= 10;
            exponent++;
        }

        return new(digits, exponent);
    }

    public static ExactNumber Parse(decimal value) => Parse(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>In millionths, rounded half-even; null where that is greater than 1e12 in size.</summary>
    public BigInteger? Millionths()
    {
        var power = Exponent + 6;
        BigInteger rounded;
        if (power >= 0)
        {
            rounded = Digits * BigInteger.Pow(10, power);
        }
        else
        {
            var divisor = BigInteger.Pow(10, -power);
            var size = BigInteger.Abs(Digits);
            var whole = size / divisor;
            var twiceTheRest = (size - (whole * divisor)) * 2;
            if (twiceTheRest > divisor || (twiceTheRest == divisor && !whole.IsEven)) whole += 1;
            rounded = Digits.Sign < 0 ? -whole : whole;
        }

        return BigInteger.Abs(rounded) > Largest ? null : rounded;
    }
}
