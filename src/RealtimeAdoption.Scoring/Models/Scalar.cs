using System.Globalization;

namespace RealtimeAdoption.Scoring.Models;

public enum ScalarKind : byte { Text = 1, Number = 2, Boolean = 3 }

/// <summary>
/// A string, a number or a truth value as an event's property or a model's filter holds it. Numbers are kept as the
/// text they came in, so that no digit is lost; they compare by exact decimal value. Never equal across kinds.
/// </summary>
public readonly record struct Scalar
{
    private Scalar(ScalarKind kind, string text)
    {
        Kind = kind;
        Text = text;
    }

    public ScalarKind Kind { get; }

    /// <summary>The string; the number in canonical form (see <see cref="DecimalText"/>); <c>true</c> or <c>false</c>.</summary>
    public string Text { get; }

    public static Scalar OfText(string text) => new(ScalarKind.Text, text);

    public static Scalar OfBoolean(bool value) => new(ScalarKind.Boolean, value ? "true" : "false");

    /// <summary>A JSON number's text.</summary>
    public static Scalar OfNumber(string text) => new(ScalarKind.Number, DecimalText.Canonical(text));

    public static Scalar OfNumber(decimal value) => OfNumber(value.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => Text;
}
