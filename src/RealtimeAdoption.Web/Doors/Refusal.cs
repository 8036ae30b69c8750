using System.Text;
using System.Text.RegularExpressions;

namespace RealtimeAdoption.Web.Doors;

/// <summary>One refused item of a request. Index: its place in the request, from 0; for NDJSON its place among the lines that are not empty.</summary>
internal sealed record Refusal(int Index, string Code, string Detail, string? MessageId, string? Account, string? Sample);

/// <summary>The first characters of what was refused, as it came, without any write key.</summary>
internal static partial class Sample
{
    private const int CharactersMax = 512;

    public static string Of(ReadOnlySpan<byte> item)
    {
        // Four bytes a character at most; what is no UTF-8 shows as replacement characters.
        var text = Encoding.UTF8.GetString(item[..Math.Min(item.Length, CharactersMax * 4)]);
        text = WriteKey().Replace(text, "${key}");
        if (text.Length > CharactersMax) text = text[..(char.IsHighSurrogate(text[CharactersMax - 1]) ? CharactersMax - 1 : CharactersMax)];
        return text.Replace('\0', '\uFFFD');
    }

    [GeneratedRegex("""(?<key>"writeKey"\s*:\s*")[^"]*""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex WriteKey();
}
