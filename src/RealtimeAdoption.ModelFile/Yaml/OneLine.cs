using System.Globalization;
using System.Text;

namespace RealtimeAdoption.ModelFile.Yaml;

/// <summary>
/// Writes what a file holds so that it stays in its line of a message and does nothing to a terminal: line breaks, control and
/// invisible characters and halves of surrogate pairs as YAML's own escapes, <c>\n</c>, <c>\u2028</c>.
/// </summary>
internal static class OneLine
{
    public static string Of(string text)
    {
        if (!text.Any(Escapes)) return text;
        var line = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) AppendPair(line, new Rune(text[i], text[++i]));
            else if (Escapes(text[i])) line.Append(Escaped(text[i]));
            else line.Append(text[i]);
        }

        return line.ToString();
    }

    private static void AppendPair(StringBuilder line, Rune rune)
    {
        if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format) line.Append(CultureInfo.InvariantCulture, $@"\U{rune.Value:X8}");
        else line.Append(rune);
    }

    private static bool Escapes(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;

    private static string Escaped(char c) => c switch
    {
        '\n' => @"\n",
        '\r' => @"\r",
        '\t' => @"\t",
        _ => string.Create(CultureInfo.InvariantCulture, $@"\u{(int)c:X4}"),
    };
}
