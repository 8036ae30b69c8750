using System.Globalization;
using RealtimeAdoption.ModelFile.Yaml;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.ModelFile.Reading;

/// <summary>Which numbers a key takes. Every number of the file is exact: at most 1e12 in size and at most 6 decimals.</summary>
internal readonly record struct NumberRange(decimal Min, decimal Max, bool AboveMin = false, bool Whole = false, string Unit = "")
{
    private const decimal Greatest = 1_000_000_000_000m;

    // Longer texts are no sensible number, and their exact value would be slow to make.
    private const int MaxDigits = 64;

    public static NumberRange Any => new(-Greatest, Greatest);

    public static NumberRange Above(decimal min) => new(min, Greatest, AboveMin: true);

    public static NumberRange Between(decimal min, decimal max) => new(min, max);

    public static NumberRange WholeBetween(int min, int max, string unit = "") => new(min, max, Whole: true, Unit: unit);

    public string Describe()
    {
        var kind = Whole ? "a whole number" : "a number";
        var unit = Unit.Length == 0 ? "" : $" of {Unit}";
        var decimals = Whole ? "" : ", with at most 6 decimals";
        if (Min <= -Greatest) return $"{kind}{unit} of at most 1e12 in size{decimals}";
        var max = Max >= Greatest ? "1e12" : Text(Max);
        return AboveMin ? $"{kind}{unit} above {Text(Min)}, at most {max}{decimals}" : $"{kind}{unit} from {Text(Min)} to {max}{decimals}";
    }

    public bool TryRead(ScalarNode scalar, out decimal value)
    {
        value = 0;
        if (scalar.Type != ScalarType.Number || scalar.Text.Length > MaxDigits) return false;
        var json = CoreSchema.ToJsonNumber(scalar.Text);
        if (!decimal.TryParse(json, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return false;

        // decimal rounds what it cannot hold; a model's number is what was written or an error.
        if (Scalar.OfNumber(value) != Scalar.OfNumber(json)) return false;
        return value >= Min && value <= Max && !(AboveMin && value == Min) && value == decimal.Round(value, Whole ? 0 : 6);
    }

    private static string Text(decimal value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
