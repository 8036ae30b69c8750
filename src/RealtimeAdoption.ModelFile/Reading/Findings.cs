using RealtimeAdoption.ModelFile.Yaml;

namespace RealtimeAdoption.ModelFile.Reading;

/// <summary>The errors found so far. Keeps every line inside the file: a parser may point just past its end.</summary>
internal sealed class Findings(string yaml)
{
    private readonly int _lines = CountLines(yaml);
    private readonly List<ModelFileError> _errors = [];

    public bool Any => _errors.Count > 0;

    public void Add(Position at, string path, string problem, string expected) =>
        _errors.Add(new ModelFileError(Math.Clamp(at.Line, 1, _lines), Math.Max(1, at.Column), path, problem, expected));

    public IReadOnlyList<ModelFileError> InFileOrder() => [.. _errors.OrderBy(error => error.Line).ThenBy(error => error.Column)];

    // YAML's line breaks as its scanner counts them; a break at the very end starts no line.
    private static int CountLines(string text)
    {
        var lines = 1;
        for (var i = 0; i < text.Length - 1; i++)
        {
            if (text[i] is '\n' or '\u0085' or '\u2028' or '\u2029' || (text[i] == '\r' && text[i + 1] != '\n')) lines++;
        }

        return lines;
    }
}
