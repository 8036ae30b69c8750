using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace RealtimeAdoption.ModelFile.Yaml;

internal enum ScalarType { Text, Number, NotFinite, Boolean, Null }

/// <summary>What a scalar without quotes means: YAML 1.2's core schema (section 10.3.2), so <c>yes</c> and <c>2026-11</c> are texts.</summary>
internal static partial class CoreSchema
{
    // Nothing in a model is longer, so what a longer scalar means does not matter: it is refused either way.
    private const int MaxLength = 1024;

    public static ScalarType TypeOf(string plain) => plain switch
    {
        "" or "~" or "null" or "Null" or "NULL" => ScalarType.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => ScalarType.Boolean,
        _ when plain.Length > MaxLength => ScalarType.Text,
        _ when Number().IsMatch(plain) || Radix().IsMatch(plain) => ScalarType.Number,
        _ when NotFinite().IsMatch(plain) => ScalarType.NotFinite,
        _ => ScalarType.Text,
    };

    public static bool IsTrue(string boolean) => boolean[0] is 't' or 'T';

    /// <summary>A core-schema number as JSON writes it up to leading zeros and a bare point: no plus sign, no hexadecimal or octal.</summary>
    public static string ToJsonNumber(string number)
    {
        if (number is ['0', 'x', ..])
            return BigInteger.Parse($"0{number.AsSpan(2)}", NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        if (number is ['0', 'o', ..])
        {
            var value = BigInteger.Zero;
            foreach (var digit in number.AsSpan(2)) value = (value * 8) + (digit - '0');
            return value.ToString(CultureInfo.InvariantCulture);
        }

        return number[0] == '+' ? number[1..] : number;
    }

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    [GeneratedRegex(@"\A(0o[0-7]+|0x[0-9a-fA-F]+)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Radix();

    [GeneratedRegex(@"\A([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NotFinite();
}
