using System.Text.RegularExpressions;

namespace RealtimeAdoption.House.Tests;

/// <summary>The house rules about form that a machine can hold cheaply.</summary>
public sealed partial class SourceShapeTests
{
    private const int MaxLines = 500;

    /// <summary>Longer files, each with its reason.</summary>
    private static readonly Dictionary<string, string> LongFiles = new(StringComparer.Ordinal);

    [Fact]
    public void No_source_file_is_longer_than_500_lines()
    {
        var tooLong = from path in new[] { "src", "tests", "loadtest" }.SelectMany(folder => Repository.Files(folder, ".cs", ".ts", ".mjs", ".css"))
                      where !LongFiles.ContainsKey(path)
                      let lines = File.ReadLines(Repository.Full(path)).Count()
                      where lines > MaxLines
                      select $"{path}: {lines} lines";
        Assert.Empty(tooLong);
    }

    [Fact]
    public void Exceptions_to_the_length_are_still_needed()
    {
        Assert.All(LongFiles.Keys, path => Assert.True(File.ReadLines(Repository.Full(path)).Count() > MaxLines, path));
    }

    [Fact]
    public void Program_is_shorter_than_70_lines()
    {
        Assert.All(Repository.Files("src", ".cs").Where(path => path.EndsWith("/Program.cs", StringComparison.Ordinal)),
            path => Assert.InRange(File.ReadLines(Repository.Full(path)).Count(), 1, 69));
    }

    [Fact]
    public void No_type_is_a_Helper_Manager_Utils_or_Processor()
    {
        var found = from path in Repository.Files("src", ".cs", ".ts").Concat(Repository.Files("tests", ".cs"))
                    from Match match in VagueType().Matches(File.ReadAllText(Repository.Full(path)))
                    select $"{path}: {match.Value}";
        Assert.Empty(found);
    }

    [Fact]
    public void No_folder_is_called_after_a_kind_of_class()
    {
        string[] kinds = ["Services", "Interfaces", "Helpers", "Utils", "Utilities", "Common", "Managers", "Dtos", "Misc", "Extensions"];
        var found = Repository.Files("src", ".cs", ".ts").SelectMany(path => path.Split('/')[..^1]).Distinct().Intersect(kinds, StringComparer.OrdinalIgnoreCase);
        Assert.Empty(found);
    }

    [Fact]
    public void No_source_file_switches_a_warning_off()
    {
        var found = from path in Repository.Files("src", ".cs").Concat(Repository.Files("tests", ".cs"))
                    where !path.StartsWith("tests/RealtimeAdoption.House.Tests/", StringComparison.Ordinal)
                    from line in File.ReadLines(Repository.Full(path)).Select((text, i) => (Text: text, Number: i + 1))
                    where line.Text.Contains("#pragma warning disable", StringComparison.Ordinal) || line.Text.Contains("SuppressMessage(", StringComparison.Ordinal)
                    select $"{path}:{line.Number}";
        Assert.Empty(found);
    }

    [Fact]
    public void No_test_sleeps()
    {
        var found = from path in Repository.Files("tests", ".cs")
                    where !path.StartsWith("tests/RealtimeAdoption.House.Tests/", StringComparison.Ordinal)
                    from line in File.ReadLines(Repository.Full(path)).Select((text, i) => (Text: text, Number: i + 1))
                    where line.Text.Contains("Thread.Sleep(", StringComparison.Ordinal)
                    select $"{path}:{line.Number}";
        Assert.Empty(found);
    }

    [Fact]
    public void Every_source_file_has_its_folders_name_as_namespace()
    {
        var found = from path in Repository.Files("src", ".cs")
                    let declared = Namespace().Match(File.ReadAllText(Repository.Full(path)))
                    where declared.Success
                    let expected = string.Join('.', path.Split('/')[1..^1])
                    where declared.Groups["name"].Value != expected
                    select $"{path}: {declared.Groups["name"].Value} and not {expected}";
        Assert.Empty(found);
    }

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+\w*(Helper|Manager|Util|Utils|Utility|Processor)s?\b", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex VagueType();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Namespace();
}
