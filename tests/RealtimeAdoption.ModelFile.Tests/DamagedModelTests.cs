using System.Text;

namespace RealtimeAdoption.ModelFile.Tests;

/// <summary>Whatever happens to a model file, reading it gives a model or errors inside the file, and never an exception.</summary>
public sealed class DamagedModelTests(ITestOutputHelper output)
{
    private const int Rounds = 2_000;

    // What breaks YAML, and what breaks a model.
    private static readonly string[] Scraps =
    [
        "{", "}", "[", "]", ":", ": ", "- ", "\n", "\r\n", "\r", "\t", "  ", "\"", "'", "#", "&a ", "*a", "!", "!!str ", "|", ">\n", "%", "@", "`", "? ", "---\n", "...\n",
        "\0", "\u0085", "\u2028", "\uFEFF", "\uD800", "\uDC00", "😀", "ä", "\\", "\\u12", "\"\\ud800\"", "null", "~", "true", "-1", "1e400", "1e-400", "0x", "0o9", ".inf", "99999999999999999999",
        "<<", "'\n\n'", "'a\n\nb'", "\"\\n\\0\\x1b[2J\\u2028\"", "\u202E", "!%0A ", "metrics:", "id: crm", "product: crm", ", ", "=", "𝟙",
    ];

    [Fact]
    public void A_damaged_sample_file_gives_a_model_or_errors_with_a_line_inside_the_file()
    {
        var seed = Environment.GetEnvironmentVariable("TEST_SEED") is { } text ? int.Parse(text) : Random.Shared.Next();
        output.WriteLine($"TEST_SEED={seed}");
        var random = new Random(seed);
        int valid = 0, invalid = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var damaged = Damage(SampleModelTests.Text, random);
            try
            {
                if (Check(damaged)) valid++;
                else invalid++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {round}: {e.Message}\n--- the damaged file:\n{damaged}");
            }
        }

        output.WriteLine($"{valid} still valid, {invalid} with errors");
        Assert.True(valid > Rounds / 100 && invalid > Rounds / 4, $"seed {seed}: {valid} valid and {invalid} invalid files test too little");
    }

    private static bool Check(string text)
    {
        var result = ModelFileReader.Read(text, "damaged.yaml");
        Assert.Equal(result.Model is null, result.Errors.Count > 0);
        var lines = text.ReplaceLineEndings("\n").Split('\n').Length;
        foreach (var error in result.Errors)
        {
            Assert.InRange(error.Line, 1, lines);
            Assert.True(error.Column >= 1);
            Assert.NotEmpty(error.Problem);
            Assert.NotEmpty(error.Expected);
            Assert.True(IsOneLine(error.ToString()), $"not one line that a terminal shows as it is: {error}");
        }

        return result.IsValid;
    }

    private static bool IsOneLine(string text) =>
        !text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202E') && text.EnumerateRunes().All(rune => rune != Rune.ReplacementChar || text.Contains('\uFFFD'));

    private static string Damage(string text, Random random)
    {
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(1, 12), text.Length - at);
            text = random.Next(8) switch
            {
                0 => text[..Math.Max(1, at)],
                1 => text.Remove(at, length),
                2 => text.Insert(at, Scraps[random.Next(Scraps.Length)]),
                3 => text.Remove(at, length).Insert(at, Scraps[random.Next(Scraps.Length)]),
                4 => text.Insert(random.Next(text.Length), text.Substring(at, length)),
                5 => text.Remove(at, 1).Insert(at, ((char)random.Next(1, 0x10000)).ToString()),
                6 => DropLine(text, random),
                _ => SwapDigit(text, at, random),
            };
            if (text.Length == 0) return "\n";
        }

        return text;
    }

    private static string DropLine(string text, Random random)
    {
        var lines = text.Split('\n').ToList();
        if (lines.Count > 1) lines.RemoveAt(random.Next(lines.Count));
        return string.Join('\n', lines);
    }

    private static string SwapDigit(string text, int from, Random random)
    {
        var at = text.AsSpan(from).IndexOfAnyInRange('0', '9');
        return at < 0 ? text : text.Remove(from + at, 1).Insert(from + at, random.Next(10).ToString());
    }
}
