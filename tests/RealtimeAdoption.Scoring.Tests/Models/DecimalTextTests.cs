using System.Numerics;
using System.Text;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Scoring.Tests.Models;

public sealed class DecimalTextTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("-0.0e5", 0L)]
    [InlineData("1", 1_000_000L)]
    [InlineData("-2.5", -2_500_000L)]
    [InlineData("0.0000005", 0L)]
    [InlineData("0.0000015", 2L)]
    [InlineData("0.0000025", 2L)]
    [InlineData("-0.0000015", -2L)]
    [InlineData("0.00000050000000000000000000000000000000000000000000001", 1L)]
    [InlineData("1234567890123456789012345678901234567890e-39", 1_234_568L)]
    [InlineData("1e12", 1_000_000_000_000_000_000L)]
    [InlineData("1000000000000.0000005", 1_000_000_000_000_000_000L)]
    [InlineData("-1000000000000.0000004", -1_000_000_000_000_000_000L)]
    [InlineData("0.000000000001e24", 1_000_000_000_000_000_000L)]
    [InlineData("1e-400", 0L)]
    [InlineData("0e999999999999", 0L)]
    [InlineData("1e-999999999999", 0L)]
    public void It_rounds_half_even_to_six_decimals(string text, long units)
    {
        Assert.True(DecimalText.TryUnits(Encoding.ASCII.GetBytes(text), out var actual));
        Assert.Equal(units, actual);
    }

    [Theory]
    [InlineData("1000000000000.0000006")]
    [InlineData("-1000000000001")]
    [InlineData("1e13")]
    [InlineData("1e308")]
    [InlineData("1e999999999999")]
    [InlineData("123456789012345678901234567890123456789012345678901234567890")]
    public void A_size_above_1e12_after_rounding_is_refused(string text) =>
        Assert.False(DecimalText.TryUnits(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("1", "1")]
    [InlineData("1.0", "1")]
    [InlineData("10e-1", "1")]
    [InlineData("0.1E+1", "1")]
    [InlineData("100", "1e2")]
    [InlineData("-1.20", "-12e-1")]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("0.000e7", "0")]
    [InlineData("1e-99999999999999999999", "1e-99999999999999999999")]
    public void The_canonical_text_is_digits_and_their_power_of_ten(string text, string canonical) =>
        Assert.Equal(canonical, DecimalText.Canonical(text));

    [Fact]
    public void Random_numbers_agree_with_exact_arithmetic()
    {
        var random = NewRandom(out var seed);
        int accepted = 0, refused = 0, ties = 0;
        for (var round = 0; round < 100_000; round++)
        {
            var text = RandomNumber(random);
            var (digits, power) = Exact(text);
            var expected = RoundToUnits(digits, power, out var tie);
            if (tie) ties++;
            var fits = BigInteger.Abs(expected) <= DecimalText.MaxUnits;
            Assert.True(fits == DecimalText.TryUnits(Encoding.ASCII.GetBytes(text), out var units), $"seed {seed}: {text} fits: {fits}");
            if (!fits)
            {
                refused++;
                continue;
            }

            accepted++;
            Assert.True(expected == units, $"seed {seed}: {text} is {expected} units and not {units}");
        }

        Assert.True(accepted > 10_000 && refused > 1_000 && ties > 1_000, $"seed {seed}: {accepted} accepted, {refused} refused, {ties} ties test too little");
    }

    [Fact]
    public void Canonical_texts_are_equal_exactly_where_the_values_are()
    {
        var random = NewRandom(out var seed);
        for (var round = 0; round < 20_000; round++)
        {
            var text = RandomNumber(random);
            var (digits, power) = Exact(text);
            var canonical = DecimalText.Canonical(text);
            var zeros = random.Next(4);
            var same = $"{digits * BigInteger.Pow(10, zeros)}e{power - zeros}";
            Assert.True(canonical == DecimalText.Canonical(same), $"seed {seed}: {text} and {same}");
            Assert.Equal(Scalar.OfNumber(text), Scalar.OfNumber(same));
            Assert.True(canonical == DecimalText.Canonical(canonical), $"seed {seed}: {canonical}");
            var other = $"{digits + 1}e{power}";
            Assert.True(canonical != DecimalText.Canonical(other), $"seed {seed}: {text} and {other}");
            if (!digits.IsZero) Assert.True(canonical != DecimalText.Canonical($"{digits}e{power + 1}"), $"seed {seed}: {text} and ten times it");
        }
    }

    [Fact]
    public void A_number_is_never_equal_to_the_text_that_spells_it()
    {
        Assert.NotEqual(Scalar.OfNumber("1"), Scalar.OfText("1"));
        Assert.NotEqual(Scalar.OfBoolean(true), Scalar.OfText("true"));
        Assert.Equal(Scalar.OfNumber(1.50m), Scalar.OfNumber("15e-1"));
    }

    private Random NewRandom(out int seed)
    {
        seed = Environment.GetEnvironmentVariable("TEST_SEED") is { } text ? int.Parse(text) : Random.Shared.Next();
        output.WriteLine($"TEST_SEED={seed}");
        return new Random(seed);
    }

    // Texts of JSON's grammar that live near the edges: ties at the seventh decimal, 1e12, and more digits than a register holds.
    private static string RandomNumber(Random random)
    {
        var text = new StringBuilder(random.Next(3) == 0 ? "-" : "");
        switch (random.Next(5))
        {
            case 0:
                text.Append(random.NextInt64(0, 2_000_000_000_000)).Append('.').Append(random.Next(1_000_000).ToString("D6")).Append('5').Append('0', random.Next(40));
                if (random.Next(3) == 0) text.Append(random.Next(10));
                break;
            case 1:
                text.Append("1000000000000").Append(random.Next(2) == 0 ? "" : ".000000" + random.Next(100));
                break;
            default:
                text.Append(random.Next(2) == 0 ? "0" : Digits(random, random.Next(1, 60)).TrimStart('0').PadLeft(1, '7'));
                if (random.Next(3) != 0) text.Append('.').Append('0', random.Next(2) * random.Next(30)).Append(Digits(random, random.Next(1, 60)));
                break;
        }

        if (random.Next(2) == 0) text.Append("eE"[random.Next(2)]).Append(random.Next(3) switch { 0 => "+", 1 => "-", _ => "" }).Append(random.Next(random.Next(2) == 0 ? 10 : 70));
        return text.ToString();
    }

    private static string Digits(Random random, int count) => string.Create(count, random, static (span, r) =>
    {
        var few = r.Next(2) == 0;
        for (var i = 0; i < span.Length; i++) span[i] = few ? "0059"[r.Next(4)] : (char)('0' + r.Next(10));
    });

    private static (BigInteger Digits, int Power) Exact(string text)
    {
        var e = text.IndexOfAny(['e', 'E']);
        var mantissa = e < 0 ? text : text[..e];
        var power = e < 0 ? 0 : int.Parse(text[(e + 1)..]);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0) power -= mantissa.Length - point - 1;
        return (BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal)), power);
    }

    private static BigInteger RoundToUnits(BigInteger digits, int power, out bool tie)
    {
        power += 6;
        tie = false;
        if (power >= 0) return digits * BigInteger.Pow(10, power);
        var divisor = BigInteger.Pow(10, -power);
        var quotient = BigInteger.DivRem(BigInteger.Abs(digits), divisor, out var rest);
        var doubled = rest * 2;
        tie = doubled == divisor;
        if (doubled > divisor || (tie && !quotient.IsEven)) quotient += 1;
        return digits.Sign < 0 ? -quotient : quotient;
    }
}
